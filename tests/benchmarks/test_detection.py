"""The detector's benchmark: what counts as found, and by which size."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.images.types import Box

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "detection.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("detection", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["detection"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def face(box: Box, score: float) -> Face:
    return Face(box, score, np.zeros((5, 2)))


def test_found_is_a_box_over_the_centre(script: ModuleType) -> None:
    beside, over, better = face((0, 0, 49, 90), 0.99), face((40, 20, 60, 40), 0.7), face((10, 10, 90, 40), 0.8)
    assert script.central([beside], (60, 100, 3)) is None
    assert script.central([], (60, 100, 3)) is None
    assert script.central([beside, over, better], (60, 100, 3)) is better


@pytest.fixture
def measured(script: ModuleType) -> object:
    """40 faces, a fifth of the image wide and found from 20 px on; five more that prediction does not find."""
    sizes = [80, 100, 160]
    shares = np.r_[np.full(40, 0.2), np.full(5, np.nan)]
    found = np.array([[False] * 45, [True] * 40 + [False] * 5, [True] * 45])
    times = np.array([[1.0], [2.0], [4.0]]) * np.ones((1, 45))
    return script.Measured(sizes, found, times, np.isfinite(shares), np.full(45, 3.0), shares)


def test_rows_by_input_size(script: ModuleType, measured: object) -> None:
    rows = script.by_size(measured)
    assert [(r["size"], r["milliseconds"]) for r in rows] == [(80, 1.0), (100, 2.0), (160, 4.0)]
    assert [r["recall"] for r in rows] == pytest.approx([0.0, 40 / 45, 1.0])
    assert [r["face"] for r in rows] == pytest.approx([16.0, 20.0, 32.0])


def test_rows_by_the_faces_size_count_faces_that_are_known_alone(script: ModuleType, measured: object) -> None:
    rows = script.by_face(measured)
    assert [(r["from"], r["to"], r["count"], r["recall"]) for r in rows] == [
        (14, 17, 40, 0.0),
        (20, 24, 40, 1.0),
        (28, 34, 40, 1.0),
    ]


def test_tables_and_figure(script: ModuleType, measured: object, tmp_path: Path) -> None:
    text = script.tables(measured, 24)
    assert "| 100 px | 88.89 [76.5, 95.2] | 20 | 2.0 |" in text.splitlines()
    assert "| as prediction (min_face 24) | 88.89 [76.5, 95.2] |  | 3.0 |" in text.splitlines()
    script.draw(measured, tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.width == 1350


def test_a_real_face(script: ModuleType, astronaut: NDArray[np.uint8], tmp_path: Path) -> None:
    Image.fromarray(astronaut[20:220, 125:325]).save(tmp_path / "face.png")
    Image.fromarray(astronaut[300:500, 20:220]).save(tmp_path / "none.png")
    paths = [tmp_path / "face.png", tmp_path / "none.png"]
    m = script.measure(paths, [16, 160, 320], FaceDetector(threads=1), 24)
    assert m.found.tolist() == [[False, False], [True, False], [True, False]]
    assert m.found_by_prediction.tolist() == [True, False]
    assert 0.3 < m.shares[0] < 0.7
    assert np.isnan(m.shares[1])
