"""What tests of the release benchmark share: its modules, a stand-in for a model, and a bench of it."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.model_files.metadata import (
    ModelMetadata,
    ThresholdPart,
)

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
