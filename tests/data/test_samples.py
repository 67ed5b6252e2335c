"""Labelled images as the data brings them: splits by folder and by manifest, and lists of what to leave out."""

from __future__ import annotations

from pathlib import Path

import pytest

from gender_classifier.data.datasets import build_index
from gender_classifier.data.samples import given_splits, read_classes, read_exclusions, read_splits
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.files import PassedOver


def layout(root: Path, *splits: str) -> Path:
    """Two images of either class in each split."""
    for split in splits:
        for gender in ("female", "male"):
            (root / split / gender).mkdir(parents=True)
            for number in range(2):
                (root / split / gender / f"{number}.jpg").touch()
    return root


@pytest.mark.parametrize(
    ("folders", "given", "named"),
    [
        (["train"], ["train"], ["train"]),
        (["train", "validation"], ["train", "validation"], ["train", "val"]),
        (["train", "valid", "test"], ["train", "valid", "test"], ["train", "choose", "val"]),
        (["train", "test", "other"], ["train", "test"], ["train", "val"]),
        ([""], ["train"], ["train"]),
    ],
)
def test_splits_under_their_own_names_and_ours(
    folders: list[str], given: list[str], named: list[str], tmp_path: Path
) -> None:
    layout(tmp_path, *folders)
    assert list(given_splits(tmp_path)) == given
    assert {name: len(samples) for name, samples in read_splits(tmp_path).items() if samples} == dict.fromkeys(named, 4)


def test_classes_are_labelled_named_and_sorted(tmp_path: Path) -> None:
    layout(tmp_path, "val")
    (tmp_path / "val" / "male" / "notes.txt").touch()
    passed = PassedOver()
    samples = read_classes(tmp_path / "val", tmp_path, passed)
    assert [(sample.name, sample.label) for sample in samples] == [
        ("val/female/0.jpg", 0),
        ("val/female/1.jpg", 0),
        ("val/male/0.jpg", 1),
        ("val/male/1.jpg", 1),
    ]
    assert passed.counts == {".txt": 1}
    (tmp_path / "val" / "child").mkdir()
    with pytest.raises(UserError, match="child"):
        read_classes(tmp_path / "val", tmp_path)


def test_what_is_neither_folder_nor_manifest(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="no such folder or manifest"):
        given_splits(tmp_path / "none")
    (tmp_path / "some").mkdir()
    with pytest.raises(UserError, match="found some"):
        given_splits(tmp_path)


def test_names_to_leave_out(tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("# near copies\n\ntrain/male/a.jpg\nval/female/b c.jpg\n", encoding="utf-8")
    assert list(read_exclusions(listed)) == ["train/male/a.jpg", "val/female/b c.jpg"]


def test_no_list(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="not a list of images to leave out"):
        read_exclusions(tmp_path / "none.txt")


def test_bad_manifests_are_one_line(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("file,sex\nx,male\n")
    with pytest.raises(UnreadableError, match="path and gender"):
        build_index(path)
    path.write_text("path,gender\nx.jpg,boy\n")
    with pytest.raises(UserError, match="line 2"):
        build_index(path)
    with pytest.raises(UnreadableError, match="no such"):
        build_index(tmp_path / "nothing")


def test_two_validation_splits_are_refused_and_named(tmp_path: Path) -> None:
    data = layout(tmp_path, "train", "val", "valid")
    assert set(given_splits(data)) == {"train", "val", "valid"}
    with pytest.raises(UserError, match=r"has the splits val, valid, which say the same; keep one of them"):
        read_splits(data)


@pytest.mark.parametrize("again", ["female/a.jpg", "./female/a.jpg", "male/../female//a.jpg", "{tmp}/female/a.jpg"])
@pytest.mark.parametrize("rest", ["female,val", "male,train", "female,train"])
def test_an_image_stands_in_one_row_of_a_manifest(tmp_path: Path, again: str, rest: str) -> None:
    manifest = tmp_path / "m.csv"
    rows = ["path,gender,split", "female/b.jpg,female,train", "female/a.jpg,female,train", ""]
    manifest.write_text("\n".join([*rows, f"{again.format(tmp=tmp_path)},{rest}"]), encoding="utf-8")
    with pytest.raises(UserError, match=r"m\.csv, line 5: \S+ is the image of line 3; keep one row") as caught:
        given_splits(manifest)
    assert "\n" not in str(caught.value)


def test_an_image_has_one_name_however_its_path_is_written(tmp_path: Path) -> None:
    for manifest, listed in (("m.csv", "x.txt"), ("n.csv", "y.txt")):
        start = "./" if manifest == "n.csv" else ""
        (tmp_path / manifest).write_text(f"path,gender\n{start}female/a.jpg,female\n", encoding="utf-8")
        (tmp_path / listed).write_text(f"{start}female/a.jpg\n", encoding="utf-8")
        (sample,) = given_splits(tmp_path / manifest)["train"]
        assert (sample.name, read_exclusions(tmp_path / listed)) == ("female/a.jpg", ["female/a.jpg"])
        assert sample.path == tmp_path / "female" / "a.jpg"


@pytest.mark.parametrize("folders", [["train", "dev"], ["train", "Val"], ["train", "val", "Test"]])
def test_a_split_that_would_be_passed_over_is_refused(folders: list[str], tmp_path: Path) -> None:
    data = layout(tmp_path, *folders)
    with pytest.raises(UserError, match=rf"unknown split {folders[-1]}; known are test, train, val, valid, valid") as c:
        given_splits(data)
    assert "\n" not in str(c.value)


def test_folders_that_hold_no_classes_are_no_splits(tmp_path: Path) -> None:
    data = layout(tmp_path, "train", ".hidden")
    (data / "dev" / "notes").mkdir(parents=True)
    assert list(given_splits(data)) == ["train"]
