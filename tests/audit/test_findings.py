"""Findings come gravest first, and only a leak makes the exit code."""

from __future__ import annotations

import pytest

from gender_classifier.audit.findings import Finding, Severity, leaks, ordered, pictures, tile

from .looking import look


def finding(key: str, severity: Severity) -> Finding:
    return Finding(key, severity, key, "why", "what to do", 1)


def test_the_gravest_comes_first_and_equals_stay_in_order() -> None:
    found = [
        finding("a", Severity.NOTE),
        finding("b", Severity.LEAK),
        finding("c", Severity.ERROR),
        finding("d", Severity.LEAK),
        finding("e", Severity.WARNING),
    ]
    assert [each.key for each in ordered(found)] == ["b", "d", "c", "e", "a"]
    assert leaks(found)
    assert not leaks([each for each in found if each.severity != Severity.LEAK])
    assert [severity.word for severity in Severity] == ["Note", "Look at it", "Mend it", "Leak"]


def test_a_tile_says_split_label_and_note() -> None:
    shown = tile(look("a.jpg", "val", 1), "mirrored")
    assert (shown.name, shown.caption) == ("a.jpg", "val, male; mirrored")
    assert tile(look("a.jpg")).caption == "train, female"


@pytest.mark.parametrize(
    ("count", "which", "text"), [(1, "", "1 image"), (0, "", "0 images"), (1200, "further ", "1,200 further images")]
)
def test_one_image_and_several(count: int, which: str, text: str) -> None:
    assert pictures(count, which) == text
