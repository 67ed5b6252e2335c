"""Folders and manifests, people kept together, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gender_classifier.data.datasets import Sample, build_index, hold_out
from gender_classifier.data.people import person_of
from gender_classifier.errors import UserError

LFW = r"^(.+?)_\d{4}\."


def layout(root: Path, *splits: str, female: int = 20, male: int = 60) -> Path:
    for split in splits:
        for name, count in (("female", female), ("male", male)):
            folder = root / split / name
            folder.mkdir(parents=True)
            for i in range(count):
                (folder / f"{name}_{split}_{i // 3}_{i % 3:04d}.jpg").touch()
    return root


def test_train_and_val(tmp_path: Path) -> None:
    index = build_index(layout(tmp_path, "train", "val"), choose_share=0.1, person=LFW)
    counts = index.counts()
    assert not index.choose_given
    assert counts["val"] == {"female": 20, "male": 60}
    assert counts["choose"] == {"female": 2, "male": 6} or sum(counts["choose"].values()) in range(6, 10)
    assert sum(map(sum, (c.values() for c in counts.values()))) == 160


def test_people_are_kept_together(tmp_path: Path) -> None:
    index = build_index(layout(tmp_path, "train"), val_share=0.2, choose_share=0.1, person=LFW)
    people = {split: {person_of(s.name, LFW) for s in samples} for split, samples in index.splits.items()}
    assert not people["train"] & people["choose"]
    assert not people["train"] & people["val"]
    assert not people["choose"] & people["val"]


def test_valid_and_test_are_choose_and_val(tmp_path: Path) -> None:
    index = build_index(layout(tmp_path, "train", "valid", "test"))
    assert index.choose_given
    assert all(s.name.startswith("valid/") for s in index.splits["choose"])
    assert all(s.name.startswith("test/") for s in index.splits["val"])


def test_manifest(tmp_path: Path) -> None:
    rows = ["path,gender,split,race"]
    rows += [
        f"{split}{i}.jpg,{g},{split},r{i % 2}"
        for split in ("train", "val")
        for i, g in enumerate(["male", "female"] * 20)
    ]
    (tmp_path / "m.csv").write_text("\n".join(rows))
    index = build_index(tmp_path / "m.csv")
    assert index.counts()["val"] == {"female": 20, "male": 20}
    assert index.splits["val"][0].extra == {"race": "r0"}
    assert index.splits["val"][0].path == tmp_path / "val0.jpg"


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1)), min_size=20, max_size=200),
    st.floats(0.05, 0.5),
)
@settings(max_examples=30, deadline=None)
def test_hold_out_never_splits_a_person_nor_overshoots(people: list[tuple[int, int]], share: float) -> None:
    samples = [Sample(Path("x"), f"p{p}_{i:04d}.jpg", label) for i, (p, label) in enumerate(people)]
    kept, held = hold_out(samples, share, LFW, 0)
    assert len(kept) + len(held) == len(samples)
    assert not {person_of(s.name, LFW) for s in kept} & {person_of(s.name, LFW) for s in held}
    for label in (0, 1):
        assert sum(s.label == label for s in held) <= round(share * sum(s.label == label for s in samples))
    assert hold_out(samples[::-1], share, LFW, 0)[1] == held[::-1]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda r: (r / "train" / "other").mkdir(), "other"),
        (lambda r: [p.unlink() for p in (r / "train" / "female").iterdir()], "no images"),
        (
            lambda r: [[p.unlink() for p in (r / "val" / "male").iterdir()], (r / "val" / "male").rmdir()],
            "missing",
        ),
        (lambda r: (r / "train").rename(r / "trian"), "train/female"),
    ],
)
def test_bad_folders_are_one_line(tmp_path: Path, spoil: object, message: str) -> None:
    layout(tmp_path, "train", "val")
    spoil(tmp_path)
    with pytest.raises(UserError, match=message) as caught:
        build_index(tmp_path)
    assert "\n" not in str(caught.value)


def test_bad_person_pattern(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="regular expression"):
        build_index(layout(tmp_path, "train"), person="(")


def test_digest_names_the_data(tmp_path: Path) -> None:
    index = build_index(layout(tmp_path, "train", "val"))
    dropped = index.splits["train"][0].name
    assert index.digest() == build_index(tmp_path).digest() != index.without([dropped]).digest()


def test_facecom(facecom: Path) -> None:
    index = build_index(facecom, person=LFW)
    counts = index.counts()
    assert counts["val"] == {"female": 105, "male": 317}
    assert {label: counts["train"][label] + counts["choose"][label] for label in ("female", "male")} == {
        "female": 394,
        "male": 1532,
    }
    people = {split: {person_of(s.name, LFW) for s in samples} for split, samples in index.splits.items()}
    assert not people["train"] & people["choose"]


def test_what_a_camera_calls_its_images_is_nobody(tmp_path: Path) -> None:
    for gender in ("female", "male"):
        (tmp_path / gender).mkdir()
        for n in range(30):
            (tmp_path / gender / f"IMG_{n:04d}.jpg").touch()
            (tmp_path / gender / f"DSC+1_{n:04d}.jpg").touch()
    index = build_index(tmp_path, person="auto")
    counts = index.counts()
    assert min(count for split in counts.values() for count in split.values()) > 3
    held = {s.name.split("/")[1][:3] for s in index.splits["choose"] + index.splits["val"]}
    assert held == {"IMG", "DSC"}
    with pytest.raises(UserError, match="no female or male image left"):
        build_index(tmp_path, person=LFW)


def test_what_was_taken_for_a_camera_is_told(tmp_path: Path) -> None:
    for gender in ("female", "male"):
        (tmp_path / gender).mkdir()
        for n in range(30):
            (tmp_path / gender / f"IMG_{n:04d}.jpg").touch()
    index = build_index(tmp_path, person="auto")
    assert (index.cameras, index.people_told) == (("IMG",), False)
    told = build_index(tmp_path, person="")
    assert (told.cameras, told.people_told) == ((), False)
    with pytest.raises(UserError, match=r"data.person: `\^IMG` has no group to tell the person by; put that part"):
        build_index(tmp_path, person="^IMG")


def test_people_that_names_tell_are_known(tmp_path: Path) -> None:
    for gender in ("female", "male"):
        (tmp_path / gender).mkdir()
        for n in range(40):
            (tmp_path / gender / f"Ann_{gender}{n // 2}_{n:04d}.jpg").touch()
    assert build_index(tmp_path, person="auto").people_told
