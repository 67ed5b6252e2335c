"""Calibration: the fit is the likelihood's maximum, and errors are those of cases worked by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.metrics.calibration import (
    Calibration,
    brier,
    calibrate,
    ece,
    fit_platt,
    platt_covariance,
    reliability,
)
from gender_classifier.metrics.thresholds import sigmoid


def test_platt_recovers_what_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    z = rng.normal(0.0, 2.0, 200_000)
    y = (rng.random(z.size) < sigmoid(1.7 * z - 0.8)).astype(int)
    found = fit_platt(y, z)
    assert (found.scale, found.offset) == pytest.approx((1.7, -0.8), abs=0.03)


def test_platt_is_the_maximum_of_the_likelihood_with_platt_s_targets() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 300)
    z = rng.normal(1.5 * y, 1.0)
    found = fit_platt(y, z)
    men, women = y.sum(), (1 - y).sum()
    rest = sigmoid(found.apply(z)) - np.where(y == 1, (men + 1) / (men + 2), 1 / (women + 2))
    # The likelihood is concave: where its gradient is zero, it is highest.
    assert (rest.sum(), (rest * z).sum()) == pytest.approx((0.0, 0.0), abs=1e-5)


def test_platt_is_scikit_learn_s_logistic_regression_on_smoothed_targets() -> None:
    linear = pytest.importorskip("sklearn.linear_model")
    rng = np.random.default_rng(2)
    y = (np.arange(400) % 5 > 0).astype(int)
    z = rng.normal(2.0 * y, 1.5)
    men, women = y.sum(), (1 - y).sum()
    target = np.where(y == 1, (men + 1) / (men + 2), 1 / (women + 2))
    # Each image twice, as a man and as a woman, weighed by its smoothed target.
    twice, labels = np.concatenate([z, z])[:, None], np.repeat([1, 0], y.size)
    model = linear.LogisticRegression(C=1e12, tol=1e-10, max_iter=1000)
    model.fit(twice, labels, sample_weight=np.concatenate([target, 1 - target]))
    found = fit_platt(y, z)
    assert (found.scale, found.offset) == pytest.approx((model.coef_[0, 0], model.intercept_[0]), rel=1e-4)


def test_platt_stays_finite_where_the_classes_are_apart() -> None:
    found = fit_platt([0, 0, 1, 1], [-4.0, -3.0, 3.0, 4.0])
    p = sigmoid(found.apply([-4.0, 4.0]))
    assert 0.0 < p[0] < 0.5 < p[1] < 1.0
    assert np.isfinite([found.scale, found.offset]).all()


@pytest.mark.parametrize(("labels", "expected"), [([0, 0, 1], 0.4), ([1, 1, 1], 0.8)])
def test_platt_of_equal_scores_gives_the_share(labels: list[int], expected: float) -> None:
    found = fit_platt(labels, [2.0, 2.0, 2.0])
    men = sum(labels)
    targets = [(men + 1) / (men + 2) if label else 1 / (3 - men + 2) for label in labels]
    assert float(sigmoid(found.apply(2.0))) == pytest.approx(np.mean(targets), abs=1e-6)
    assert np.mean(targets) == pytest.approx(expected, abs=0.1)


def test_no_calibration_where_it_would_turn_the_order_round_or_one_class_is_missing() -> None:
    y, z = [0, 0, 1, 1], [1.0, 2.0, 1.5, -1.0]
    assert fit_platt(y, z).scale < 0
    assert calibrate(y, z) is None
    assert calibrate([1, 1], [0.0, 1.0]) is None
    assert calibrate(1 - np.array(y), z) == fit_platt(1 - np.array(y), z)


def test_apply_is_a_line() -> None:
    assert Calibration(2.0, -1.0).apply([0.0, 3.0]).tolist() == [-1.0, 5.0]


def test_ece_of_bins_worked_by_hand() -> None:
    # Two bins of two: shares 0.5 and 1, mean probabilities 0.2 and 0.8.
    assert ece([0, 1, 1, 1], [0.1, 0.3, 0.7, 0.9], bins=2) == pytest.approx((0.3 + 0.2) / 2)


def test_a_bin_that_ties_fill_is_the_one_that_their_middle_falls_into() -> None:
    # Of four rows in two bins the three equal ones have their middle in the second.
    assert ece([1, 0, 0, 0], [0.1, 0.5, 0.5, 0.5], bins=2) == pytest.approx((0.9 + 1.5) / 4)


def test_ece_of_scores_that_mean_what_they_say_is_small() -> None:
    rng = np.random.default_rng(0)
    p = rng.random(100_000)
    y = (rng.random(p.size) < p).astype(int)
    assert ece(y, p) < 0.01
    assert ece(y, p**2) == pytest.approx(1 / 6, abs=0.01)


@given(
    st.lists(st.tuples(st.integers(0, 1), st.sampled_from([0.1, 0.25, 0.5, 0.9])), min_size=2, max_size=60),
    st.randoms(use_true_random=False),
)
def test_ece_does_not_depend_on_the_order_of_rows(rows: list[tuple[int, float]], random) -> None:  # type: ignore[no-untyped-def]
    before = ece(*zip(*rows, strict=True))
    random.shuffle(rows)
    assert ece(*zip(*rows, strict=True)) == pytest.approx(before, abs=1e-12)
    assert 0.0 <= before <= 1.0


def test_equal_probabilities_share_a_bin() -> None:
    # Sorted by label and split between bins, this would come out as 0.375.
    assert ece([0] * 10 + [1] * 30, [0.75] * 40) == pytest.approx(0.0)


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=30))
def test_brier_agrees_with_scikit_learn(rows: list[tuple[int, float]]) -> None:
    sk = pytest.importorskip("sklearn.metrics")
    y, p = (list(column) for column in zip(*rows, strict=True))
    assert brier(y, p) == pytest.approx(sk.brier_score_loss(y, p, pos_label=1))


def test_reliability_s_bins_are_those_of_the_calibration_error() -> None:
    rng = np.random.default_rng(3)
    p = np.round(rng.random(500), 2)
    y = (rng.random(500) < p**2).astype(int)
    bins = reliability(y, p)
    assert sum(found.count for found in bins) == 500
    assert sum(found.count * abs(found.share - found.probability) for found in bins) / 500 == pytest.approx(ece(y, p))
    assert all(before.probability < after.probability for before, after in pairwise(bins))
    assert all(found.interval[0] <= found.share <= found.interval[1] for found in bins)


def test_a_bin_worked_by_hand() -> None:
    first, second = reliability([0, 1, 1, 1], [0.1, 0.3, 0.7, 0.9], bins=2)
    assert (first.count, first.probability, first.share) == (2, pytest.approx(0.2), 0.5)
    assert first.interval == pytest.approx((0.0945, 0.9055), abs=1e-4)
    assert (second.share, second.interval[1]) == (1.0, 1.0)


def test_the_covariance_is_the_spread_of_fits_to_data_drawn_anew() -> None:
    rng = np.random.default_rng(4)
    z = rng.normal(0.0, 1.5, 800)
    fits = []
    for _ in range(200):
        found = fit_platt((rng.random(800) < sigmoid(1.5 * z - 0.5)).astype(int), z)
        fits.append((found.scale, found.offset))
    spread = np.sqrt(np.diag(platt_covariance(z, Calibration(1.5, -0.5))))
    assert np.std(fits, axis=0) == pytest.approx(spread, rel=0.2)
