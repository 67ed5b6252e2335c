"""From Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier import GenderClassifier
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.resize import resize

from .films import shaded, with_face, write_film


@pytest.fixture
def film(tmp_path: Path, astronaut: NDArray[np.uint8]) -> Path:
    face = resize(astronaut[:256, 96:352], (224, 224))
    moving = [with_face(face, (480, 270), (40 + 3 * n, 30), (90, 110, 70)) for n in range(30)]
    return write_film(tmp_path / "film.mp4", [*moving, *shaded(480, 270, 20, (150, 40, 40))])


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
