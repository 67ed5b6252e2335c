"""Crops, maps and framed photos that `predict` writes: their names, which faces, and what cannot be written."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import UserError
from gender_classifier.images.read import read_picture
from gender_classifier.inference.results import NO_FACE, UNREADABLE, Prediction
from gender_classifier.inference.written_images import (
    name_of_page,
    reason,
    write_annotated,
    write_crops,
    write_explained,
)

CROPS = np.stack([np.full((8, 8, 3), value, np.uint8) for value in (30, 200)])
ROWS = [Prediction("female", 0.1, -2.0, face=0, page=1), Prediction("male", 0.9, 2.0, face=1, page=1)]


def test_a_further_page_has_a_name_that_no_file_has() -> None:
    assert name_of_page("a", None, {"a"}) == "a"
    assert name_of_page("a", 2, {"a"}) == "a-page2"
    assert name_of_page("a", 2, {"a", "a-page2", "a-page2~"}) == "a-page2~~"


def test_crops_are_numbered_and_left_nothing_half_written(tmp_path: Path) -> None:
    write_crops(CROPS, ROWS, tmp_path / "new" / "a")
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a-0.jpg", "a-1.jpg"]
    for place, value in enumerate((30, 200)):
        assert np.abs(read_picture(tmp_path / "new" / f"a-{place}.jpg").astype(int) - value).max() < 3
    write_crops(None, [Prediction("", None, None, NO_FACE, "b")], tmp_path / "b")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_maps_lie_beside_their_crops(tmp_path: Path) -> None:
    maps: Any = SimpleNamespace(checked=lambda crops: (np.ones((2, 4, 4), np.float32), np.ones(2)))
    write_explained(maps, CROPS, ROWS, tmp_path / "a")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a-0.jpg", "a-1.jpg"]
    assert read_picture(tmp_path / "a-0.jpg").shape[1] > 600
    write_explained(maps, None, ROWS, tmp_path / "none")
    assert len(list(tmp_path.iterdir())) == 2


def test_each_page_is_framed_and_unreadable_ones_are_passed_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "a.tif"
    pages = [Image.new("RGB", (60, 40), (90, 90, 90)) for _ in range(3)]
    pages[0].save(file, save_all=True, append_images=pages[1:])
    statuses = [NO_FACE, f"{UNREADABLE}: broken", NO_FACE]
    numbered = [[Prediction("", None, None, status, "a", page=n)] for n, status in enumerate(statuses, 1)]
    write_annotated(file, numbered, tmp_path / "shown", set(), "a")
    assert sorted(path.name for path in (tmp_path / "shown").iterdir()) == ["a-page3.jpg", "a.jpg"]
    file.unlink()
    write_annotated(file, numbered, tmp_path / "gone", set(), "a")
    assert "not annotated: " in capsys.readouterr().err
    assert not (tmp_path / "gone").exists()


def test_what_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"file/a-0\.jpg: cannot be written \(.+\)$"):
        write_crops(CROPS, ROWS, tmp_path / "file" / "a")
    assert reason(OSError(28, "No space left")) == "cannot be written (no space left)"
    assert reason(OSError("Odd")) == "cannot be written (odd)"


@pytest.mark.parametrize("upright", [False, True])
def test_what_is_longer_than_a_jpeg_file_can_be_is_written_smaller(upright: bool, tmp_path: Path) -> None:
    long = np.full((1, 66_000, 4, 3) if upright else (1, 4, 66_000, 3), 200, np.uint8)
    write_crops(long, ROWS[:1], tmp_path / "a")
    with Image.open(tmp_path / "a-0.jpg") as image:
        assert image.size == ((3, 65_500) if upright else (65_500, 3))
