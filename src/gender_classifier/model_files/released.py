"""The default model among those that come with the package."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.model_files.registry import SHIPPED

BAND = {"wanted": 0.98, "low": 0.167, "high": 0.833}
"""The released model's own uncertain band, rounded: for texts, which must not wait until the model is loaded."""


def own_band() -> str:
    """Say the released model's own band, in words for a help text."""
    return f"the model's own band, {BAND['wanted']:g}: from {BAND['low']:g} to {BAND['high']:g} with the released one"


def released_model() -> Path:
    """Give the path of the released model file, `model_files/shipped/release.onnx` within the package.

    Raises:
        UnreadableError: this copy of the package has none.
    """
    return SHIPPED[0].path
