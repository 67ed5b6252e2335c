"""Text files in the encodings that programs leave them in, and CSV that comes back cell by cell."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gender_classifier.errors import UnreadableError
from gender_classifier.names import from_cell
from gender_classifier.system.texts import (
    CsvRows,
    CsvWriter,
    decode,
    lines_of,
    read_text,
    with_point,
)

TEXT = "path,gender\nZoë.jpg,female\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_what_a_mark_names_is_decoded(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(TEXT.encode(encoding))
    assert read_text(path) == TEXT
    assert CsvRows(path).columns == ["path", "gender"]


def test_big_endian_too(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b"\xfe\xff" + TEXT.encode("utf-16-be"))
    assert read_text(path) == TEXT


def test_another_encoding_is_one_line_with_place_and_advice(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(TEXT.encode("latin-1"))
    with pytest.raises(UnreadableError, match=r"m\.csv: not a text file \(line 2, byte 3 is 0xeb, not UTF-8\); save"):
        read_text(path)


def test_utf_16_without_a_mark_and_cut_short_are_named() -> None:
    with pytest.raises(UnreadableError, match="UTF-16 without its mark"):
        decode("path\n".encode("utf-16-le"), "list.txt")
    with pytest.raises(UnreadableError, match=r"UTF-16 without its mark.*; save it as UTF-8, by `iconv -f UTF-16LE"):
        decode("path\r\nZoë.jpg\r\n".encode("utf-16-le"), "list.txt")
    with pytest.raises(UnreadableError, match="holds null bytes"):
        decode(b"path\n\0", "list.txt")
    with pytest.raises(UnreadableError, match="byte 1 is not UTF-16-LE, as which it begins"):
        decode(b"\xff\xfea", "list.txt")


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"not a text file \(No such file"):
        read_text(tmp_path / "none.txt")


def test_lines_end_where_editors_end_them() -> None:
    assert lines_of("a\r\nb\rc\nd\u2028e") == ["a", "b", "c", "d\u2028e"]


CELL = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=10)


@given(st.lists(st.tuples(CELL, CELL), max_size=5))
@example([("=1+1", "a\rb"), ("'=x", 'q"uo,te\n')])
def test_rows_come_back(rows: list[tuple[str, str]]) -> None:
    out = io.StringIO()
    writer = CsvWriter(out)
    writer.writerow(("one", "two"))
    writer.writerows(rows)
    assert [row for row in csv.reader(io.StringIO(out.getvalue(), newline="")) if row]  # any reader takes it
    read = csv.DictReader(io.StringIO(out.getvalue(), newline=""), restval="")
    assert [(from_cell(row["one"]), from_cell(row["two"])) for row in read] == rows


def test_rows_of_a_file_come_back(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    rows = [("=1+1", "a\rb"), ("-0.5", "x\ny"), ("'@", "")]
    with path.open("w", newline="", encoding="utf-8") as handle:
        writer = CsvWriter(handle)
        writer.writerow(("one", "two"))
        writer.writerows(rows)
        writer.writedict({"two": "last"}, ("one", "two"))
    read = [(row["one"], row["two"]) for row in CsvRows(path)]
    assert read == [*rows, ("", "last")]


def test_numbers_are_no_formulas() -> None:
    out = io.StringIO()
    CsvWriter(out).writerow((-0.5, "-0.5", None, "-a"))
    assert out.getvalue() == "-0.5,-0.5,,'-a\n"


@pytest.mark.parametrize("separator", [";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_columns_are_separated_as_spreadsheets_do(tmp_path: Path, separator: str, encoding: str) -> None:
    path = tmp_path / "m.csv"
    lines = ['"gender";path;"note, with; both"', "female;a,b.jpg;1,5"]
    path.write_bytes("\r\n".join(lines).replace(";", separator).encode(encoding))
    rows = CsvRows(path)
    assert rows.columns == ["gender", "path", f"note, with{separator} both"]
    assert list(next(rows).values()) == ["female", "a,b.jpg", "1,5"]
    assert rows.line == 2


def test_a_first_line_that_says_what_separates_counts_as_a_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("sep=|\r\npath|gender\r\na.jpg|female\r\n", newline="")
    rows = CsvRows(path)
    assert (rows.columns, list(next(rows).values()), rows.line) == (["path", "gender"], ["a.jpg", "female"], 3)


@pytest.mark.parametrize("heading", ["path,a;path", "path", "path , gender", "x,y;z"])
def test_commas_separate_where_they_can(tmp_path: Path, heading: str) -> None:
    path = tmp_path / "m.csv"
    path.write_text(heading)
    assert CsvRows(path).columns == [name.strip() for name in heading.split(",")]


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(-1.5e-07)
def test_a_decimal_comma_is_a_decimal_point(value: float) -> None:
    assert float(with_point(str(value).replace(".", ","))) == value
    assert with_point(str(value)) == str(value)


@pytest.mark.parametrize("text", ["", "1,2,3", "a,5", "1.234,5", ",5,", "female"])
def test_other_text_keeps_its_commas(text: str) -> None:
    assert with_point(text) == text
