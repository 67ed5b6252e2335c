"""Rows of predictions as CSV, JSON lines or Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from gender_classifier.errors import UserError
from gender_classifier.inference.results import Prediction
from gender_classifier.names import to_text
from gender_classifier.system import texts
from gender_classifier.system.files import atomic_path

COLUMNS = (
    "path",
    "page",
    "face",
    "x0",
    "y0",
    "x1",
    "y1",
    "detection_score",
    "face_px",
    "turned",
    "logit",
    "probability_male",
    "label",
    "best_guess",
    "status",
    "note",
)
PRIOR = "prior_male"
"""A column only where probabilities were corrected for a population: its share of men, the same in every row."""
KINDS = (".csv", ".jsonl", ".parquet")
NOTHING: Mapping[str, float] = {}
_CHUNK = 10_000


def values_of(row: Prediction) -> dict[str, Any]:
    """Give a row's values by `COLUMNS`, rounded to what they can mean; None where there is none.

    Args:
        row: a face, or an image without one.

    Returns:
        A value for each of `COLUMNS`, in their order.
    """
    box = row.box or (None,) * 4
    corners = dict(zip(("x0", "y0", "x1", "y1"), (_rounded(v, 1) for v in box), strict=True))
    return {
        "path": to_text(row.path or ""),
        "page": row.page,
        "face": row.face,
        **corners,
        "detection_score": _rounded(row.detection_score, 4),
        "face_px": _rounded(row.face_px, 1),
        "turned": row.turned,
        "logit": _rounded(row.logit, 6),
        "probability_male": _rounded(row.probability_male, 6),
        "label": row.label,
        "best_guess": row.best_guess,
        "status": row.status,
        "note": row.note,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


class CsvWriter:
    """Rows as CSV into an open text file, the header first.

    Args:
        handle: opened for text with `newline=""`.
        constant: further columns, and the value that each has in every row.

    Example:
        >>> import io
        >>> CsvWriter(handle := io.StringIO()).write([Prediction("male", 0.9, 2.2, "ok", "a.jpg")])
        >>> print(handle.getvalue().splitlines()[1])
        a.jpg,,,,,,,,,,2.2,0.9,male,,ok,
    """

    def __init__(self, handle: TextIO, constant: Mapping[str, float] = NOTHING) -> None:
        self._constant = constant
        self._columns = (*COLUMNS, *constant)
        self._writer = texts.CsvWriter(handle)
        self._writer.writerow(self._columns)

    def write(self, rows: Iterable[Prediction]) -> None:
        """Write rows, a line each.

        Args:
            rows: in their order.
        """
        for row in rows:
            self._writer.writedict({**values_of(row), **self._constant}, self._columns)


def check_kind(out: Path) -> None:
    """Refuse a file that could not be written in the end.

    Args:
        out: table to write; it may be there already.

    Raises:
        UserError: the name does not end in one of `KINDS`, is a folder's, or its folder is not there.
        ModuleNotFoundError: Parquet, and no pyarrow.
    """
    if out.suffix.lower() not in KINDS:
        raise UserError(f"{out}: its name must end in {', '.join(KINDS[:-1])} or {KINDS[-1]}, which says the format")
    if not out.parent.is_dir():
        raise UserError(f"{out}: no folder {out.parent} to write to")
    if out.is_dir():
        raise UserError(f"{out}: is a folder; a file is needed")
    if out.suffix.lower() == ".parquet":
        import pyarrow.parquet  # noqa: F401


def write_rows(rows: Iterable[Prediction], out: Path, constant: Mapping[str, float] = NOTHING) -> None:
    """Write a table in the format that its name says, whole or not at all.

    Args:
        rows: in their order.
        out: file, `.csv`, `.jsonl` or `.parquet`.
        constant: further columns and the value that each has in all rows.
    """
    with atomic_path(out) as partial:
        if out.suffix.lower() == ".parquet":
            _write_parquet(rows, partial, constant)
            return
        with partial.open("w", newline="", encoding="utf-8") as handle:
            if out.suffix.lower() == ".csv":
                CsvWriter(handle, constant).write(rows)
            else:
                lines = (json.dumps({**values_of(row), **constant}, ensure_ascii=False) + "\n" for row in rows)
                handle.writelines(lines)


def _write_parquet(rows: Iterable[Prediction], path: Path, constant: Mapping[str, float]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, whole = ("path", "label", "best_guess", "status", "note"), ("page", "face", "turned")
    kinds = {**dict.fromkeys(text, pa.string()), **dict.fromkeys(whole, pa.int32())}
    schema = pa.schema([(name, kinds.get(name, pa.float64())) for name in (*COLUMNS, *constant)])
    with path.open("wb") as handle, pq.ParquetWriter(handle, schema) as writer:
        chunk: list[dict[str, Any]] = []
        for row in rows:
            chunk.append({**values_of(row), **constant})
            if len(chunk) == _CHUNK:
                writer.write_table(pa.Table.from_pylist(chunk, schema=schema))
                chunk = []
        writer.write_table(pa.Table.from_pylist(chunk, schema=schema))
