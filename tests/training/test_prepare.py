"""The images that a run learns from: less those of a list, with labels as reviewed, and what is said of both."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from gender_classifier.config.settings import Config, DataConfig
from gender_classifier.data.corrections import read_corrections
from gender_classifier.errors import UserError
from gender_classifier.training.prepare import corrections_line, prepared


def test_training_says_what_it_passed_over(drawn_faces: Path) -> None:
    for name in ("train/male/notes.txt", "train/female/video.mp4", "val/male/b.txt", "val/male/.hidden", "README"):
        (drawn_faces / name).write_text("text")
    said: list[str] = []
    prepared(drawn_faces, Config().data, note=said.append)
    assert said == ["passed over: 2 .txt, 1 .mp4"]


def test_a_list_is_left_out_and_its_strangers_are_named(drawn_faces: Path, tmp_path: Path) -> None:
    listed = tmp_path / "list.txt"
    listed.write_text("# a note\ntrain/male/face0001.jpg\n" + "".join(f"gone{n}.jpg\n" for n in range(5)))
    said: list[str] = []
    found = prepared(drawn_faces, DataConfig(exclude=str(listed)), note=said.append).index
    names = {sample.name for samples in found.splits.values() for sample in samples}
    assert "train/male/face0001.jpg" not in names
    assert len(names) == 12 + 24 + 6 + 8 - 1
    assert said[0] == f"left out 1 images by {listed}"
    assert "5 of its 6 names are no image of" in said[1]
    assert said[1].endswith("gone0.jpg, gone1.jpg, gone2.jpg and 2 more")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("gone.jpg", "none of its 1 names is an image of"),
        ("\n".join(f"train/female/face{n:04d}.jpg" for n in range(12)), "female"),
    ],
)
def test_a_list_that_cannot_be_meant(names: str, said: str, drawn_faces: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(names + "\n")
    with pytest.raises(UserError, match=said):
        prepared(drawn_faces, DataConfig(exclude=str(tmp_path / "list.txt")))


def test_corrections_act_on_what_is_learnt_and_not_on_val(drawn_faces: Path, tmp_path: Path) -> None:
    reviewed = tmp_path / "labels.csv"
    rows = ("train/male/face0000.jpg,female", "train/male/face0001.jpg,exclude", "val/male/face0000.jpg,female")
    reviewed.write_text("path,decision\n" + "\n".join(rows) + "\n")
    said: list[str] = []
    plain = prepared(drawn_faces, DataConfig()).index
    found = prepared(drawn_faces, DataConfig(), read_corrections(reviewed), said.append)
    labels = {s.name: s.label for split in ("train", "choose") for s in found.index.splits[split]}
    assert labels["train/male/face0000.jpg"] == 0
    assert "train/male/face0001.jpg" not in labels
    assert found.index.splits["val"] == plain.splits["val"]
    assert found.corrections is not None
    assert (found.corrections["changed"], found.corrections["excluded"]) == (2, 1)  # counted over all, as published
    assert said == [corrections_line(found.corrections)]
    assert prepared(drawn_faces, DataConfig()).corrections is None


def test_a_file_that_decides_nothing_says_so() -> None:
    nothing = {"file": "a.csv", "changed": 0, "excluded": 0, "kept": 0}
    assert corrections_line(nothing).endswith("0 kept as they are; it decides nothing yet")
    assert not corrections_line({**nothing, "kept": 2}).endswith("yet")
