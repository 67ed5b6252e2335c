"""Results of films that were never read: looks by hand, put together as those of a film are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.known_errors import Confusion
from gender_classifier.video.ending import Ending
from gender_classifier.video.looks import Look, Seen, spans
from gender_classifier.video.result import VideoResult, put_together
from gender_classifier.video.screen_time import Errors

RULE = DecisionRule(band=(0.2, 0.8))
ERRORS = Errors(Confusion(tn=930, fp=70, fn=70, tp=930), 0.2, False, "there")


def seen(track: int, logit: float, side: float = 60.0, score: float = 0.9) -> Seen:
    """A face whose corner lies at the image's."""
    return Seen((0.0, 0.0, side, side), score, logit, track)


def looks_at(*faces: list[Seen], rate: float = 5.0) -> list[Look]:
    """A look for each list of faces, so many a second."""
    return [Look(n / rate, 5 * n, n / rate, (), found) for n, found in enumerate(faces)]


def made_of(looks: list[Look], ending: Ending, errors: Errors | None = ERRORS) -> VideoResult:
    """What is known of a film of which these were the looks."""
    film: Any = SimpleNamespace(path="film.mp4", width=480, height=270, rate=25.0)
    lasting = spans(looks, ending.covered, ending.cuts)
    return put_together(film, ending, looks, lasting, RULE, ("female", "male"), errors)
