"""Arguments that a Python user hands over, checked with one line that says what is wrong."""

from __future__ import annotations

import operator
import os
from typing import Any

from gender_classifier.errors import UserError


def whole_number(name: str, value: Any, unit: str = "") -> int:
    """Check that an argument is a whole number of at least 1.

    Args:
        name: of the argument, for the error.
        value: as handed over; NumPy's integers count, a bool does not.
        unit: of the number, for the error, with a space before it (` pixel`); empty: none.

    Returns:
        The same number as Python's int.

    Raises:
        UserError: it is no whole number, or below 1.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise UserError(f"{name}={value!r}: expected a whole number, at least 1{unit}")
    if value < 1:
        raise UserError(f"{name}={value}: at least 1{unit}")
    return operator.index(value)


def text_or_path(name: str, value: Any) -> str | os.PathLike[str]:
    """Check that an argument can name a file; whether the file is there is not looked at.

    Args:
        name: of the argument, for the error.
        value: as handed over.

    Returns:
        `value` as it is.

    Raises:
        UserError: it is neither text nor a path.
    """
    if not isinstance(value, str | os.PathLike):
        raise UserError(f"{name}: expected a path, got {type(value).__name__}")
    return value
