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
from gender_classifier.texts import CsvRows, CsvWriter, decode, lines_of, read_text

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
