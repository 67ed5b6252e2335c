"""The model that comes with the package."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from gender_classifier.errors import UnreadableError

FILE_NAME = "release.onnx"


def released_model() -> Path:
    """Path of the released model file, ``models/release.onnx`` within the package.

    Raises:
        UnreadableError: this copy of the package has none.
    """
    path = Path(str(resources.files("gender_classifier") / "models" / FILE_NAME))
    if not path.is_file():
        raise UnreadableError(f"{path}: this copy of the package has no released model; name one with --model")
    return path
