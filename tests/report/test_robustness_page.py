"""What robustness shows: every figure stands where it belongs, in Markdown and in the heat maps."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("matplotlib")

from gender_classifier.metrics.groups import Share
from gender_classifier.metrics.robustness import (
    CLEAN,
    LEVELS,
    Cell,
    CellResult,
    Mean,
    Robustness,
    cells_of,
)
from gender_classifier.report import robustness_page as shown
from gender_classifier.report.style import figure_style, save
from gender_classifier.runs.robustness_report import RobustnessContext, RobustnessReport

KINDS = ("low_light", "box_shift")
CONTEXT: dict[str, Any] = {
    "data": "faces/val",
    "counts": {"female": 400, "male": 600},
    "drawn": True,
    "unreadable": {},
    "seed": 0,
    "side": 224,
    "framings": ["box_shift", "rotation"],
}


def cell(kind: str, level: int, hits: int, ece: float) -> CellResult:
    share = Share(hits, 1000, hits / 1000, (hits / 1000 - 0.01, hits / 1000 + 0.01))
    return CellResult(kind, level, share, {"female": share, "male": share}, ece)


def table(less: int = 0) -> Robustness:
    cells = [
        cell(kind, n, 900 - less - 10 * n - 100 * k, 0.01 * n) for k, kind in enumerate(KINDS) for n in range(1, 6)
    ]
    return Robustness(
        count=1000,
        clean=cell("clean", 0, 950 - less, 0.005),
        cells=cells,
        mean=Mean(0.82, 0.8631, 0.03),
        by_kind={"low_light": Mean(0.87, 0.9157, 0.031), "box_shift": Mean(0.77, 0.8105, 0.032)},
        by_level={n: Mean(0.85 - 0.01 * n, 0.8, 0.01 * n) for n in range(1, 6)},
        ece_by_chance=0.0123,
    )


def report(tables: dict[str, Robustness] | None = None, **context: Any) -> RobustnessReport:
    amounts = {(c.kind, c.level): "" if c == CLEAN else f"{c.kind} by {c.level}" for c in cells_of(KINDS)}
    return shown.build(tables or {"ours": table()}, amounts, RobustnessContext(**{**CONTEXT, **context}))


def test_the_page_says_what_was_measured() -> None:
    text = shown.markdown(report())
    assert "Gender is what annotators perceived, in two classes." in text
    assert "1,000 images of `faces/val` (400 women, 600 men, drawn by a hash of their names)" in text
    assert "| ours | 95.00 [94.0, 96.0] | 82.00 | 86.31 | 91.58 | 81.05 | 0.50 | 3.00 | 1.23 |" in text
    assert "The worst cells: box shift 5 (75.00), box shift 4 (76.00)" in text
    assert "| low light | 89.0 / 1.0 | 88.0 / 2.0 | 87.0 / 3.0 | 86.0 / 4.0 | 85.0 / 5.0 | 87.0 / 3.1 | 91.57 |" in text
    assert "| **mean** | 84.0 / 1.0 |" in text
    assert "0.989 on clean images and 0.968 under corruptions, 97.88 %" in text
    assert "| box shift | box_shift by 1 |" in text
    assert "cannot be read" not in text


def test_tables_rows_are_as_wide_as_their_headings() -> None:
    lines = shown.markdown(report({"a": table(), "b": table(100)}, unreadable={"x": "why"}, drawn=False)).splitlines()
    columns = 0
    for line in lines:
        count = line.count("|")
        assert count == columns or not columns or not count, line
        columns = count
    assert any("1 image cannot be read and is left out" in line for line in lines)
    assert not any("drawn by" in line for line in lines)


def test_kinds_alone_leave_the_other_part_empty() -> None:
    one = table()
    only = replace(one, cells=one.cells[:5], by_kind={"low_light": one.by_kind["low_light"]})
    found = report({"ours": only})
    assert set(found.document()["models"]["ours"]["parts"]) == {"pictures"}
    assert "| 91.58 | – |" in shown.markdown(found)


def test_heat_maps_show_each_cell_in_its_place() -> None:
    with figure_style():
        figure = shown.heat_maps({"ours": table(), "theirs": table(50)})
        figure.canvas.draw()
    assert len(figure.axes) == 4
    accuracy, ece = figure.axes[:2]
    texts = {(round(t.get_position()[0]), round(t.get_position()[1])): t.get_text() for t in accuracy.texts}
    assert [label.get_text() for label in accuracy.get_yticklabels()] == ["clean", "low light", "box shift", "mean"]
    assert (texts[LEVELS, 0], texts[0, 1], texts[4, 2], texts[LEVELS, 1], texts[0, 3]) == (
        "95.0",
        "89.0",
        "75.0",
        "87.0",
        "84.0",
    )
    assert len(texts) == 1 + 3 * 6
    # One colour means the same of both models.
    assert accuracy.images[0].get_clim() == figure.axes[2].images[0].get_clim() == pytest.approx((0.7, 0.95))
    assert "mean 86.3 % of clean" in accuracy.get_title(loc="left")
    assert {t.get_text() for t in ece.texts} >= {"0.5", "1.0", "5.0"}
    boxes = [t.get_window_extent() for axis in figure.axes for t in (*axis.texts, *axis.get_yticklabels())]
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)


def test_files_are_whole(tmp_path: Path) -> None:
    picture = np.full((32, 32, 3), 90, np.uint8)
    sheet = [(c, "3 px" if c.level else "", picture) for c in (CLEAN, *(Cell("blur", n) for n in range(1, 6)))]
    found = report()
    shown.write(found, {"ours": table()}, tmp_path / "out", sheet)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "degradations.png",
        "robustness.json",
        "robustness.md",
        "robustness.png",
    ]
    text = (tmp_path / "out" / "robustness.json").read_text(encoding="utf-8")
    assert json.loads(text)["models"]["ours"]["mean"]["kept"] == 0.8631
    with Image.open(tmp_path / "out" / "degradations.png") as image:
        assert image.width >= 6 * 144


def test_a_dollar_in_a_model_s_name_begins_no_formula(tmp_path: Path) -> None:
    with figure_style():
        save(shown.heat_maps({"v$1_$": table()}), tmp_path / "map.png")
    assert (tmp_path / "map.png").stat().st_size > 1000
