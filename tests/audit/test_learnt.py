"""What a model learnt from is known again in its data, in one split of that, and in what it is a split of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from gender_classifier.audit.learnt import Learnt
from gender_classifier.config.reading import load_config
from gender_classifier.data.datasets import DataIndex, build_index, read_splits
from gender_classifier.errors import UserError


@pytest.fixture
def index(drawn_faces: Path) -> DataIndex:
    d = load_config(None).data
    return build_index(
        drawn_faces, val_share=d.val_share, choose_share=d.choose_share, person=d.person, seed=d.split_seed
    )


def learnt_from(index: DataIndex) -> Learnt:
    return Learnt(index.digest(), {"counts": index.counts()}, "model.onnx")


def counted(**counts: Mapping[str, int]) -> Learnt:
    return Learnt("feed", {"counts": counts}, "model.onnx")


def test_a_split_of_the_model_s_own_data_is_known_by_the_whole(index: DataIndex, drawn_faces: Path) -> None:
    folder = drawn_faces / "train"
    left, (warning,) = learnt_from(index).unseen(folder, read_splits(folder))
    learnt, chosen = ({s.name.removeprefix("train/") for s in index.splits[split]} for split in ("train", "choose"))
    assert {s.name for part in left.values() for s in part} == chosen
    assert f"WAS TRAINED ON THIS DATA: the {len(learnt)} images" in warning


def test_the_split_that_is_only_reported_is_judged_without_a_warning(index: DataIndex, drawn_faces: Path) -> None:
    folder = drawn_faces / "val"
    splits = read_splits(folder)
    assert learnt_from(index).unseen(folder, splits) == (splits, [])


def test_a_split_that_it_was_chosen_on_is_said(drawn_faces: Path) -> None:
    (drawn_faces / "val").rename(drawn_faces / "valid")
    for name in ("female", "male"):
        source = sorted((drawn_faces / "valid" / name).iterdir())[0]
        (drawn_faces / "test" / name).mkdir(parents=True)
        source.rename(drawn_faces / "test" / name / source.name)
    folder = drawn_faces / "valid"
    splits = read_splits(folder)
    left, (warning,) = learnt_from(build_index(drawn_faces, person="auto")).unseen(folder, splits)
    assert (left, "was chosen on them" in warning) == (splits, True)


def test_data_of_which_it_learnt_all_is_refused(index: DataIndex, drawn_faces: Path) -> None:
    names = {s.name.removeprefix("train/") for s in index.splits["train"]}
    own = {"train": [s for s in read_splits(drawn_faces / "train")["train"] if s.name in names]}
    with pytest.raises(UserError, match="was trained on all"):
        learnt_from(index).unseen(drawn_faces / "train", own)


@pytest.mark.parametrize(
    ("model", "named", "warned"),
    [
        (
            counted(train={"female": 9, "male": 20}, choose={"female": 3, "male": 4}, val={"female": 6, "male": 8}),
            "",
            1,
        ),
        (
            counted(train={"female": 9, "male": 20}, choose={"female": 3, "male": 4}, val={"female": 9, "male": 9}),
            "train",
            1,
        ),
        (counted(train={"female": 12, "male": 24}, choose={"female": 9, "male": 9}), "train", 1),
        (counted(train={"female": 90, "male": 90}, choose={"female": 6, "male": 8}), "val", 0),
        (counted(train={"female": 90, "male": 90}, val={"female": 6, "male": 8}), "val", 0),
        (counted(train={"female": 9, "male": 20}, choose={"female": 3, "male": 4}), "", 1),  # one split was its data
        (counted(train={"female": 90, "male": 90}), "", 0),
    ],
)
def test_counts_like_those_of_a_part_are_a_warning(drawn_faces: Path, model: Learnt, named: str, warned: int) -> None:
    data = drawn_faces / named
    splits = read_splits(data)
    left, warnings = model.unseen(data, splits)
    assert left == splits
    assert len(warnings) == warned
    assert all("MAY HAVE LEARNT FROM THIS DATA" in warning for warning in warnings)
