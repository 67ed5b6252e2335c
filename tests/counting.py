"""Faces to count, a model's own threshold and calibration, and a report that tells its errors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from gender_classifier.metrics.scores import Scores
from gender_classifier.model_files.metadata import CalibrationPart, ModelMetadata, ThresholdPart, TtaPart
from gender_classifier.report.build import build_report
from gender_classifier.report.protocol import Protocol

from .small_model import SIZE

CUT = -0.1
METADATA = ModelMetadata(
    input_size=SIZE,
    threshold=ThresholdPart(logit=CUT, chosen_on="choose"),
    tta=TtaPart(views=["identity", "hflip"], threshold_logit=0.3),
    calibration=CalibrationPart(scale=2.0, offset=0.5, fitted_on="choose"),
    uncertain_band=(0.2, 0.8),
    training={"counts": {"choose": {"female": 500, "male": 500}}},
)


def table(women: int, men: int, seed: int, split: str = "val", labelled: bool = True) -> Scores:
    """Faces whose calibrated logit, at equal shares, is the logarithm of the likelihood ratio."""
    y = np.repeat([0, 1], [women, men])
    calibrated = np.random.default_rng(seed).normal(1.5 * (2 * y - 1), np.sqrt(3.0))
    n = y.size
    return Scores(
        path=np.array([f"{split}{i}.jpg" for i in range(n)], dtype=object),
        face=np.zeros(n, np.int64),
        label=y if labelled else np.full(n, -1),
        logit=(calibrated - 0.5) / 2.0,
        view=np.full(n, "identity", dtype=object),
        split=np.full(n, split, dtype=object),
    )


def report(path: Path, threshold_logit: float = CUT) -> Path:
    """A report of 1,000 women, 100 of whom are said to be men, and 200 men, 40 of whom are said to be women."""
    labels = np.repeat([0, 0, 1, 1], [900, 100, 40, 160])
    logits = threshold_logit + np.repeat([-1.0, 1.0, -1.0, 1.0], [900, 100, 40, 160])
    scores = table(1000, 200, 0)
    scores = replace(scores, label=labels, logit=logits, split=np.full(1200, "val", dtype=object))
    protocol = Protocol("as released", scores, None, "accuracy", (threshold_logit, threshold_logit))
    build_report([protocol], context={}).write(path)
    return path
