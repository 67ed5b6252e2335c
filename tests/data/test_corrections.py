"""Reviewed labels: what a file may say, what it does, and the one line where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from gender_classifier.data.corrections import corrected, effect, read_corrections
from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.system.files import sha256_of

SAMPLES = [
    Sample(Path(f"{name}.jpg"), f"train/{name}.jpg", label) for name, label in zip("abcd", (0, 1, 0, 1), strict=True)
]


def written(folder: Path, *rows: str, header: str = "path,given label,decision") -> Path:
    path = folder / "reviewed.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def test_labels_change_as_decided_and_only_so(tmp_path: Path) -> None:
    rows = ["./train/a.jpg,female,male", "train/b.jpg,male, Exclude ", "train/c.jpg,female,keep", "train/d.jpg,male,"]
    path = written(tmp_path, *rows)
    corrections = read_corrections(path)
    assert (corrections.file, corrections.sha256) == ("reviewed.csv", sha256_of(path))
    assert corrections.decisions == {"train/a.jpg": "male", "train/b.jpg": "exclude", "train/c.jpg": "keep"}
    result = corrected(SAMPLES, corrections.decisions)
    assert [(sample.name, sample.label) for sample in result] == [
        ("train/a.jpg", 1),
        ("train/c.jpg", 0),
        ("train/d.jpg", 1),
    ]
    labels = {sample.name: sample.label for sample in SAMPLES}
    assert effect(labels, corrections.decisions) == {"changed": 1, "excluded": 1, "kept": 1}


def test_the_label_that_is_there_already_changes_nothing() -> None:
    labels = {sample.name: sample.label for sample in SAMPLES}
    assert effect(labels, {"train/a.jpg": "female", "elsewhere.jpg": "male"}) == {
        "changed": 0,
        "excluded": 0,
        "kept": 1,
    }


@pytest.mark.parametrize(
    ("rows", "header", "error", "message"),
    [
        (
            ["train/a.jpg,female,man"],
            "path,given label,decision",
            UserError,
            "line 2: decision `man` is none of .*`male`",
        ),
        (
            ["a.jpg,x,male", "a.jpg,x,female"],
            "path,given label,decision",
            UserError,
            "line 3: a second, other decision",
        ),
        (["a.jpg|male"], "path|decision", UnreadableError, "need the columns path and decision, found path|decision"),
    ],
)
def test_what_it_may_not_say(
    tmp_path: Path, rows: list[str], header: str, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        read_corrections(written(tmp_path, *rows, header=header))


def test_a_file_that_nobody_has_filled_in_yet_decides_nothing(tmp_path: Path) -> None:
    assert read_corrections(written(tmp_path, "a.jpg,x,", header="path,given label,decision")).decisions == {}
    assert read_corrections(written(tmp_path, header="path,decision")).decisions == {}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_spreadsheet_s_encodings(tmp_path: Path, encoding: str, separator: str) -> None:
    text = "path,decision\r\n'=1.jpg,keep\r\nZoë.jpg,male\r\n".replace(",", separator)
    (tmp_path / "c.csv").write_bytes(text.encode(encoding))
    assert read_corrections(tmp_path / "c.csv").decisions == {"=1.jpg": "keep", "Zoë.jpg": "male"}


def test_no_file_and_no_text(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="No such file"):
        read_corrections(tmp_path / "none.csv")
    (tmp_path / "picture.csv").write_bytes(b"\xff\xd8\xff\x00" * 40)
    with pytest.raises(UnreadableError, match="not a CSV file"):
        read_corrections(tmp_path / "picture.csv")


def test_a_name_that_is_no_picture_brings_the_nearest(tmp_path: Path) -> None:
    corrections = read_corrections(written(tmp_path, "train/male/face0003.jpg,x,female", "train/z,x,keep"))
    known = ["train/male/face0030.jpg", "train/male/face0003.jpeg", "val/female/a.jpg"]
    with pytest.raises(UserError, match=r"face0003\.jpg \(and 1 more\) is no image .*nearest is .*face0003\.jpeg$"):
        corrections.check_names(known)
    corrections.check_names([*known, "train/male/face0003.jpg", "train/z"])
