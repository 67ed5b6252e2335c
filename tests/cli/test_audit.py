"""`audit` through the command line."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.data.datasets import build_index, read_exclusions

from ..running import call

WRITTEN = ["audit.html", "audit.json", "duplicates.csv", "exclude.txt", "quality.csv"]


@pytest.fixture
def leaking(drawn_faces: Path) -> Path:
    """Drawn faces with the women of val copied into train, under other names."""
    for path in (drawn_faces / "val" / "female").iterdir():
        shutil.copy(path, drawn_faces / "train" / "female" / f"more_{path.name}")
    return drawn_faces


def test_splits_that_share_nothing(drawn_faces: Path, tmp_path: Path) -> None:
    done = call("audit", drawn_faces, "--out", tmp_path / "out")
    assert done.code == 0
    assert "Leak" not in done.out
    assert "val: 6 female, 8 male" in done.out
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == WRITTEN
    told = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert told["leaks"] is False
    assert told["counts"] == {"train": {"female": 12, "male": 24}, "val": {"female": 6, "male": 8}}
    assert read_exclusions(tmp_path / "out" / "exclude.txt") == []


def test_a_class_of_val_copied_into_train_is_the_first_line(leaking: Path, tmp_path: Path) -> None:
    done = call("audit", leaking, "--out", tmp_path / "out")
    assert done.code == 1
    assert done.out.splitlines()[0] == "Leak: All 6 women of val stand in train too"
    page = (tmp_path / "out" / "audit.html").read_text(encoding="utf-8")
    assert page.index("All 6 women of val stand in train too") < page.index("<nav")
    told = json.loads((tmp_path / "out" / "audit.json").read_text(encoding="utf-8"))
    assert told["leaks"] is True
    # Said once: no further image is shared.
    assert [finding["key"] for finding in told["findings"] if finding["severity"] == "leak"] == ["copied_class"]
    with (tmp_path / "out" / "duplicates.csv").open(newline="", encoding="utf-8") as handle:
        pairs = list(csv.DictReader(handle))
    assert [(pair["kind"], pair["across_splits"]) for pair in pairs] == [("same file", "yes")] * 6


def test_what_is_shared_besides_a_class_is_said_too(leaking: Path) -> None:
    shutil.copy(leaking / "val" / "male" / "face0001.jpg", leaking / "train" / "male" / "more.jpg")
    lines = call("audit", leaking).out.splitlines()
    assert lines[1] == "Leak: 1 further image stands in both train and val"


def test_what_is_to_be_excluded_mends_it(leaking: Path, tmp_path: Path) -> None:
    call("audit", leaking, "--out", tmp_path / "out")
    names = read_exclusions(tmp_path / "out" / "exclude.txt")
    assert names == [f"train/female/more_face000{number}.jpg" for number in range(6)]
    index = build_index(leaking)
    assert sum(index.without(names).counts()["val"].values()) == 14
    for name in names:
        (leaking / name).unlink()
    assert call("audit", leaking).code == 0


def test_copies_that_went_through_something(drawn_faces: Path, tmp_path: Path) -> None:
    source = Image.open(drawn_faces / "val" / "male" / "face0003.jpg")
    source.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(drawn_faces / "train" / "female" / "odd.jpg", quality=60)
    done = call("audit", drawn_faces, "--out", tmp_path / "out")
    assert done.code == 1
    assert "Leak: 1 image stands in both train and val" in done.out
    assert "Mend it: 1 image stands in both classes" in done.out
    assert read_exclusions(tmp_path / "out" / "exclude.txt") == ["train/female/odd.jpg"]


def test_people_in_several_splits(drawn_faces: Path) -> None:
    for split, number in (("train", 1), ("val", 2)):
        folder = drawn_faces / split / "male"
        (folder / "face0000.jpg").rename(folder / f"Jo_000{number}.jpg")
    assert call("audit", drawn_faces).code == 0
    done = call("audit", drawn_faces, "--person", r"^(.+?)_\d{4}\.")
    assert done.code == 1
    assert done.out.startswith("Leak: 1 of 1 people stands in several splits")


def test_how_many_names_tell_a_person_is_said(drawn_faces: Path, tmp_path: Path) -> None:
    (drawn_faces / "train" / "male" / "face0000.jpg").rename(drawn_faces / "train" / "male" / "Jo_0001.jpg")
    for name, pattern, matched in (("one", r"^(.+?)_\d{4}\.", 1), ("none", r"^(zz\d)", 0)):
        done = call("audit", drawn_faces, "--person", pattern, "--out", tmp_path / name)
        notes = json.loads((tmp_path / name / "audit.json").read_text(encoding="utf-8"))["notes"]
        assert any(f"by `{pattern}`: {matched} of 50 names match it." in note for note in notes)
        assert ("matches none of 50 file names" in done.err) == (matched == 0)


def test_bad_pictures_are_named_and_are_no_leak(
    drawn_faces: Path, tmp_path: Path, astronaut: NDArray[np.uint8], write_model: Callable[..., Path]
) -> None:
    folder = drawn_faces / "train" / "female"
    (folder / "broken.jpg").write_bytes(b"no picture")
    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save(folder / "blank.png")
    Image.fromarray(np.concatenate([astronaut[:300, 100:400]] * 2, axis=1)).save(folder / "two.png")
    done = call("audit", drawn_faces, "--out", tmp_path / "out", "--model", write_model())
    assert done.code == 0
    assert "Mend it: 1 image cannot be read" in done.out
    with (tmp_path / "out" / "quality.csv").open(newline="", encoding="utf-8") as handle:
        rows = {row["path"]: row for row in csv.DictReader(handle)}
    assert rows["train/female/broken.jpg"]["reason"] == "not an image"
    assert rows["train/female/blank.png"]["flags"] == "tiny; no face"
    assert 0 <= float(rows["train/female/blank.png"]["probability_male"]) <= 1
    assert rows["train/female/two.png"]["flags"] == "several faces"
    assert len(rows) == 53


def test_several_sources_are_splits_of_their_own(drawn_faces: Path, tmp_path: Path) -> None:
    mine, other = drawn_faces / "train", drawn_faces / "val"
    shutil.copy(other / "male" / "face0001.jpg", mine / "male" / "mine.jpg")
    with (tmp_path / "list.csv").open("w", encoding="utf-8") as handle:
        handle.write("path,gender\nfaces/train/male/mine.jpg,male\nfaces/train/female/face0000.jpg,female\n")
    done = call("audit", mine, other, tmp_path / "list.csv", "--out", tmp_path / "out")
    assert done.code == 1
    assert f"{mine}: 12 female, 25 male" in done.out
    assert f"{tmp_path / 'list.csv'}: 1 female, 1 male" in done.out
    assert f"1 image stands in both {mine} and {other}" in done.out
    assert read_exclusions(tmp_path / "out" / "exclude.txt") == ["female/face0000.jpg", "male/mine.jpg"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["{tmp}/nothing"], 3, "no such folder or manifest"),
        (["{tmp}/faces", "{tmp}/faces"], 2, "the same folder or manifest twice"),
        (["{tmp}/faces", "--person=("], 2, "not a regular expression"),
        (["{tmp}/faces", "--out={tmp}/note.txt"], 2, "is a file"),
        (["{tmp}/faces", "--model={tmp}/none.onnx"], 3, "no such model file"),
        (["{tmp}/faces/train/female"], 2, "expected"),
        (["{tmp}/broken"], 3, "none of 2 images can be read"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    drawn_faces: Path, tmp_path: Path, options: list[str], code: int, message: str
) -> None:
    (tmp_path / "note.txt").write_text("no folder")
    for name in ("female", "male"):
        (tmp_path / "broken" / name).mkdir(parents=True)
        (tmp_path / "broken" / name / "a.jpg").write_bytes(b"")
    before = sorted(tmp_path.rglob("*"))
    done = call("audit", *(option.format(tmp=tmp_path) for option in options))
    assert (done.code, done.out) == (code, "")
    assert message in done.error
    assert sorted(tmp_path.rglob("*")) == before


def test_the_women_of_facecom_copied_into_train(facecom: Path, tmp_path: Path) -> None:
    """The copy that circulates, with some of the others to keep it short."""
    for split, name, count in (("train", "female", 20), ("train", "male", 20), ("val", "male", 20)):
        (tmp_path / "data" / split / name).mkdir(parents=True)
        for path in sorted((facecom / split / name).iterdir())[:count]:
            (tmp_path / "data" / split / name / path.name).symlink_to(path)
    (tmp_path / "data" / "val" / "female").symlink_to(facecom / "val" / "female")
    for path in (facecom / "val" / "female").iterdir():
        (tmp_path / "data" / "train" / "female" / path.name).symlink_to(path)
    done = call("audit", tmp_path / "data")
    assert done.code == 1
    assert done.out.splitlines()[0] == "Leak: All 105 women of val stand in train too"
    assert done.out.count("Leak") == 1
