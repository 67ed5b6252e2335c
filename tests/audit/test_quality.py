"""Findings about single images and about balance."""

from __future__ import annotations

import pytest

from gender_classifier.audit.findings import Severity
from gender_classifier.audit.quality import balance_findings, flags, picture_findings

from .looking import look


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, []),
        ({"reason": "empty file", "faces": ()}, ["unreadable"]),
        ({"width": 63}, ["tiny"]),
        ({"width": 64, "height": 64}, []),
        ({"faces": (31.0,)}, ["tiny"]),
        ({"faces": ()}, ["no face"]),
        ({"faces": (100.0, 49.0)}, []),
        ({"faces": (100.0, 50.0)}, ["several faces"]),
        ({"width": 40, "height": 40, "faces": ()}, ["tiny", "no face"]),
    ],
)
def test_flags(known: dict[str, object], expected: list[str]) -> None:
    assert flags(look("a.jpg", **known)) == expected


def test_each_kind_is_one_finding_with_its_pictures() -> None:
    looks = [look("broken.jpg", reason="empty file"), look("wall.jpg", faces=()), look("sky.jpg", faces=())]
    looks += [look("pair.jpg", faces=(90.0, 80.0)), look("fine.jpg")]
    found = {finding.key: finding for finding in picture_findings(looks, {1: 0.99, 2: 0.55})}
    assert set(found) == {"unreadable", "no_face", "several_faces"}
    assert found["unreadable"].severity == Severity.ERROR
    assert found["unreadable"].lines == ("broken.jpg: empty file",)
    # The least sure first, with what the model says.
    assert [group[0].name for group in found["no_face"].groups] == ["sky.jpg", "wall.jpg"]
    assert "male 55 %" in found["no_face"].groups[0][0].caption
    assert found["several_faces"].title == "1 image shows several faces of like size"


def test_balance() -> None:
    assert balance_findings({"train": {"female": 40, "male": 60}}) == []
    (finding,) = balance_findings({"train": {"female": 394, "male": 1532}, "val": {"female": 105, "male": 317}})
    assert finding.title == "Women are 20 % of train"
    assert len(finding.lines) == 2
    (finding,) = balance_findings({"train": {"female": 90, "male": 10}})
    assert finding.title == "Men are 10 % of train"
