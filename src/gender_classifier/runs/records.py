"""What all records in files have in common: plain JSON, finite numbers, one clear line where one is broken."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from gender_classifier.errors import UnreadableError
from gender_classifier.system.files import atomic_path
from gender_classifier.system.texts import decode


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value


Number = Annotated[float | None, BeforeValidator(_finite)]
"""A number, or None where there is none to give: JSON has neither NaN nor infinity."""


class Record(BaseModel):
    """A part of a file that we write: what was never set is not written, what a later version adds is passed over.

    Example:
        >>> class Point(Record):
        ...     x: float
        ...     note: str = ""
        >>> Point.model_validate({"x": 1.5, "of_a_later_version": 2}).document()
        {'x': 1.5}
    """

    model_config = ConfigDict(extra="ignore")

    def document(self) -> dict[str, Any]:
        """Give the record in plain JSON types, without fields that were never set."""
        return self.model_dump(mode="json", exclude_unset=True)

    def write(self, path: Path, *, ascii_only: bool = True) -> None:
        """Write the record as JSON, whole or not at all.

        Args:
            path: file to write, in a folder that is there.
            ascii_only: other letters than ASCII's are written as escapes; else as they are, in UTF-8.
        """
        text = json.dumps(self.document(), indent=1, ensure_ascii=ascii_only, allow_nan=False)
        with atomic_path(path) as partial:
            partial.write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a record that `write` wrote.

        Args:
            path: the JSON file.

        Returns:
            The record; fields that an older version did not have get their defaults.

        Raises:
            UnreadableError: no such file, not JSON, or not such a record.
        """
        try:
            content = json.loads(decode(path.read_bytes(), str(path), "a report, which is JSON"))
        except OSError as error:
            raise UnreadableError(f"{path}: no report to read ({error.strerror})") from None
        except ValueError as error:
            raise UnreadableError(f"{path}: not a report, which is JSON ({error})") from None
        try:
            return cls.model_validate(content)
        except ValidationError as error:
            raise UnreadableError(f"{path}: {cls.fault(content, error)}") from None

    @classmethod
    def fault(cls, content: Any, error: ValidationError) -> str:
        """Say why something is no such record, for `read`'s error.

        Args:
            content: what was read, in JSON's types.
            error: what pydantic found wrong with it.

        Returns:
            The first place that is wrong, and why.
        """
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "as a whole"
        return f"not a whole report of this version (`{where}`: {first['msg'].lower()})"


def plain(value: Any) -> Any:
    """Give the same with JSON's types alone.

    Args:
        value: anything, or lists and dictionaries of anything.

    Returns:
        numpy's numbers and arrays as Python's, a number that is not finite as None, tuples and sets as lists, what JSON
        does not know as text. Records and dataclasses stay as they are.
    """
    if isinstance(value, BaseModel) or is_dataclass(value):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(inner) for inner in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    value = _finite(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
