"""Images stand beside what was said of them, and not of others."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.report import examples
from gender_classifier.report.rankings import Shown

SOMEWHERE = Path("not written")


def numbered(name: str) -> np.ndarray:
    """An image that shows its number as its shade."""
    return np.full((8, 8, 3), int(Path(name).stem.split("_")[1]), np.uint8)


def test_each_picture_stands_beside_its_own_bars(make_scores: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(examples, "save", lambda figure, _path: drawn.append(figure))
    logits = [-5.0, -4.0, -3.0, -1.0, 2.0, 5.0, 4.0, 3.0, 1.0, -2.0]
    shown = Shown(make_scores([0] * 5 + [1] * 5, logits), 0.0)
    examples.example_inference(shown, Calibration(), numbered, SOMEWHERE)
    found = {}
    for left, right in zip(drawn[0].axes[::2], drawn[0].axes[1::2], strict=True):
        if left.images:
            row = int(left.images[0].get_array()[0, 0, 0])
            found[row] = right.patches[1].get_width()
            right_answer = (logits[row] >= 0) == (row >= 5)
            assert right.get_title(loc="left").startswith("right" if right_answer else "wrong")
    assert found == pytest.approx({row: float(sigmoid(logits[row])) for row in (2, 3, 4, 7, 8, 9)})


def test_each_mistake_has_its_own_caption(make_scores: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet: dict[str, Any] = {}

    def keep(pictures: list[np.ndarray], captions: list[str], _path: Path, **_options: Any) -> None:
        sheet.update(pictures=pictures, captions=captions)

    monkeypatch.setattr(examples, "contact_sheet", keep)
    shown = Shown(make_scores([0, 0, 1, 1], [1.0, -1.0, -2.0, 3.0]), 0.0)
    assert examples.mistakes(shown, Calibration(), numbered, SOMEWHERE)
    assert [int(picture[0, 0, 0]) for picture in sheet["pictures"]] == [2, 0]
    assert [caption.split("\n")[2] for caption in sheet["captions"]] == ["Somebody_0002", "Somebody_0000"]
    assert [caption.split("\n")[0] for caption in sheet["captions"]] == ["labelled male", "labelled female"]


def numbered_maps(names: Sequence[str]) -> tuple[list[np.ndarray], str]:
    """Evidence that grows with the image's number, towards female of even ones and male of odd ones."""
    numbers = [int(Path(name).stem.split("_")[1]) for name in names]
    return [np.full((4, 4), (n + 1) * (-1) ** (n + 1), np.float32) for n in numbers], "They hold."


def no_maps(_names: Sequence[str]) -> tuple[list[np.ndarray], str]:
    return [], "No maps: they do not hold."


def test_each_picture_stands_beside_its_own_map(make_scores: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(examples, "save", lambda figure, _path: drawn.append(figure))
    shown = Shown(make_scores([0] * 5 + [1] * 5, [-5.0, -4.0, -3.0, -1.0, 2.0, 5.0, 4.0, 3.0, 1.0, -2.0]), 0.0)
    examples.example_inference(shown, Calibration(), numbered, SOMEWHERE, numbered_maps)
    key, *axes = drawn[0].axes
    assert "not why" in key.get_xlabel()
    assert "They hold." in key.get_xlabel()
    rows = []
    for left, middle, right in zip(axes[::3], axes[1::3], axes[2::3], strict=True):
        row = int(left.images[0].get_array()[0, 0, 0])
        orange, _, blue = (int(value) for value in middle.images[0].get_array()[0, 0])
        assert (blue > orange) == (row % 2 == 1)
        assert right.get_title(loc="left")
        rows.append(row)
    assert sorted(rows) == [2, 3, 4, 7, 8, 9]
    peak = float(np.median([row + 1 for row in rows]))
    assert [label.get_text() for label in key.get_xticklabels()][::2] == [
        f"−{peak:.2f}, female",
        f"+{peak:.2f}, male",
    ]


def test_each_mistake_has_its_own_map(make_scores: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet: dict[str, Any] = {}
    monkeypatch.setattr(
        examples,
        "contact_sheet",
        lambda pictures, captions, _path, **more: sheet.update(pictures=pictures, captions=captions, **more),
    )
    shown = Shown(make_scores([0, 0, 1, 1], [1.0, -1.0, -2.0, -3.0]), 0.0)
    assert examples.mistakes(shown, Calibration(), numbered, SOMEWHERE, numbered_maps)
    assert [int(picture[0, 0, 0]) for picture in sheet["pictures"][::2]] == [3, 2, 0]
    drawn = [int(p[0, 0, 2]) - int(p[0, 0, 0]) for p in sheet["pictures"][1::2]]
    assert [value > 0 for value in drawn] == [True, False, False]
    assert [bool(caption) for caption in sheet["captions"]] == [True, False] * 3
    assert sheet["foot"].ndim == 3


def test_figures_without_maps_say_why(make_scores: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Figure] = []
    sheet: dict[str, Any] = {}
    monkeypatch.setattr(examples, "save", lambda figure, _path: drawn.append(figure))
    monkeypatch.setattr(examples, "contact_sheet", lambda pictures, *_, **more: sheet.update(pictures=pictures, **more))
    shown = Shown(make_scores([0, 0, 1, 1], [1.0, -1.0, -2.0, -3.0]), 0.0)
    examples.example_inference(shown, Calibration(), numbered, SOMEWHERE, no_maps)
    texts = [text.get_text() for part in drawn[0].subfigs for text in part.texts]
    assert "No maps: they do not hold." in texts
    examples.mistakes(shown, Calibration(), numbered, SOMEWHERE, no_maps)
    assert [int(picture[0, 0, 0]) for picture in sheet["pictures"]] == [3, 2, 0]
    assert (sheet["foot"] < 100).any()
