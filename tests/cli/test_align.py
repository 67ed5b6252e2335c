"""`align` through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ..running import call


@pytest.fixture
def photos(tmp_path: Path, astronaut: NDArray[np.uint8]) -> Path:
    """One face, a folder further down one too small, and an image of nothing."""
    root = tmp_path / "photos"
    (root / "more").mkdir(parents=True)
    Image.fromarray(astronaut).save(root / "woman.png")
    Image.fromarray(np.full((64, 64, 3), 128, np.uint8)).save(root / "more" / "grey.png")
    return root


def test_keeps_the_layout_and_says_what_was_found(photos: Path, tmp_path: Path) -> None:
    done = call("align", photos, tmp_path / "crops")
    assert (done.code, done.out) == (0, "")
    assert done.err.startswith(f"2 images aligned into {tmp_path / 'crops'}: 1 without a face and 0 with too small")
    found = sorted(path.relative_to(tmp_path / "crops").as_posix() for path in (tmp_path / "crops").rglob("*.*"))
    assert found == ["align.json", "more/grey.jpg", "woman.jpg"]
    assert Image.open(tmp_path / "crops" / "woman.jpg").size == (224, 224)


def test_options_reach_the_work(photos: Path, tmp_path: Path) -> None:
    done = call("align", photos, tmp_path / "crops", "--no-face=skip", "--format=png", "--margin=1.5")
    assert done.code == 0
    assert [path.name for path in (tmp_path / "crops").rglob("*.png")] == ["woman.png"]
    plain = call("align", photos, tmp_path / "plain")
    assert plain.code == 0
    wide, narrow = (json.loads((tmp_path / name / "align.json").read_text())["geometry"] for name in ("crops", "plain"))
    assert wide != narrow


def test_unreadable_pictures_are_named_and_change_the_code(photos: Path, tmp_path: Path) -> None:
    (photos / "broken.jpg").write_bytes(b"")
    done = call("align", photos, tmp_path / "crops")
    assert done.code == 1
    assert "1 unreadable" in done.err
    assert list(json.loads((tmp_path / "crops" / "align.json").read_text())["unreadable"]) == ["broken.jpg"]
    assert (tmp_path / "crops" / "woman.jpg").is_file()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["{tmp}/nothing", "{tmp}/crops"], 3, "no such folder"),
        (["{tmp}/photos", "{tmp}/photos/crops"], 2, "must lie outside"),
        (["{tmp}/photos", "{tmp}/photos"], 2, "must lie outside"),
        (["{tmp}/photos", "{tmp}/full"], 2, "not empty"),
        (["{tmp}/full", "{tmp}/crops"], 3, "no images in it"),
        (["{tmp}/photos", "{tmp}/crops", "--margin=9"], 2, "--margin 9.0: between 0.5 and 4"),
        (["{tmp}/photos", "{tmp}/crops", "--min-face=2"], 2, "at least 8 pixels"),
        (["{tmp}/photos", "{tmp}/crops", "--no-face=guess"], 2, "`centre` or `skip`"),
        (["{tmp}/photos", "{tmp}/crops", "--format=gif"], 2, "`jpg` or `png`"),
        (["{tmp}/photos", "{tmp}/crops", "--detector={tmp}/full/notes.txt"], 3, "notes.txt"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    photos: Path, tmp_path: Path, options: list[str], code: int, message: str
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("no image")
    before = sorted(tmp_path.rglob("*"))
    done = call("align", *(option.format(tmp=tmp_path) for option in options))
    assert (done.code, done.out) == (code, "")
    assert message in done.error
    assert sorted(tmp_path.rglob("*")) == before
