"""Metrics, intervals and paired tests against scikit-learn, scipy and published values."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gender_classifier.errors import UserError
from gender_classifier.metrics.classification import (
    holm,
    mcnemar,
    mean_interval,
    metrics_at,
    roc_auc,
    wilson,
)

# Few distinct values, so that ties between scores, and with the threshold, are common.
pairs = st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3)), min_size=1, max_size=40)


@given(pairs, st.integers(-4, 4))
@settings(max_examples=40)  # eight calls of scikit-learn each
def test_metrics_agree_with_scikit_learn(rows: list[tuple[int, int]], cut: int) -> None:
    sk = pytest.importorskip("sklearn.metrics")
    y, z = np.array(rows).T
    said = (z >= cut).astype(int)
    found = metrics_at(y, z, cut)
    (tn, fp), (fn, tp) = sk.confusion_matrix(y, said, labels=[0, 1])
    assert (found["tn"], found["fp"], found["fn"], found["tp"], found["count"]) == (tn, fp, fn, tp, len(rows))
    expected = {
        "accuracy": sk.accuracy_score(y, said),
        "precision": sk.precision_score(y, said, zero_division=0),
        "recall": sk.recall_score(y, said, zero_division=0),
        "f1": sk.f1_score(y, said, zero_division=0),
        "f1_macro": sk.f1_score(y, said, labels=[0, 1], average="macro", zero_division=0),
        "recall_female": sk.recall_score(y, said, pos_label=0, zero_division=0),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    if 0 < y.sum() < y.size:
        assert found["balanced_accuracy"] == pytest.approx(sk.balanced_accuracy_score(y, said))
        assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(y, z))
    else:
        assert math.isnan(found["roc_auc"])


def test_a_score_at_the_threshold_is_male() -> None:
    assert metrics_at([1, 0], [0.5, 0.5], 0.5)["recall"] == 1.0
    assert metrics_at([1, 0], [0.5, 0.5], np.nextafter(0.5, 1))["recall"] == 0.0


@given(pairs)
def test_roc_auc_is_the_share_of_pairs_in_the_right_order(rows: list[tuple[int, int]]) -> None:
    y, z = np.array(rows).T
    men, women = z[y == 1], z[y == 0]
    if men.size and women.size:
        difference = men[:, None] - women[None, :]
        assert roc_auc(y, z) == pytest.approx(((difference > 0) + (difference == 0) / 2).mean())


# Newcombe, Statistics in Medicine 17 (1998), table I: the score method without continuity correction.
@pytest.mark.parametrize(
    ("successes", "count", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(successes: int, count: int, low: float, high: float) -> None:
    assert wilson(successes, count) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_shares_that_the_score_test_does_not_reject(pair: tuple[int, int]) -> None:
    successes, count = pair
    share = successes / count
    low, high = wilson(successes, count)
    assert 0.0 <= low <= share <= high <= 1.0
    for edge in (low, high):
        if 0.0 < edge < 1.0:
            z = (share - edge) / math.sqrt(edge * (1 - edge) / count)
            assert abs(z) == pytest.approx(1.959964, abs=1e-4)


def test_wilson_of_nothing_says_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 5), st.integers(0, 5))
def test_mcnemar_is_the_exact_binomial_test(only_a: int, only_b: int, both: int, neither: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    a = np.repeat([True, False, True, False], [only_a, only_b, both, neither])
    b = np.repeat([False, True, True, False], [only_a, only_b, both, neither])
    found = mcnemar(a, b)
    assert (found.only_a, found.only_b) == (only_a, only_b)
    expected = stats.binomtest(only_a, only_a + only_b, 0.5).pvalue if only_a + only_b else 1.0
    assert found.p == pytest.approx(expected, rel=1e-9)


def test_mcnemar_of_many_pictures_is_exact_too() -> None:
    stats = pytest.importorskip("scipy.stats")
    a = np.arange(9000) < 4400
    assert mcnemar(a, ~a).p == pytest.approx(stats.binomtest(4400, 9000).pvalue, rel=1e-6)


def test_mean_interval_is_student_s() -> None:
    stats = pytest.importorskip("scipy.stats")
    values = [0.93, 0.95, 0.96]
    mean, half = mean_interval(values)
    expected = stats.t.interval(0.95, 2, np.mean(values), stats.sem(values))
    assert (mean - half, mean + half) == pytest.approx(expected)
    assert math.isnan(mean_interval([0.9])[1])


@pytest.mark.parametrize(
    ("labels", "logits", "message"),
    [
        ([], [], "no labelled rows"),
        ([0, 1], [0.0], "2"),
        ([0, 2], [0.0, 1.0], "must be 0 .female. or 1 .male."),
        ([0.7, 1], [0.0, 1.0], "must be 0 .female. or 1 .male."),  # not cut down to 0
        ([0, 1], [0.0, math.nan], "1 of 2 logits are not finite"),
        ([0, 1], [math.inf, -math.inf], "2 of 2 logits are not finite"),
    ],
)
def test_unusable_scores_are_one_clear_error(labels: list[float], logits: list[float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        metrics_at(labels, logits, 0.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_in_order_and_between_none_and_bonferroni(p: list[float]) -> None:
    adjusted = holm(p)
    for before, after in zip(p, adjusted, strict=True):
        assert before <= after <= min(1.0, before * len(p)) + 1e-12
    order = np.argsort(p, kind="stable")
    assert all(adjusted[i] <= adjusted[j] for i, j in pairwise(order))
    assert min(adjusted) == min(1.0, min(p) * len(p))


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
