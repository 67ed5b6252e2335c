"""What `video` may be asked for: places in a film, frames, and outputs that can be written together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.errors import UserError
from gender_classifier.video.options import EACH, KINDS, Outputs, VideoOptions, seconds
from gender_classifier.video.reading import Sampling


@given(st.integers(0, 99), st.integers(0, 59), st.floats(0, 59.9).map(lambda value: round(value, 2)))
def test_places_in_a_film(hours: int, minutes: int, rest: float) -> None:
    assert seconds("start", f"{hours}:{minutes:02d}:{rest:.2f}") == pytest.approx(3600 * hours + 60 * minutes + rest)
    assert seconds("start", f" {minutes}:{rest:.2f} ") == pytest.approx(60 * minutes + rest)
    assert seconds("start", f"{rest:.2f}") == pytest.approx(rest)


@pytest.mark.parametrize("text", ["", "soon", "-1", "1:", ":5", "1:2:3:4", "1.5.5", "1e3"])
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(UserError, match=f"--end {text}: seconds, as 90"):
        seconds("end", text)


def test_which_frames() -> None:
    assert VideoOptions(rate=2.0, start=1.0, end=3.0).sampling() == Sampling(2.0, False, 1.0, 3.0)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"rate": 0.0}, "fps=0: frames a second"),
        ({"rate": 241.0}, "fps=241"),
        ({"rate": float("nan")}, "fps=nan"),
        ({"start": -1.0}, "the end must come after the start"),
        ({"start": 5.0, "end": 5.0}, "start=5, end=5.0"),
        ({"start": float("inf")}, "start=inf"),
        ({"end": float("nan")}, "end=nan"),
        ({"min_face": 0}, "min_face=0: at least 1 pixel"),
    ],
)
def test_frames_that_cannot_be(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(UserError, match=said):
        VideoOptions(**wrong).sampling()


def test_outputs_by_option_and_by_film(tmp_path: Path) -> None:
    named = Outputs(tracks=tmp_path / "t.csv", page=tmp_path / "{name}.html")
    assert named.named() == {"page": tmp_path / "{name}.html", "tracks": tmp_path / "t.csv"}
    assert named.of("page", Path("films/a.b.mp4")) == tmp_path / "a.b.html"
    assert named.of("out", Path("a.mp4")) is None
    assert named.kept_for == tmp_path / "t.csv"
    assert Outputs(page=tmp_path / "a.html").kept_for is None
    assert set(EACH) < set(KINDS)
    named.check([Path("a.mp4"), Path("b.mp4")], kept=())


@pytest.mark.parametrize(
    ("given", "films", "said"),
    [
        ({"resume": True}, "a.mp4", "--resume goes on with an --out"),
        ({"ina": True}, "a.mp4", "--format ina is of --out"),
        ({"ina": True, "out": "o.csv"}, "a.mp4 b.mp4", "one film at a time"),
        ({"page": "p.html"}, "a.mp4 b.mp4", "put {name} in it"),
        ({"page": "{name}.html"}, "a.mp4 x/a.mp4", "or of two films"),
        ({"out": "o.csv", "tracks": "o.csv"}, "a.mp4", "is also --out"),
        ({"annotate": "a.mp4"}, "a.mp4", "is also a film that is read"),
        ({"out": "o.txt"}, "a.mp4", "must end in .csv or .jsonl or .parquet"),
        ({"timeline": "none/t.png"}, "a.mp4", "a folder that is there"),
        ({"out": "there.csv"}, "a.mp4", "is there already"),
    ],
)
def test_outputs_that_cannot_be(given: dict[str, Any], films: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "there.csv").touch()
    placed = {name: tmp_path / value if isinstance(value, str) else value for name, value in given.items()}
    with pytest.raises(UserError) as caught:
        Outputs(**placed).check([tmp_path / name for name in films.split()], kept=())
    assert said in str(caught.value)


def test_all_files_that_are_written(tmp_path: Path) -> None:
    named = Outputs(out=tmp_path / "x" / ".." / "t.csv", page=tmp_path / "{name}.html")
    files = [os.path.realpath(tmp_path / name) for name in ("a.html", "b.html", "t.csv")]
    assert named.targets([Path("a.mp4"), Path("films/b.mp4")]) == files


def test_what_an_interrupted_run_did_not_name_is_not_replaced_unasked(tmp_path: Path) -> None:
    (tmp_path / "mine.html").touch()
    films, named = [tmp_path / "a.mp4"], {"out": tmp_path / "a.csv", "page": tmp_path / "mine.html"}
    named_not = ", and what is kept of an interrupted run does not name it"
    for kept, why in (([], ""), (Outputs(out=tmp_path / "a.csv").targets(films), named_not)):
        with pytest.raises(UserError, match=f"is there already{why}; --overwrite replaces it"):
            Outputs(**named, resume=True).check(films, kept)
        Outputs(**named, resume=True, overwrite=True).check(films, kept)
    Outputs(**named, resume=True).check(films, Outputs(**named).targets(films))


def test_what_is_there_may_be_replaced_where_that_was_asked_for(tmp_path: Path) -> None:
    (tmp_path / "a.csv").touch()
    Outputs(out=tmp_path / "a.csv", overwrite=True).check([tmp_path / "a.mp4"], kept=())
    kept = Outputs(out=tmp_path / "a.csv").targets([tmp_path / "a.mp4"])
    Outputs(out=tmp_path / "a.csv", resume=True).check([tmp_path / "a.mp4"], kept=kept)
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]  # looked at, and left as it was
