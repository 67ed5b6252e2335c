"""Where each track's box is at any time: between the frames that were looked at it moves evenly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gender_classifier.images.types import Box
from gender_classifier.inference.annotate import caption
from gender_classifier.inference.results import Prediction
from gender_classifier.video.answers import Track
from gender_classifier.video.result import VideoResult


@dataclass(frozen=True)
class Piece:
    """A box that moves evenly from one place to another between two times.

    Example:
        >>> Piece(0.0, 1.0, (0, 0, 10, 10), (20, 0, 30, 10)).at(0.5)
        (10.0, 0.0, 20.0, 10.0)

    Attributes:
        begin: when the box is at `first`, seconds of film.
        end: when it is at `last`, seconds of film.
        first: x0, y0, x1, y1, pixels of the film's upright image.
        last: the same.
    """

    begin: float
    end: float
    first: Box
    last: Box

    def at(self, time: float) -> Box:
        """Give the box at a time.

        Args:
            time: seconds of film; before `begin` the box is at `first`, after `end` at `last`.

        Returns:
            x0, y0, x1, y1, pixels of the film's upright image.
        """
        share = (time - self.begin) / max(1e-9, self.end - self.begin)
        share = min(1.0, max(0.0, share))
        moved = (one + share * (other - one) for one, other in zip(self.first, self.last, strict=True))
        x0, y0, x1, y1 = moved
        return (x0, y0, x1, y1)


def pieces(result: VideoResult, still: float = 0.0) -> dict[int, list[Piece]]:
    """Give the way of each track's box through the film.

    Args:
        result: of a film.
        still: a box whose corners move by less than this share of its width stands still, and its pieces become one;
            0: each piece stays by itself.

    Returns:
        Each track's pieces, in the order of time and without gaps, by its number. In the last one the box stands where
        it was last seen.
    """
    seen: dict[int, list[tuple[int, Box]]] = {}
    for place, look in enumerate(result.looks):
        for face in look.faces:
            seen.setdefault(face.track, []).append((place, face.box))
    found = {}
    for track, places in seen.items():
        own = [
            Piece(result.spans[one][0], result.spans[other][0], box, following)
            for (one, box), (other, following) in pairwise(places)
        ]
        last, box = places[-1]
        found[track] = _merged([*own, Piece(*result.spans[last], box, box)], still)
    return found


def _merged(own: Sequence[Piece], still: float) -> list[Piece]:
    kept: list[Piece] = []
    for piece in own:
        if kept and _near(kept[-1].first, piece.last, still) and _near(kept[-1].first, kept[-1].last, still):
            kept[-1] = Piece(kept[-1].begin, piece.end, kept[-1].first, kept[-1].first)
        else:
            kept.append(piece)
    return kept


def _near(one: Box, other: Box, still: float) -> bool:
    moved = max(abs(a - b) for a, b in zip(one, other, strict=True))
    return moved < still * (one[2] - one[0])


def said(track: Track) -> str:
    """Write a track's answer as text.

    Args:
        track: of a film.

    Returns:
        Its label and how probable that is, `female 97 %`; `uncertain` stands alone.
    """
    return caption(Prediction(track.label, track.probability_male, track.logit))
