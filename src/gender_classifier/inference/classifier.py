"""The classifier that anyone can use: a model file, no torch."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.inference.views import apply_view, check_views
from gender_classifier.metadata import METADATA_KEY, ModelMetadata, parse_metadata


@dataclass(frozen=True)
class Prediction:
    """One face's answer.

    Attributes:
        label: ``female``, ``male`` or ``uncertain``: perceived gender as annotators saw it.
        probability_male: calibrated, 0 to 1.
        logit: as the network gave it (mean over views with test-time augmentation).
    """

    label: str
    probability_male: float
    logit: float

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Prediction:
        """Undo :meth:`to_dict`."""
        return cls(str(values["label"]), float(values["probability_male"]), float(values["logit"]))


class GenderClassifier:
    """Perceived gender of face crops from one ONNX file; safe to call from several threads.

    Args:
        model: model file that ``export`` wrote.
        threads: of onnxruntime; None for all cores that this process may use.

    Raises:
        UnreadableError: no such file, or not one of ours.
        UserError: ``threads`` below 1.
    """

    def __init__(self, model: str | os.PathLike[str], threads: int | None = None) -> None:
        self.path = Path(model)
        if not self.path.is_file():
            raise UnreadableError(f"{self.path}: no such model file")
        if threads is not None and threads < 1:
            raise UserError(f"threads={threads}: at least 1")
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or _cores()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # onnxruntime raises its own undocumented types
            raise UnreadableError(f"{self.path}: not a model file ({str(error).splitlines()[0]})") from None
        text = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        self.metadata: ModelMetadata = parse_metadata(text, str(self.path))
        if "logit" not in [output.name for output in self._session.get_outputs()]:
            raise UnreadableError(f"{self.path}: not a model file of ours (it has no output `logit`)")
        self._input = self._session.get_inputs()[0].name

    def score_crops(
        self, crops: NDArray[np.uint8], views: Sequence[str] = ("identity",), batch_size: int = 32
    ) -> NDArray[np.float32]:
        """Logits, float32 (len(views), N), of crops, uint8 (N, size, size, 3) RGB.

        Args:
            crops: as the network sees them; size is the model's ``input_size``.
            views: names as in ``inference.views``.
            batch_size: crops that go through the network at a time; more takes memory, not less time
                (``benchmarks/export_input.py`` shows both).

        Raises:
            UserError: another dtype or shape, an unknown view, or ``batch_size`` below 1.
        """
        check_views(views)
        if batch_size < 1:
            raise UserError(f"batch_size={batch_size}: at least 1")
        size = self.metadata.input_size
        if not isinstance(crops, np.ndarray):
            raise UserError(f"crops: expected an array, uint8 (N, {size}, {size}, 3), got {type(crops).__name__}")
        if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[1:] != (size, size, 3):
            raise UserError(f"crops: expected uint8 (N, {size}, {size}, 3), got {crops.dtype} {crops.shape}")
        logits = np.empty((len(views), len(crops)), np.float32)
        for row, view in enumerate(views):
            for start in range(0, len(crops), batch_size):
                part = apply_view(crops[start : start + batch_size], view)
                logits[row, start : start + len(part)] = self._session.run(["logit"], {self._input: part})[0]
        return logits

    def predict_crops(self, crops: NDArray[np.uint8], tta: bool = False) -> list[Prediction]:
        """Answers for crops, uint8 (N, size, size, 3) RGB; ``tta`` averages over the model's views."""
        m = self.metadata
        logits = self.score_crops(crops, m.tta.views if tta else ("identity",)).mean(axis=0)
        cut = m.tta.threshold_logit if tta else m.threshold.logit
        calibrated = m.calibration.scale * logits.astype(np.float64) + m.calibration.offset
        probabilities = np.exp(-np.logaddexp(0.0, -calibrated))
        return [
            Prediction(self._label(float(z), float(p), cut), float(p), float(z))
            for z, p in zip(logits, probabilities, strict=True)
        ]

    def _label(self, logit: float, probability: float, cut: float) -> str:
        band = self.metadata.uncertain_band
        if band is not None and band[0] < probability < band[1]:
            return "uncertain"
        return self.metadata.class_names[int(logit >= cut)]


def _cores() -> int:
    """Cores that this process may use: containers and batch systems often lend fewer than there are."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
