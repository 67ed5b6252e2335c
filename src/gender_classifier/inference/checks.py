"""Arguments that a Python user hands over, checked with one line that says what is wrong."""

from __future__ import annotations

import operator
import os
from typing import Any

from gender_classifier.errors import UserError


def whole_number(name: str, value: Any, unit: str = "") -> int:
    """Give a whole number from 1.

    Args:
        name: of the argument, for the error.
        value: as handed over; NumPy's integers count.
        unit: named in the error, with a space before it.

    Raises:
        UserError: it is none.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise UserError(f"{name}={value!r}: expected a whole number, at least 1{unit}")
    if value < 1:
        raise UserError(f"{name}={value}: at least 1{unit}")
    return operator.index(value)


def text_or_path(name: str, value: Any) -> str | os.PathLike[str]:
    """Give what names a file.

    Args:
        name: of the argument, for the error.
        value: as handed over.

    Raises:
        UserError: it is neither text nor a path.
    """
    if not isinstance(value, str | os.PathLike):
        raise UserError(f"{name}: expected a path, got {type(value).__name__}")
    return value
