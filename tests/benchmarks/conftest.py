"""Fixtures of the release benchmark: its folder on the path, a model's file, and a drawn FairFace."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from .releasing import BENCHMARKS


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
