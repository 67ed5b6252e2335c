"""Tables of a film: a row a face, track, shot and film, in three formats, and inaFaceAnalyzer's columns."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from gender_classifier.video.result import VideoResult
from gender_classifier.video.tables import SUMMARY, TABLES, empty_row, write_table

from ..running import call


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_inas_columns(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "ina.csv"
    assert call("video", film, "--out", out, "--format", "ina").code == 0
    first = rows(out)[0]
    assert list(first) == [
        *("frame", "bbox", "face_id", "detect_conf", "sex_decfunc", "sex_label", "sex_decfunc_avg", "sex_label_avg")
    ]
    assert first["frame"] == "0"
    assert len(eval(first["bbox"])) == 4
    assert first["sex_label"] == first["sex_label_avg"] == "f"
    assert float(first["sex_decfunc"]) < 0 > float(first["sex_decfunc_avg"])


@pytest.mark.parametrize("kind", sorted(TABLES))
def test_rows_have_the_columns(result: VideoResult, kind: str) -> None:
    columns, rows_of = TABLES[kind]
    found = list(rows_of(result))
    assert [tuple(row) for row in found] == [columns] * len(found)
    assert len(found) == {"faces": 6, "ina": 6, "tracks": 1, "shots": 2, "summary": 1}[kind]


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_written_in_three_formats(result: VideoResult, ending: str, tmp_path: Path) -> None:
    columns, rows_of = TABLES["faces"]
    path = tmp_path / f"faces.{ending}"
    write_table(path, columns, rows_of(result))
    expected = list(rows_of(result))
    if ending == "csv":
        assert rows(path) == [{name: str(value) for name, value in row.items()} for row in expected]
    elif ending == "jsonl":
        assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == expected
    else:
        assert pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist() == expected
    assert list(tmp_path.iterdir()) == [path]


def test_a_film_that_could_not_be_read_is_a_row() -> None:
    row = empty_row("a.mp4", "unreadable: empty")
    assert tuple(row) == SUMMARY
    assert (row["path"], row["status"], row["quotable"], row["watched_s"]) == (
        "a.mp4",
        "unreadable: empty",
        False,
        None,
    )
