"""A model whose robustness is measured, the degradations that it is tried by, and the report of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gender_classifier.model_files.metadata import CalibrationPart, ThresholdPart

from .small_model import metadata

KINDS = ("jpeg", "box_shift")
METADATA = metadata(threshold=ThresholdPart(logit=-0.1), calibration=CalibrationPart(scale=2.0, offset=0.5))


@pytest.fixture
def model(write_model: Callable[..., Path]) -> Path:
    """The model's file, `first.onnx`."""
    file = write_model(METADATA)
    return file.rename(file.with_name("first.onnx"))


def report_in(out: Path) -> dict[str, Any]:
    """What `robustness` wrote into its folder."""
    report: dict[str, Any] = json.loads((out / "robustness.json").read_text(encoding="utf-8"))
    return report
