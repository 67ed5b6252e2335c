"""Figures that were measured besides the report's, as a JSON file of named tables, for the model card.

`{"note": "...", "tables": [{"title": "...", "note": "...", "columns": ["..."], "rows": [["...", 1.5, null]]}]}`

A table may have `markdown`, text that stands as it is, in place of columns and rows. Notes may be left out, and
whatever else the file holds is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from gender_classifier.errors import UnreadableError
from gender_classifier.report.tables import NONE, markdown_table

Cell = str | int | float | None


class FurtherTable(BaseModel):
    """One table: `columns` and `rows`, or `markdown`.

    Example:
        >>> FurtherTable(title="Speed", columns=["images", "seconds"], rows=[[100, 1.5]]).rows
        [[100, 1.5]]

    Attributes:
        title: its heading.
        note: text before it.
        columns: headings.
        rows: as many cells each as there are columns; None becomes a dash.
        markdown: text that stands as it is.
    """

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    title: str
    note: str = ""
    columns: list[str] = []
    rows: list[list[Cell]] = []
    markdown: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.columns) == bool(self.markdown):
            raise ValueError("either `columns` and `rows`, or `markdown`")
        uneven = [number for number, row in enumerate(self.rows, 1) if len(row) != len(self.columns)]
        if uneven:
            raise ValueError(f"row {uneven[0]} does not have {len(self.columns)} cells")
        return self


class Further(BaseModel):
    """All tables of a file.

    Example:
        >>> further_lines(Further(tables=[FurtherTable(title="Speed", markdown="Fast.")]), level=2)
        ['## Speed', '', 'Fast.']

    Attributes:
        note: text before the first table.
        tables: in the file's order.
    """

    note: str = ""
    tables: list[FurtherTable]


def read_further(path: Path) -> Further:
    """Read the tables of a JSON file.

    Args:
        path: a file in the form shown at the top of this module, as `figures.json` beside a shipped model.

    Returns:
        The tables.

    Raises:
        UnreadableError: no such file, or not such tables.
    """
    try:
        return Further.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UnreadableError(f"{path}: cannot be read ({error.strerror})") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "as a whole"
        raise UnreadableError(f"{path}: not a file of tables: `{where}`: {first['msg']}") from None


def further_lines(further: Further, level: int = 4) -> list[str]:
    """Write the tables in Markdown, each under its heading.

    Args:
        further: of `read_further`.
        level: of the headings, 1 to 6.

    Returns:
        Lines, the file's note first.
    """
    lines = [further.note] if further.note else []
    for table in further.tables:
        lines += ["", f"{'#' * level} {table.title}", "", *_table(table)]
    return lines if further.note else lines[1:]


def _table(table: FurtherTable) -> Iterator[str]:
    if table.note:
        yield from (table.note, "")
    if table.markdown:
        yield from table.markdown.strip().splitlines()
    else:
        rows = [[_cell(value) for value in row] for row in table.rows]
        yield from markdown_table([_cell(name) for name in table.columns], rows, left=1)


def _cell(value: Cell) -> str:
    """Text without what would end a cell; numbers short; a dash for null."""
    if value is None:
        return NONE
    if isinstance(value, float):
        return f"{value:.4g}"
    return " ".join(str(value).split()).replace("|", "\\|")
