"""`video` through the command line: what is asked for becomes options and outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("av")

from gender_classifier.errors import ExitCode
from gender_classifier.video import run as films
from gender_classifier.video.options import Outputs, VideoOptions

from ..running import call


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    kept: dict[str, Any] = {}

    def run(asked: list[str], options: VideoOptions, outputs: Outputs, **more: Any) -> ExitCode:
        kept.update(asked=asked, options=options, outputs=outputs, **more)
        return ExitCode.FINE

    monkeypatch.setattr(films, "run", run)
    return kept


def test_without_options_the_defaults_are_the_library_s(given: dict[str, Any]) -> None:
    assert call("video", "film.mp4").code == 0
    assert (given["asked"], given["options"], given["outputs"]) == (["film.mp4"], VideoOptions(), Outputs())


def test_times_and_outputs_arrive(given: dict[str, Any]) -> None:
    look = ("--fps", "2.5", "--keyframes", "--start", "1:02", "--end", "1:00:03", "--min-face", "30", "--answer-all")
    files = ("--out", "f.csv", "--tracks", "t.csv", "--page", "{name}.html", "--format", "ina", "--resume")
    assert call("video", "a.mp4", "b.mp4", *look, *files, "--threads", "1", "--confusion", "known.csv").code == 0
    assert given["asked"] == ["a.mp4", "b.mp4"]
    options, outputs = given["options"], given["outputs"]
    assert (options.rate, options.keyframes, options.start, options.end) == (2.5, True, 62.0, 3603.0)
    assert (options.min_face, options.answer_all, options.right) == (30, True, None)
    assert (outputs.out, outputs.tracks, outputs.page) == (Path("f.csv"), Path("t.csv"), Path("{name}.html"))
    assert (outputs.ina, outputs.resume, outputs.overwrite) == (True, True, False)
    assert (given["threads"], given["confusion"]) == (1, Path("known.csv"))


def test_a_format_that_is_none_is_one_line(given: dict[str, Any]) -> None:
    done = call("video", "film.mp4", "--out", "f.csv", "--format", "INA")
    assert (done.code, done.error) == (2, "error: --format INA: own or ina")
    assert given == {}


def test_a_time_that_is_none_is_one_line(given: dict[str, Any]) -> None:
    done = call("video", "film.mp4", "--start", "soon")
    assert (done.code, "start" in done.error) == (2, True)
    assert given == {}
