"""What is listed, written and excluded by an audit; that it finds what is there, `tests/cli/test_audit.py` shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gender_classifier.audit.copies import copy_findings
from gender_classifier.audit.duplicates import Pair
from gender_classifier.audit.run import Audit, audit, listed_pictures, write_audit
from gender_classifier.data.datasets import read_exclusions
from gender_classifier.errors import UserError
from gender_classifier.runs.audit_report import AuditReport

from .looking import look


@pytest.fixture
def done() -> Audit:
    """One image of train is one of val's, and another, by its name, would be read as a remark."""
    looks = [look("train/a.jpg"), look("#b.jpg"), look("val/c.jpg", "val"), look("val/d.jpg", "val", 1)]
    pairs = [Pair(0, 2, True, False, 1.0), Pair(1, 2, False, False, 0.95)]
    return Audit("façade", looks, pairs, [], copy_findings(looks, pairs), ["how"], None)


def test_images_are_counted_by_split_and_class(done: Audit) -> None:
    assert done.counts() == {"train": {"female": 2, "male": 0}, "val": {"female": 1, "male": 1}}


def test_everything_is_written_and_can_be_read_back(done: Audit, tmp_path: Path) -> None:
    write_audit(done, tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "audit.html",
        "audit.json",
        "duplicates.csv",
        "exclude.txt",
        "quality.csv",
    ]
    text = (tmp_path / "out" / "audit.json").read_text(encoding="utf-8")
    assert "façade" in text
    assert json.loads(text) == AuditReport.read(tmp_path / "out" / "audit.json").document()
    assert read_exclusions(tmp_path / "out" / "exclude.txt") == ["#b.jpg", "train/a.jpg"]
    head = (tmp_path / "out" / "exclude.txt").read_text(encoding="utf-8").splitlines()[0]
    assert head == "# 2 of 2 images of train with a copy in another split,"


def test_each_image_is_listed_with_its_split(drawn_faces: Path) -> None:
    listed = listed_pictures([drawn_faces])
    assert {split: sum(s == split for _, s in listed) for _, split in listed} == {"train": 36, "val": 14}
    both = listed_pictures([drawn_faces / "train", drawn_faces / "val"])
    assert {split for _, split in both} == {(drawn_faces / name).as_posix() for name in ("train", "val")}
    with pytest.raises(UserError, match="twice"):
        listed_pictures([drawn_faces, drawn_faces / "train" / ".."])


@pytest.mark.parametrize("person", ["auto", "^.+?_"])
def test_a_pattern_that_can_tell_nobody_is_refused(person: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has no group to tell the person by"):
        audit([tmp_path], person=person)
