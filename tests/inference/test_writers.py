"""Tables agree in every format."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from gender_classifier.errors import UserError
from gender_classifier.inference.results import NO_FACE, Prediction
from gender_classifier.inference.writers import (
    COLUMNS,
    CsvWriter,
    check_kind,
    values_of,
    write_rows,
)

from .written_rows import FACE, ROWS


def in_text(value: Any) -> str:
    return "" if value is None else str(value)


def test_values() -> None:
    values = values_of(FACE)
    assert tuple(values) == COLUMNS
    assert list(values.values()) == [
        *("a.jpg", 2, 0, -1.3, 2.0, 33.3, 4000.0),
        *(0.8765, 369.0, 90, -1.9, 0.123457, "uncertain", "female", "ok", "1 more page"),
    ]
    assert values_of(ROWS[4])["path"] == r"bytes \xe9.jpg"
    assert set(values_of(Prediction("", None, None, NO_FACE, None)).values()) == {"", None, NO_FACE}


def test_csv_and_json_lines_agree(tmp_path: Path) -> None:
    write_rows(iter(ROWS), tmp_path / "rows.csv")
    write_rows(iter(ROWS), tmp_path / "rows.jsonl")
    with (tmp_path / "rows.csv").open(newline="", encoding="utf-8") as handle:
        read = csv.DictReader(handle)
        table = list(read)
    assert tuple(read.fieldnames or ()) == COLUMNS
    lines = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text("utf-8").splitlines()]
    assert lines == [values_of(row) for row in ROWS]
    assert table == [{key: in_text(value) for key, value in line.items()} for line in lines]
    assert b"\r" not in (tmp_path / "rows.csv").read_bytes()


def test_parquet_agrees(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    write_rows(iter(ROWS), tmp_path / "rows.parquet")
    table = parquet.read_table(tmp_path / "rows.parquet")
    assert table.to_pylist() == [values_of(row) for row in ROWS]
    kinds = {field.name: str(field.type) for field in table.schema}
    whole, text = {"page", "face", "turned"}, {"path", "label", "best_guess", "status", "note"}
    assert {kinds[name] for name in whole} == {"int32"}
    assert {kinds[name] for name in text} == {"string"}
    assert {kinds[name] for name in COLUMNS if name not in whole | text} == {"double"}


@pytest.mark.parametrize("count", [0, 2, 3, 7])
def test_parquet_is_written_in_pieces(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr("gender_classifier.inference.writers._CHUNK", 3)
    write_rows((ROWS * 2)[:count], tmp_path / "rows.PARQUET")
    table = parquet.read_table(tmp_path / "rows.PARQUET")
    assert (table.num_rows, tuple(table.column_names)) == (count, COLUMNS)


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl"])
def test_no_rows(name: str, tmp_path: Path) -> None:
    write_rows([], tmp_path / name)
    assert (tmp_path / name).read_text() == (",".join(COLUMNS) + "\n" if name == "rows.csv" else "")


@pytest.mark.parametrize("name", ["rows.csv", "rows.jsonl", "rows.parquet"])
def test_a_table_is_whole_or_as_it_was(name: str, tmp_path: Path) -> None:
    if name == "rows.parquet":
        pytest.importorskip("pyarrow")
    (tmp_path / name).write_text("before")

    def breaks() -> Any:
        yield FACE
        raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        write_rows(breaks(), tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "before"


def test_csv_into_a_stream_as_rows_come() -> None:
    text = io.StringIO()
    writer = CsvWriter(text)
    for row in ROWS:
        writer.write([row])
    assert len(list(csv.reader(io.StringIO(text.getvalue())))) == 1 + len(ROWS)


def test_kinds(tmp_path: Path) -> None:
    for name in ("rows.csv", "rows.JSONL"):
        check_kind(tmp_path / name)
    for name in ("rows", "rows.txt", ".csv", "csv"):
        with pytest.raises(UserError, match=r"must end in \.csv, \.jsonl or \.parquet"):
            check_kind(tmp_path / name)
    with pytest.raises(UserError, match=r"no folder [^\n]*gone to write to"):
        check_kind(tmp_path / "gone" / "rows.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(UserError, match="is a folder; a file is needed"):
        check_kind(tmp_path / "folder.csv")


def test_parquet_without_pyarrow_is_refused_before_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(ModuleNotFoundError, match="pyarrow"):
        check_kind(tmp_path / "rows.parquet")
