"""The scores table: a row a face and view. Thresholds, metrics, intervals and figures are functions of it."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.names import canonical
from gender_classifier.system.files import atomic_path
from gender_classifier.system.texts import (
    CsvRows,
    CsvWriter,
    read_text,
    with_point,
)

COLUMNS = ("path", "face", "label", "logit", "view", "split")
_TYPES: dict[str, type] = {"face": np.int64, "label": np.int64, "logit": np.float64}
_REAL = ("logit", "probability_male", "prior_male")
"""Columns of scores and of `predict` that are calculated with; a spreadsheet may give them decimal commas."""


@dataclass(frozen=True)
class Scores:
    """Columns of one length: a row a face and view.

    Example:
        >>> names, view = np.array(["a.jpg", "b.jpg"], object), np.array(["identity"] * 2, object)
        >>> faces, labels, logits = np.zeros(2, np.int64), np.array([0, 1]), np.array([-2.0, 3.0])
        >>> scores = Scores(names, faces, labels, logits, view, np.array(["val", "train"], object))
        >>> scores.select("val", "identity").path.tolist()
        ['a.jpg']

    Attributes:
        path: str, as the manifest or folder names the image.
        face: int64, number of the face within its image.
        label: int64, 0 female, 1 male, -1 unknown.
        logit: float64, positive towards male.
        view: str, a name of `inference.test_time`, or `tta` for the mean over views.
        split: str, `train`, `choose` or `val`.
        extra: any further column of the manifest.

    Raises:
        UserError: columns of different lengths, or a further one with a name of the others.
    """

    path: NDArray[Any]
    face: NDArray[np.int64]
    label: NDArray[np.int64]
    logit: NDArray[np.float64]
    view: NDArray[Any]
    split: NDArray[Any]
    extra: dict[str, NDArray[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        taken = sorted(set(self.extra) & set(COLUMNS))
        if taken:
            raise UserError(f"scores: further columns have names that the table itself uses ({', '.join(taken)})")
        lengths = {name: len(column) for name, column in self.columns().items()}
        if len(set(lengths.values())) > 1:
            raise UserError(f"scores: columns of different lengths ({lengths})")

    def __len__(self) -> int:
        return len(self.path)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Give all columns by name, the extra ones last."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "extra"}
        return {**own, **self.extra}

    def take(self, rows: NDArray[Any]) -> Scores:
        """Give the rows that an index or mask names.

        Args:
            rows: numbers of rows, int (M,), or whether to take each, bool (N,).

        Returns:
            A table of those rows; by numbers, in their order.
        """
        return _from_columns({name: column[rows] for name, column in self.columns().items()})

    def select(self, split: str | None = None, view: str | None = None) -> Scores:
        """Give the rows of a split and view.

        Args:
            split: its name; None: all splits.
            view: its name; None: all views.

        Returns:
            A table of those rows, in their order; empty where there are none.
        """
        mask = np.ones(len(self), bool)
        if split is not None:
            mask &= self.split == split
        if view is not None:
            mask &= self.view == view
        return self.take(mask)

    def concat(self, *others: Scores) -> Scores:
        """Give these rows and then the others'.

        Args:
            *others: tables to follow; they may have other further columns.

        Returns:
            A table with the columns of all; a column that one lacks is empty text there.
        """
        tables = (self, *others)
        names = list(dict.fromkeys(name for table in tables for name in table.columns()))
        joined = {
            name: np.concatenate(
                [t.columns().get(name, np.full(len(t), "", dtype=object)) for t in tables],
            )
            for name in names
        }
        return _from_columns(joined)

    def with_tta(self, views: Sequence[str]) -> Scores:
        """Give the same rows and, as view `tta`, the mean logit of each face over `views`.

        Args:
            views: names of the views, one at least; each has the same faces in the same order.

        Returns:
            These rows, and then a row a face of view `tta`.

        Raises:
            UserError: a view is missing for some face.
        """
        base = self.select(view=views[0])
        total = np.zeros(len(base))
        for view in views:
            other = self.select(view=view)
            if len(other) != len(base) or (other.path != base.path).any() or (other.face != base.face).any():
                raise UserError(f"scores: view `{view}` does not have the faces of `{views[0]}`, in their order")
            total += other.logit
        mean = Scores(
            base.path,
            base.face,
            base.label,
            total / len(views),
            np.full(len(base), "tta", dtype=object),
            base.split,
            base.extra,
        )
        return self.concat(mean)


def _from_columns(columns: dict[str, NDArray[Any]]) -> Scores:
    own: dict[str, Any] = {name: columns[name].astype(_TYPES.get(name, object)) for name in COLUMNS}
    return Scores(**own, extra={name: column for name, column in columns.items() if name not in COLUMNS})


def write_scores(scores: Scores, path: Path) -> None:
    """Write a table as `.parquet` or `.csv`, whole or not at all.

    Args:
        scores: the table.
        path: file to write, whose folder is made; what was there is replaced.

    Raises:
        UserError: a name that ends otherwise.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as partial:
        if path.suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            table = pa.table({name: column.tolist() for name, column in scores.columns().items()})
            with partial.open("wb") as handle:  # whose path may hold what is not UTF-8
                pq.write_table(table, handle)
        elif path.suffix == ".csv":
            with partial.open("w", newline="", encoding="utf-8") as handle:
                writer = CsvWriter(handle)
                writer.writerow(scores.columns())
                writer.writerows(zip(*(column.tolist() for column in scores.columns().values()), strict=True))
        else:
            raise UserError(f"{path}: scores are written as .parquet or .csv")


