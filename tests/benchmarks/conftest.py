"""What tests of the release benchmark share: its modules, a stand-in for a model, a bench, a drawn FairFace."""

from __future__ import annotations

import csv
import importlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.model_files.metadata import ModelMetadata, ThresholdPart

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
Picture = NDArray[np.uint8]


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


class ByBrightness:
    """Stands for a model: the brighter the crop, the more male."""

    def __init__(self, path: Path, threads: int | None = None, **metadata: Any) -> None:
        self.path = path
        given = {"input_size": 64, "threshold": ThresholdPart(logit=0.5), **metadata}
        self.metadata = ModelMetadata(**given)

    def score_crops(self, crops: Picture, views: Sequence[str] = ("identity",), batch_size: int = 32) -> Any:
        assert crops.shape[1:] == (self.metadata.input_size,) * 2 + (3,)
        logits = (crops.mean(axis=(1, 2, 3)) - 128.0) / 16.0
        # The second view is brighter by one, so that it matters which are averaged.
        return np.stack([logits + i for i in range(len(views))]).astype(np.float32)


def bench(model: Path, manifest: Path | None = None, limit: int | None = None, **metadata: Any) -> Any:
    return module("_release_bench").Bench(ByBrightness(model, **metadata), manifest, limit=limit)


@pytest.fixture(scope="module", autouse=True)
def path() -> Iterator[None]:
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture
def model(tmp_path: Path) -> Path:
    file = tmp_path / "model.onnx"
    file.write_bytes(b"not read")
    return file


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    """Test 1 to 24 and valid 1 to 6; women, the first in the file, are dark; every sixth image is wrong."""
    rows = []
    for split, count in (("test", 24), ("valid", 6)):
        for number in range(1, count + 1):
            gender = ("female", "male")[number % 2]
            bright = (gender == "male") != (number % 6 == 0)
            name = f"{split}/{gender}/{number}.png"
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (224, 224), (160,) * 3 if bright else (90,) * 3).save(tmp_path / name)
            race, age = ("White", "Black")[number > 12], ("3-9", "20-29")[number % 3 > 0]
            rows.append({"path": name, "split": split, "gender": gender, "race": race, "age": age})
    file = tmp_path / "manifest.csv"
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: row["path"]))
    return file
