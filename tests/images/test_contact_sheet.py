"""The contact sheet: every image in its place, captions within their cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gender_classifier.images.contact_sheet import contact_sheet


def flat(value: int, shape: tuple[int, int] = (40, 40)) -> np.ndarray:
    return np.full((*shape, 3), value, np.uint8)


def read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def test_pictures_stand_in_rows_in_their_order(tmp_path: Path) -> None:
    values = [10, 60, 110, 160, 210]
    contact_sheet([flat(v) for v in values], [""] * 5, tmp_path / "sheet.png", columns=2, cell=50)
    sheet = read(tmp_path / "sheet.png")
    cells_down, cells_across = 3, 2
    heights, widths = sheet.shape[0] / cells_down, sheet.shape[1] / cells_across
    found = [int(sheet[int(heights * (i // 2)) + 25, int(widths * (i % 2)) + 25, 0]) for i in range(5)]
    assert found == values
    assert (sheet[-30:, -30:] == 255).all()


def test_a_caption_is_drawn_below_its_picture_and_stays_in_its_column(tmp_path: Path) -> None:
    captions = ["", "a_name_much_too_long_for_a_cell_of_this_width_0012"]
    contact_sheet([flat(255), flat(255)], captions, tmp_path / "sheet.png", columns=2, cell=80)
    ink = (read(tmp_path / "sheet.png") < 128).all(axis=2)
    columns = np.flatnonzero(ink.any(axis=0))
    assert columns.size
    assert columns.min() > 80
    assert columns.max() <= ink.shape[1] - 6


def test_long_names_keep_both_ends(tmp_path: Path) -> None:
    """Two names that differ only at the end give different sheets."""
    for name in ("0012", "0013"):
        contact_sheet([flat(200)], [f"a_name_much_too_long_for_its_cell_{name}"], tmp_path / name, columns=1, cell=90)
    assert (tmp_path / "0012").read_bytes() != (tmp_path / "0013").read_bytes()


def test_lines_of_a_caption_add_height(tmp_path: Path) -> None:
    for lines in (1, 3):
        contact_sheet([flat(9)], ["\n".join(["x"] * lines)], tmp_path / f"{lines}.png")
    assert read(tmp_path / "3.png").shape[0] - read(tmp_path / "1.png").shape[0] == pytest.approx(34, abs=8)


def test_other_shapes_fit_their_cells(tmp_path: Path) -> None:
    contact_sheet([flat(90, (30, 90)), flat(90, (90, 30))], ["wide", "tall"], tmp_path / "sheet.png", cell=64)
    sheet = read(tmp_path / "sheet.png")
    assert sheet.shape[1] < 2 * 64 + 40


def test_a_title_stands_above_and_is_never_cut_off(tmp_path: Path) -> None:
    title = "A title that is a good deal wider than one small image"
    contact_sheet([flat(9)], ["x"], tmp_path / "plain.png", cell=40)
    contact_sheet([flat(9)], ["x"], tmp_path / "titled.png", cell=40, title=title)
    plain, titled = read(tmp_path / "plain.png"), read(tmp_path / "titled.png")
    above = titled.shape[0] - plain.shape[0]
    assert (titled[above:, : plain.shape[1]] == plain).all()
    ink = np.flatnonzero((titled[:above] < 128).all(axis=2).any(axis=0))
    assert ink.max() > plain.shape[1]
    assert 3 <= titled.shape[1] - ink.max() < 40


def test_a_foot_stands_whole_below_all(tmp_path: Path) -> None:
    contact_sheet([flat(200)] * 3, ["x"] * 3, tmp_path / "plain.png", columns=2, cell=50)
    foot = np.zeros((20, 300, 3), np.uint8)
    contact_sheet([flat(200)] * 3, ["x"] * 3, tmp_path / "sheet.png", columns=2, cell=50, foot=foot)
    plain, sheet = read(tmp_path / "plain.png"), read(tmp_path / "sheet.png")
    assert np.array_equal(sheet[: plain.shape[0] - 6, : plain.shape[1]], plain[:-6])
    below = sheet[plain.shape[0] - 6 :]
    assert (below == 0).all(axis=2).sum() == 20 * 300
