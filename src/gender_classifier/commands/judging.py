"""How a model file judges: its metadata's threshold, calibration and band as evidence's ``Judge``."""

from __future__ import annotations

from gender_classifier.evidence.calibration import Calibration
from gender_classifier.evidence.groups import Judge
from gender_classifier.metadata import ModelMetadata


def calibration_of(metadata: ModelMetadata) -> Calibration:
    """From logit to calibrated logit; as scored where nothing was fitted."""
    return Calibration(metadata.calibration.scale, metadata.calibration.offset)


def threshold_of(metadata: ModelMetadata, tta: bool = False) -> float:
    """Male from this logit on, or from this mean logit of the views."""
    return metadata.tta.threshold_logit if tta else metadata.threshold.logit


def judge_of(metadata: ModelMetadata, tta: bool = False) -> Judge:
    """Threshold, calibration and band of a model file."""
    return Judge(threshold_of(metadata, tta), calibration_of(metadata), metadata.uncertain_band)
