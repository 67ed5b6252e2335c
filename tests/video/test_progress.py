"""How far a film has got, in lines where there is no terminal."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gender_classifier.system.pace import Pace
from gender_classifier.video import progress
from gender_classifier.video.progress import film_progress


def film(length: float | None) -> Any:
    return SimpleNamespace(path="films/a.mp4", length=length)


def test_a_line_from_time_to_time(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    with film_progress(film(10.0), 0.0, None) as tick:
        tick(1.0, 2)
        tick(2.0, 1)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("a.mp4: 0:00:01 of 0:00:10, 2 faces")
    assert second.startswith("a.mp4: 0:00:02 of 0:00:10, 3 faces")


def test_seldom_where_little_time_passed(capsys: pytest.CaptureFixture[str]) -> None:
    with film_progress(film(10.0), 0.0, None) as tick:
        tick(1.0, 2)
    assert capsys.readouterr().err == ""


def test_the_part_that_was_asked_for_and_what_is_made(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(progress, "EVERY", 0.0)
    with film_progress(film(10.0), 4.0, 6.0, "annotated") as tick:
        tick(5.0, 0)
    with film_progress(film(None), 0.0, None) as tick:
        tick(5.0, 0)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("a.mp4 annotated: 0:00:05 of 0:00:06")
    assert "faces" not in first
    assert second.startswith("a.mp4: 0:00:05, 0 faces")


def test_speed_is_a_multiple_of_real_time_and_the_rest_follows() -> None:
    pace = Pace(100, 0.0)
    for step in range(1, 51):
        pace.step(step / 10)  # ten seconds of film a second
    text = progress._text(pace, 5.0, 50.0, 100.0, "3 faces")
    assert text == "0:00:50 of 0:01:40, 3 faces, 10.0 times real time, 0:00:05 left"
