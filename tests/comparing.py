"""Two models to compare: one network, each with a threshold of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gender_classifier.model_files.metadata import CalibrationPart, ModelMetadata, ThresholdPart, TtaPart

from .small_model import SIZE, save_model


def metadata(cut: float) -> ModelMetadata:
    return ModelMetadata(
        input_size=SIZE,
        threshold=ThresholdPart(logit=cut, chosen_on="choose"),
        tta=TtaPart(views=["identity", "hflip"], threshold_logit=cut + 0.1),
        calibration=CalibrationPart(scale=2.0, offset=0.5, fitted_on="choose"),
    )


def two_models(folder: Path) -> tuple[Path, Path]:
    """A model file, and a run folder with the same network and another threshold."""
    run = folder / "run"
    run.mkdir()
    return save_model(folder / "file.onnx", metadata(-0.1)), save_model(run / "model.onnx", metadata(0.3)).parent


def compared(out: Path) -> dict[str, dict[str, Any]]:
    """The models of a comparison by name."""
    document = json.loads((out / "comparison.json").read_text(encoding="utf-8"))
    return {model["name"]: model for model in document["models"]}
