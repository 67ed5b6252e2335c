"""The search finds what comparing each with each finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.audit import search
from gender_classifier.audit.search import differing_bits, near


def around(seed: int, count: int, most: int) -> np.ndarray:
    """Hashes in clumps: each a few bits from one of three."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2**64, 3, dtype=np.uint64)
    hashes = centres[rng.integers(0, 3, count)]
    for _ in range(most):
        hashes = hashes ^ (np.uint64(1) << rng.integers(0, 64, count).astype(np.uint64))
    return hashes


@given(st.integers(0, 10_000), st.integers(0, 40), st.integers(0, 40), st.integers(0, 8), st.sampled_from([3, 4, 5]))
def test_finds_all_pairs_and_no_other(seed: int, asked: int, known: int, radius: int, parts: int) -> None:
    queries, index = around(seed, asked, 6), around(seed, known, 6)
    rows, places = near(queries, index, radius, parts=parts, threads=1)
    bits = np.array([[int(a ^ b).bit_count() for b in index] for a in queries]).reshape(asked, known)
    expected = np.nonzero(bits <= radius)
    assert rows.tolist() == expected[0].tolist()
    assert places.tolist() == expected[1].tolist()


@given(st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1)), min_size=1, max_size=20))
def test_differing_bits(pairs: list[tuple[int, int]]) -> None:
    a, b = (np.array(side, np.uint64) for side in zip(*pairs, strict=True))
    expected = [(x ^ y).bit_count() for x, y in pairs]
    assert differing_bits(a, b).tolist() == expected
    with pytest.MonkeyPatch.context() as patch:  # numpy below 2.0 counts no bits
        patch.setattr(search, "_POPCOUNT", None)
        assert differing_bits(a, b).tolist() == expected


def test_many_of_one_value_are_compared_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_AT_A_TIME", 7)
    same = np.full(10, 12345, np.uint64)
    rows, places = near(same, same, 0, threads=2)
    assert sorted(zip(rows.tolist(), places.tolist(), strict=True)) == [(a, b) for a in range(10) for b in range(10)]


def test_tells_how_far_it_is() -> None:
    told: list[float] = []
    near(around(1, 5, 3), around(1, 5, 3), 3, threads=1, tick=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
