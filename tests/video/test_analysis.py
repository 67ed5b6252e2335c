"""From Python: frames one by one, and all of a film added up."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gender_classifier import GenderClassifier
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.metrics.known_errors import Confusion
from gender_classifier.video.analysis import analyse_video, finished
from gender_classifier.video.ending import Ending
from gender_classifier.video.options import VideoOptions
from gender_classifier.video.screen_time import Errors

from .results import ERRORS, looks_at, seen


def test_frames_come_one_by_one_with_answers(film: Path) -> None:
    frames = list(GenderClassifier(threads=1).stream_video(film))
    assert len(frames) == 10
    assert [len(frame.faces) for frame in frames] == [1] * 6 + [0] * 4
    assert [frame.shot_begins for frame in frames].index(True) == 6
    first = frames[0].faces[0]
    assert (first.label, first.path, first.face) == ("female", str(film), 0)
    assert {number for frame in frames for number in frame.tracks} == {0}


def test_result_has_tables_and_the_same_frames(film: Path) -> None:
    classifier = GenderClassifier(threads=1)
    result = classifier.analyse_video(film, rate=10)
    assert len(result.frames) == len(list(classifier.stream_video(film, rate=10)))
    assert [len(result.to_pandas(what)) for what in ("faces", "tracks", "shots", "summary")] == [
        *(sum(len(look.faces) for look in result.looks), 1, 2, 1)
    ]
    assert result.to_pandas("tracks")["label"].tolist() == ["female"]
    assert result.screen_time.share_female is not None
    assert result.screen_time.interval is not None
    assert not result.screen_time.quotable


def test_a_part(film: Path) -> None:
    times = [frame.time for frame in GenderClassifier(threads=1).stream_video(film, start=0.5, end=1.5)]
    assert len(times) == 5
    assert 0.5 <= times[0] < times[-1] < 1.5


def test_errors(tmp_path: Path, film: Path) -> None:
    classifier = GenderClassifier(threads=1)
    with pytest.raises(UnreadableError, match="no such file"):
        next(classifier.stream_video(tmp_path / "none.mp4"))
    with pytest.raises(UserError, match="frames a second"):
        next(classifier.stream_video(film, rate=-1))


def test_options_change_answers_and_not_the_share() -> None:
    """The model's errors were measured at its own threshold and band."""
    film: Any = SimpleNamespace(path="film.mp4", width=480, height=270, rate=25.0)
    looks, classifier = looks_at(*[[seen(n, (n - 20) / 8)] for n in range(40)]), GenderClassifier(threads=1)
    ends = Ending(8.0)
    plain, other, sure = (
        finished(film, ends, looks, classifier, options, ERRORS)
        for options in (VideoOptions(), VideoOptions(prior=0.1), VideoOptions(answer_all=True))
    )
    assert [t.best_guess for t in plain.tracks] != [t.best_guess for t in other.tracks]
    assert [t.label for t in plain.tracks] != [t.label for t in sure.tracks]
    for result in (other, sure):
        assert result.screen_time.share_female == plain.screen_time.share_female
        assert result.screen_time.interval == plain.screen_time.interval
        assert result.screen_time.against == plain.screen_time.against


def test_errors_that_correct_nothing_are_refused_before_the_film_is_read(film: Path) -> None:
    errors = Errors(Confusion(tn=5, fp=5, fn=5, tp=5), None, True, "mine")
    looked: list[float] = []
    with pytest.raises(UserError, match="such answers cannot be corrected"):
        analyse_video(GenderClassifier(threads=1), film, VideoOptions(), errors=errors, tick=looked.append)
    assert looked == []
