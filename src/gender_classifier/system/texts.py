"""Text files that people hand over, in whatever encoding their programs left them, and CSV that is safe to open."""

from __future__ import annotations

import codecs
import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from gender_classifier.errors import UnreadableError
from gender_classifier.names import from_cell, to_cell

# The longer marks first: that of UTF-32 begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ADVICE = "save it as UTF-8, by `iconv -f WINDOWS-1252 -t UTF-8` where it is western European"
_ADVICE_UTF_16 = "save it as UTF-8, by `iconv -f UTF-16LE -t UTF-8` where Windows wrote it"
_LOOKED_AT = 4096  # bytes or characters
# Spreadsheets write semicolons where their language has decimal commas, and tabs into "Unicode text".
_SEPARATORS = (",", ";", "\t")
_KEY = "path"  # a column of every table that is read: what separates columns is what makes it one
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?\n")  # Excel writes and reads such a first line
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d+,\d+([eE][+-]?\d+)?\s*", re.ASCII)


class _Writable(Protocol):
    def write(self, text: str, /) -> object: ...


def read_text(path: str | os.PathLike[str], what: str = "a text file") -> str:
    """Read all of a text file: UTF-8, or what its byte-order mark says.

    Args:
        path: the file.
        what: it should be, for errors: "a CSV manifest" say.

    Returns:
        The text, without the mark; line ends are as the file has them.

    Raises:
        UnreadableError: no such file, or another encoding; the line says where and what to do.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise UnreadableError(f"{os.fspath(path)}: not {what} ({error.strerror or error})") from None
    return decode(data, os.fspath(path), what)


def decode(data: bytes, name: str, what: str = "a text file") -> str:
    """Give the text of bytes, as `read_text` takes them.

    Args:
        data: of a file.
        name: of the file, for errors.
        what: it should be, for errors.

    Returns:
        The text, without a byte-order mark.

    Raises:
        UnreadableError: another encoding, or null bytes, which no text has.
    """
    mark, encoding = next(((m, e) for m, e in _MARKS if data.startswith(m)), (b"", "utf-8"))
    body = data[len(mark) :]
    if not mark and 2 * max(body[part:_LOOKED_AT:2].count(0) for part in (0, 1)) > len(body[:_LOOKED_AT:2]):
        raise UnreadableError(f"{name}: not {what} (null bytes, as in UTF-16 without its mark); {_ADVICE_UTF_16}")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{name}: not {what} ({_where(body, error)}); {_ADVICE}") from None
    if not mark and "\0" in text[:_LOOKED_AT]:
        raise UnreadableError(f"{name}: not {what} (it holds null bytes, as no text does); {_ADVICE}")
    return text


def _where(data: bytes, error: UnicodeDecodeError) -> str:
    if error.encoding != "utf-8":
        return f"byte {error.start + 1} is not {error.encoding.upper()}, as which it begins"
    line = data.count(b"\n", 0, error.start) + 1
    before = data.rfind(b"\n", 0, error.start) + 1
    return f"line {line}, byte {error.start - before + 1} is 0x{data[error.start]:02x}, not UTF-8"


def lines_of(text: str) -> list[str]:
    """Split a text into lines as editors count them; no other character than a line break ends one.

    Args:
        text: with line breaks of any system.

    Returns:
        Lines without their breaks; the last one is empty where the text ends with a break.
    """
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


class CsvRows:
    r"""Rows of a CSV file as dictionaries, cells as they were before `names.to_cell`.

    Columns are separated by commas, semicolons or tabs: by whichever makes `path` a column.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "table.csv").write_text("path;age\na.jpg;30-39\n")
        ...     print(list(CsvRows(Path(folder, "table.csv"))))
        [{'path': 'a.jpg', 'age': '30-39'}]

    Args:
        path: the file, in any encoding that `read_text` takes.
        what: it should be, for errors.

    Raises:
        UnreadableError: it cannot be read.

    Attributes:
        columns: names in the first row; empty where the file is.
    """

    def __init__(self, path: str | os.PathLike[str], what: str = "a CSV file") -> None:
        # A quoted cell may hold line ends of every kind, so the reader sees the text as it is.
        self._name, self._what = os.fspath(path), what
        text = read_text(path, what)
        said = _SEPARATOR_LINE.match(text)
        self._before = 1 if said else 0
        text = text[said.end() :] if said else text
        try:
            separator = said[1] if said else _separator(text)
            self._reader = csv.DictReader(io.StringIO(text, newline=""), restval="", delimiter=separator)
            self.columns: list[str] = [from_cell(name.strip()) for name in self._reader.fieldnames or ()]
        except csv.Error as error:
            raise UnreadableError(f"{self._name}: not {self._what} ({error})") from None
        self._reader.fieldnames = self.columns

    @property
    def line(self) -> int:
        """The line that the latest row ends on, from 1."""
        return self._before + self._reader.line_num

    def __iter__(self) -> CsvRows:
        return self

    def __next__(self) -> dict[str, str]:
        """The next row; cells beyond the columns are dropped.

        Raises:
            UnreadableError: it breaks CSV's rules.
        """
        try:
            row: dict[Any, Any] = next(self._reader)
        except csv.Error as error:
            raise UnreadableError(f"{self._name}, line {self.line}: not {self._what} ({error})") from None
        return {name: from_cell(cell) for name, cell in row.items() if name is not None}


def _separator(text: str) -> str:
    """What separates the columns: the first of the usual ones by which the heading has a column `path`."""
    for separator in _SEPARATORS:
        heading: list[str] = next(csv.reader(io.StringIO(text, newline=""), delimiter=separator), [])
        if _KEY in (name.strip() for name in heading):
            return separator
    return _SEPARATORS[0]


def with_point(cell: str) -> str:
    """Give a number's text with a decimal point where it has a decimal comma.

    Example:
        >>> with_point("-0,25"), with_point("1.5")
        ('-0.25', '1.5')

    Args:
        cell: of a table, any text.

    Returns:
        The number with a point; other text as it is.
    """
    return cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell


class CsvWriter:
    r"""Writes rows whose text no spreadsheet takes for a formula; numbers and None pass as they are.

    Example:
        >>> file = io.StringIO()
        >>> CsvWriter(file).writerow(["=1+1.jpg", 0.5, None])
        >>> file.getvalue()
        "'=1+1.jpg,0.5,\n"

    Args:
        handle: text file, open for writing with `newline=""`; whatever has a method `write` will do.
    """

    def __init__(self, handle: _Writable) -> None:
        self._plain = csv.writer(handle, lineterminator="\n")
        # Before Python 3.13 a cell with a carriage return alone was not quoted, and read back as two rows.
        self._quoting = csv.writer(handle, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def writerow(self, row: Iterable[Any]) -> None:
        """Write a row.

        Args:
            row: its cells, in the order of the columns.
        """
        cells = [to_cell(cell) if isinstance(cell, str) else cell for cell in row]
        lone = any(isinstance(cell, str) and "\r" in cell for cell in cells)
        (self._quoting if lone else self._plain).writerow(cells)

    def writerows(self, rows: Iterable[Iterable[Any]]) -> None:
        """Write rows.

        Args:
            rows: the cells of each, in the order of the columns.
        """
        for row in rows:
            self.writerow(row)

    def writedict(self, row: Mapping[str, Any], columns: Sequence[str]) -> None:
        """Write a row's values in the order of `columns`; empty where one is missing.

        Args:
            row: values by column.
            columns: in their order.
        """
        self.writerow(row.get(name) for name in columns)
