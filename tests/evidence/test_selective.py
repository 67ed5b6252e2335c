"""The band: as narrow as its promise allows, and around the threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.evidence.selective import choose_band

cases = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 40)), min_size=1, max_size=60)


def test_a_case_worked_by_hand() -> None:
    labels = [1, 1, 0, 0, 1, 0]
    probabilities = [0.95, 0.9, 0.05, 0.2, 0.35, 0.6]  # the last two are wrong
    band = choose_band(labels, probabilities, 1.0)
    assert band is not None
    assert (band.accuracy, band.coverage) == (1.0, pytest.approx(4 / 6))
    assert 0.2 < band.low < 0.35
    assert band.high == pytest.approx(1 - band.low)


def test_all_is_answered_where_all_is_right() -> None:
    band = choose_band([0, 1], [0.4, 0.6], 0.98)
    assert band is not None
    assert band.coverage == 1.0
    assert 0.4 < band.low <= 0.5 <= band.high < 0.6


def test_none_where_the_surest_are_wrong() -> None:
    assert choose_band([0, 0, 1], [0.99, 0.2, 0.8], 0.98) is None


def test_pictures_as_far_from_a_half_on_both_sides_are_equally_sure() -> None:
    band = choose_band([0, 0], [7 / 40, 33 / 40], 0.6)  # 0.175 and 0.825: their distances differ by 6e-17
    assert band is None


@given(cases, st.sampled_from([0.6, 0.9, 0.98, 1.0]), st.sampled_from([0.5, 0.6, 0.31]))
def test_it_keeps_its_promise_and_no_wider_coverage_does(
    rows: list[tuple[int, int]], wanted: float, threshold: float
) -> None:
    labels = np.array([label for label, _ in rows])
    p = np.array([share for _, share in rows]) / 40

    sureness = np.round(np.abs(p - 0.5), 12)

    def kept(half: float) -> tuple[float, int]:
        out = sureness >= half
        return float(((p >= 0.5) == (labels == 1))[out].mean()) if out.any() else 0.0, int(out.sum())

    best = max((kept(h)[1] for h in sureness if h >= abs(threshold - 0.5) and kept(h)[0] >= wanted), default=0)
    band = choose_band(labels, p, wanted, [0.5, threshold])
    if band is None:
        assert best == 0
        return
    answered = ~((band.low < p) & (p < band.high))
    assert answered.sum() == best == round(band.coverage * len(p))
    assert ((p >= 0.5) == (labels == 1))[answered].mean() == pytest.approx(band.accuracy)
    assert band.accuracy >= wanted
    assert band.low <= threshold <= band.high
