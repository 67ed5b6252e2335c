"""Perceived gender of faces: a training pipeline and a classifier that anyone can use.

"Gender" here is what annotators perceived, in two classes; it says nothing of
how a person identifies.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gender_classifier.inference.classifier import GenderClassifier
    from gender_classifier.inference.image_result import FaceResult, ImageResult, Results, Status
    from gender_classifier.inference.results import Prediction

__all__ = [
    "CLASS_NAMES",
    "FaceResult",
    "GenderClassifier",
    "ImageResult",
    "Prediction",
    "Results",
    "Status",
    "__version__",
]

__version__ = "1.0.0"

CLASS_NAMES: tuple[str, str] = ("female", "male")
"""Names by label: 0 = female, 1 = male (the positive class)."""

PERCEIVED = "Gender is what annotators perceived, in two classes."
"""Stands wherever results are shown."""

_PUBLIC = {
    "GenderClassifier": "inference.classifier",
    "Prediction": "inference.results",
    **dict.fromkeys(("FaceResult", "ImageResult", "Results", "Status"), "inference.image_result"),
}


def __getattr__(name: str) -> Any:
    # When first asked for: `--help` must not wait for onnxruntime, nor the rooms below import those above.
    if name not in _PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PUBLIC[name]}"), name)