def read_scores(path: Path) -> Scores:
    """Read a table that `write_scores` or anyone with its columns wrote.

    Args:
        path: a `.parquet` or `.jsonl` file, or CSV by any other name.

    Returns:
        The table, rows in the file's order.

    Raises:
        UnreadableError: missing, broken, or without the columns of `COLUMNS`.
    """
    return scores_from(read_table(path, "a scores table"), path)


def read_table(path: Path, kind: str = "a table") -> dict[str, NDArray[Any]]:
    """Read the columns of a `.parquet` or `.jsonl` file, or of CSV by any other name.

    Args:
        path: of the file.
        kind: what it should be, for errors, which say that it is not that.

    Returns:
        Columns by name, objects (N,), rows in the file's order. Cells of CSV are text, in which logits and
        probabilities have a decimal point. None is a value that a line of JSON or a row of Parquet lacks.

    Raises:
        UnreadableError: missing or broken.
    """
    try:
        if path.suffix == ".parquet":
            import pyarrow.parquet as pq

            # `pq.read_table` leaves the file to threads of Arrow's, which let go of it after the read; a command that
            # ends before that, as with an error, is aborted (code 134; apache/arrow issue 50482).
            with path.open("rb") as handle, pq.ParquetFile(handle, pre_buffer=False) as file:
                columns = file.read(use_threads=False).to_pydict()
            return {name: np.array(values, dtype=object) for name, values in columns.items()}
        if path.suffix == ".jsonl":
            lines = io.StringIO(read_text(path, kind))  # which break nowhere but at a line break
            rows = [dict(json.loads(line)) for line in lines if line.strip()]
            names = list(dict.fromkeys(name for row in rows for name in row))
        else:
            table = CsvRows(path, kind)
            rows, names = [_with_points(row) for row in table], table.columns
        return {name: np.array([row.get(name) for row in rows], dtype=object) for name in names}
    except (OSError, ValueError, TypeError) as error:
        reason = getattr(error, "strerror", None) or str(error) or "empty"
        raise UnreadableError(f"{path}: not {kind} ({reason.splitlines()[0]})") from None


def _with_points(row: dict[str, str]) -> dict[str, str]:
    return {name: with_point(cell) if name in _REAL else cell for name, cell in row.items()}


def scores_from(table: dict[str, NDArray[Any]], path: Path) -> Scores:
    """Make a scores table of columns that were read.

    Args:
        table: columns by name, objects (N,), as `read_table` gives them.
        path: of the file that they are from, for errors.

    Returns:
        The table; columns that are none of `COLUMNS` are its `extra`.

    Raises:
        UnreadableError: a column of `COLUMNS` is missing or holds what it should not.
    """
    missing = [name for name in COLUMNS if name not in table]
    if missing:
        raise UnreadableError(f"{path}: a scores table needs the columns {', '.join(missing)}")
    try:
        named = np.array([canonical(str(name)) for name in table["path"]], dtype=object)
        return _from_columns({**table, "path": named})
    except (TypeError, ValueError) as error:
        raise UnreadableError(f"{path}: a column holds what it should not ({error})") from None
