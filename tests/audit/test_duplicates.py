"""Copies are found after what images go through; other images are not taken for copies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.audit.confirmation import SAME
from gender_classifier.audit.duplicates import Pair, find_pairs, joined
from gender_classifier.audit.hashes import Fingerprint, fingerprint

from .drawing import CHANGES, face

MANY = 24


@pytest.fixture(scope="module")
def prints() -> list[Fingerprint | None]:
    return [fingerprint(face(number)) for number in range(MANY)]


@pytest.mark.parametrize("change", CHANGES)
def test_finds_copies_and_nothing_else(change: str, prints: list[Fingerprint | None]) -> None:
    copies = [fingerprint(CHANGES[change](face(number))) for number in range(MANY)]
    every = [*prints, *copies]
    pairs = find_pairs([str(row) for row in range(len(every))], every, threads=1)
    found = {(pair.a, pair.b) for pair in pairs}
    assert found <= {(row, row + MANY) for row in range(MANY)}
    # Striped cloth has few low frequencies to tell a crop by; of photographs more are found (benchmarks/duplicates.py).
    assert len(found) >= (MANY - 5 if "cropped" in change else MANY)
    assert {pair.mirrored for pair in pairs} == {"mirrored" in change}
    assert min(pair.correlation for pair in pairs) >= SAME
    assert not any(pair.same_file for pair in pairs)


def test_other_pictures_are_no_copies(prints: list[Fingerprint | None]) -> None:
    assert find_pairs([str(row) for row in range(MANY)], prints, threads=1) == []


def test_the_same_file_is_found_whatever_it_shows(prints: list[Fingerprint | None]) -> None:
    digests = ["a", "b", "a", "a", "", ""]
    pairs = find_pairs(digests, [prints[0], None, prints[0], prints[0], None, None], threads=1)
    assert [(pair.a, pair.b, pair.same_file) for pair in pairs] == [(0, 2, True), (0, 3, True)]


def test_photographs_of_one_person_are_no_copies(facecom: object) -> None:
    from pathlib import Path

    from gender_classifier.images.read import read_picture

    names = sorted(path for path in Path(str(facecom)).glob("train/*/*_000[1-4].jpg"))[:60]
    studio = sorted(path for path in Path(str(facecom)).glob("train/male/*_frontal.jpg"))[:60]
    files = names + studio
    found = [fingerprint(read_picture(path, min_side=160)) for path in files]
    assert find_pairs([path.name for path in files], found, threads=1) == []


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda pair: pair[0] != pair[1]), max_size=20))
def test_groups_are_what_hangs_together(edges: list[tuple[int, int]]) -> None:
    groups = joined([Pair(min(edge), max(edge), False, False, 1.0) for edge in edges])
    rows = [row for group in groups for row in group]
    assert sorted(rows) == sorted({row for edge in edges for row in edge})
    of = {row: number for number, group in enumerate(groups) for row in group}
    assert all(of[a] == of[b] for a, b in edges)
    # No group falls apart: within it every row is reached from the first.
    for group in groups:
        reached, grew = {group[0]}, True
        while grew:
            more = {b for a, b in edges if a in reached} | {a for a, b in edges if b in reached}
            grew = not more <= reached
            reached |= more
        assert reached == set(group)
