"""Ray Data with two workers says what one process says."""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import gender_classifier
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.results import Prediction, without_face
from gender_classifier.inference.writers import COLUMNS, values_of

from ..scenes import scene

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ray_batch.py"

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="ray is not installed: pip install '.[ray]'",
)


@pytest.fixture
def photos(tmp_path: Path, astronaut: NDArray[np.uint8]) -> Path:
    """140 images, three batches: with two faces, one, none, and none at all."""
    folder = tmp_path / "photos"
    folder.mkdir()
    one = scene(astronaut, (130, 120), [(45, 10, 5)]).picture
    two = scene(astronaut, (240, 130), [(40, 5, 5), (50, 115, 5)]).picture
    for number in range(140):
        path = folder / f"{number:03d}.jpg"
        if number % 10 == 7:
            path.write_bytes(b"no picture")
        elif number % 10 in (2, 5):
            Image.fromarray(one if number % 10 == 2 else two).save(path, quality=95)
        else:
            Image.new("RGB", (30, 20), (number, 90, 90)).save(path)
    return folder


def ray_batch(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    source = str(Path(gender_classifier.__file__).parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")]),
        "RAY_USAGE_STATS_ENABLED": "0",
        # Ray's workers give way to every other process: on a busy machine they would not get to start.
        "RAY_worker_niceness": "0",
    }
    command = [sys.executable, str(EXAMPLE), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


def comparable(row: dict[str, Any]) -> tuple[Any, ...]:
    """A row's values in order; what a row has not is None in either table."""
    missing = {"page": -1, "face": -1, "turned": -1}
    values = (row[name] for name in COLUMNS)
    return tuple(
        None
        if value is None or value == missing.get(name) or (isinstance(value, float) and math.isnan(value))
        else value
        for name, value in zip(COLUMNS, values, strict=True)
    )


@needs_ray
def test_two_workers_give_the_rows_of_one_process(
    write_model: Callable[..., Path], photos: Path, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    model, out = write_model(), tmp_path / "out"
    done = ray_batch(photos, out, "--model", model, "--workers", 2)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [row for path in sorted(out.glob("*.parquet")) for row in parquet.read_table(path).to_pylist()]
    expected = [values_of(row) for row in GenderClassifier(model, threads=1).predict(sorted(photos.iterdir())).rows()]
    assert len(expected) > 140
    assert f"{len(expected)} rows in" in done.stdout
    assert list(rows[0]) == list(COLUMNS)

    def order(row: tuple[Any, ...]) -> tuple[str, int]:
        return row[COLUMNS.index("path")], row[COLUMNS.index("face")] or 0

    assert sorted(map(comparable, rows), key=order) == sorted(map(comparable, expected), key=order)


@needs_ray
def test_wrong_use_is_one_line(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\n")
    for arguments, code, message in (
        ((photos, photos), 2, "is there already"),
        ((tmp_path / "gone", tmp_path / "out"), 3, "no such folder or list"),
        ((tmp_path / "list.txt", tmp_path / "out"), 3, "no images"),
    ):
        done = ray_batch(*arguments)
        assert (done.returncode, message in done.stdout) == (code, True), done.stderr
        assert "Traceback" not in done.stderr


def test_every_column_of_predict_has_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Ray is not installed too: a column more in `predict` must not end the example."""
    for name in ("ray", "ray.data"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    spec = importlib.util.spec_from_file_location("ray_batch", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    face = Prediction("uncertain", 0.5, 0.0, path="a.jpg", face=0, page=1, turned=90, best_guess="male", note="x")
    columns = module.columns_of([values_of(face), values_of(without_face("no face", "b.jpg"))])
    assert list(columns) == list(COLUMNS)
    for name, column in columns.items():
        text = isinstance(values_of(face)[name], str)
        assert (column.dtype == object) == text, name
    assert columns["turned"].tolist() == [90, -1]
    assert np.isnan(columns["probability_male"][1])
