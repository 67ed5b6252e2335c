"""The band: as narrow as its promise allows, and around the threshold."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.metrics.selective import (
    STEP,
    band_curve,
    choose_band,
    promise_kept,
    risk_coverage,
)

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


@pytest.mark.parametrize(
    ("right", "answered", "kept", "sure"),
    [
        (990, 1000, True, True),
        (985, 1000, True, False),  # 98.5 %, but the interval holds 98
        (975, 1000, False, False),
        (950, 1000, False, True),
        (0, 0, None, False),
    ],
)
def test_a_promise_is_kept_or_not_and_chance_is_told_apart(
    right: int, answered: int, kept: bool | None, sure: bool
) -> None:
    found = promise_kept(right, answered, 0.98)
    assert (found.kept, found.sure) == (kept, sure)


def test_risk_against_coverage_worked_by_hand() -> None:
    # Surest first: right, then two equally sure of which one is wrong, then a wrong one.
    curve = risk_coverage([True, False, True, False], [0.99, 0.1, 0.9, 0.6])
    assert curve.coverage.tolist() == [0.25, 0.75, 1.0]
    assert curve.risk.tolist() == pytest.approx([0.0, 1 / 3, 0.5])
    assert curve.area == pytest.approx((0 * 1 + 2 / 3 + 0.5) / 4)


@given(cases, st.sampled_from([0.6, 0.9]))
def test_the_band_s_answers_lie_on_the_curve(rows: list[tuple[int, int]], wanted: float) -> None:
    labels, p = np.array([label for label, _ in rows]), np.array([share for _, share in rows]) / 40
    band = choose_band(labels, p, wanted)
    if band is None:
        return
    curve = risk_coverage((p >= 0.5) == (labels == 1), p)
    place = int(np.flatnonzero(np.isclose(curve.coverage, band.coverage))[0])
    assert curve.risk[place] == pytest.approx(1 - band.accuracy)
    assert curve.risk[-1] == pytest.approx(((p >= 0.5) != (labels == 1)).mean())


@given(labels=st.lists(st.integers(0, 1), min_size=30, max_size=120), seed=st.integers(0, 2**16))
def test_a_curve_s_bands_keep_their_promises_and_widen(labels: list[int], seed: int) -> None:
    y = np.array(labels)
    p = 1 / (1 + np.exp(-np.random.default_rng(seed).normal(2.0 * (2 * y - 1), 2.0)))
    plain = ((p >= 0.5) == (y == 1)).mean()
    curve = band_curve(y, p)
    for (wanted, band), (more, wider) in pairwise(curve):
        assert more == pytest.approx(wanted + STEP)
        assert wider.low <= band.low
        assert wider.coverage <= band.coverage
    for wanted, band in curve:
        answered = (p <= band.low) | (p >= band.high)
        assert ((p >= 0.5) == (y == 1))[answered].mean() == pytest.approx(band.accuracy)
        assert band.accuracy >= wanted - 1e-9
    assert curve[0][1].coverage == 1.0
    assert curve[0][0] <= plain + 1e-9 < curve[0][0] + STEP + 1e-6


def test_a_band_is_of_plain_numbers() -> None:
    band = choose_band([0, 1, 0, 1], np.array([0.1, 0.4, 0.6, 0.9]), wanted=0.95)
    assert band is not None
    assert {type(value) for value in (band.low, band.high, band.accuracy, band.coverage)} == {float}
