"""Progress without a terminal: lines from time to time, with the time left."""

from __future__ import annotations

import re
from itertools import count

import pytest

from gender_classifier.system import console as progress


def test_lines_with_the_time_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    clock = count(step=40)
    monkeypatch.setattr(progress.time, "monotonic", lambda: float(next(clock)))
    with progress.steps_left("images", 100, every=79.0) as step:
        for _ in range(4):
            step()
    assert capsys.readouterr().err.splitlines() == ["images 2/100 1:05:20 left", "images 4/100 1:04:00 left"]


def test_a_quick_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.steps_left("images", 3) as step:
        for _ in range(3):
            step()
    assert not re.search(r"\S", capsys.readouterr().err)
