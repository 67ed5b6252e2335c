"""The sweep finds what trying every cut finds, and says which of equals it took."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from gender_classifier.errors import UserError
from gender_classifier.metrics.classification import metrics_at
from gender_classifier.metrics.thresholds import (
    curve,
    cuts,
    metric_for,
    sigmoid,
    sweep,
    value_of,
)

METRICS = ("accuracy", "f1", "f1_macro", "balanced_accuracy", "youden_j", "worst_recall")
floats = st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float)
pairs = st.lists(st.tuples(st.integers(0, 1), floats), min_size=1, max_size=15)


def value_at(labels: np.ndarray, logits: np.ndarray, cut: float, metric: str) -> float:
    found = metrics_at(labels, logits, cut)
    if metric == "worst_recall":
        return min(found["recall"], found["recall_female"])
    return 2 * found["balanced_accuracy"] - 1 if metric == "youden_j" else found[metric]


def columns(rows: list[tuple[int, float]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([label for label, _ in rows]), np.array([logit for _, logit in rows])


@pytest.mark.parametrize("metric", METRICS)
@given(rows=pairs)
@settings(max_examples=50)
def test_the_sweep_is_as_good_as_any_cut(metric: str, rows: list[tuple[int, float]]) -> None:
    y, z = columns(rows)
    found = sweep(y, z, metric)
    every = [value_at(y, z, cut, metric) for cut in (*z, z.max() + 1)]
    assert found.value == pytest.approx(max(every), abs=1e-9)
    assert value_at(y, z, found.logit, metric) == pytest.approx(found.value, abs=1e-9)
    assert found.probability == pytest.approx(float(sigmoid(found.logit)))


@given(pairs)
def test_counts_at_each_cut_are_those_of_applying_it(rows: list[tuple[int, float]]) -> None:
    y, z = columns(rows)
    at, counts = cuts(y, z)
    assert (np.diff(at) > 0).all()
    assert len(at) == len(np.unique(z)) + 1
    for cut, tp, fp, tn, fn in zip(at, *counts, strict=True):
        found = metrics_at(y, z, cut)
        assert (found["tp"], found["fp"], found["tn"], found["fn"]) == (tp, fp, tn, fn)


def test_of_equal_cuts_the_one_nearest_to_a_half_is_taken() -> None:
    # Cuts at -2.5, -1, 0.75 and 2.25 are all equally wrong.
    y, z = [0, 1, 0, 1, 0, 1], [-3.0, -2.0, 0.0, 1.5, 3.0, 3.5]
    at, values = curve(y, z, "accuracy")
    best = at[values == values.max()]
    assert len(best) > 1
    assert sweep(y, z, "accuracy").logit == best[np.argmin(np.abs(best))]


def test_between_two_classes_the_cut_stands_in_the_middle() -> None:
    found = sweep([0, 0, 1, 1], [-3.0, -1.0, 2.0, 5.0], "f1")
    assert (found.logit, found.value) == (0.5, 1.0)


def test_a_wanted_precision_is_reached_with_the_highest_recall() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 500)
    z = rng.normal(2.0 * y - 1.0, 1.2)
    found = sweep(y, z, "precision", target=0.95)
    precisions = curve(y, z, "precision")[1]
    recalls = curve(y, z, "recall")[1]
    assert found.value >= 0.95
    assert metrics_at(y, z, found.logit)["recall"] == recalls[precisions >= 0.95].max()


def test_a_precision_out_of_reach_gives_the_highest_there_is() -> None:
    y, z = [0, 1, 0, 0], [3.0, 2.0, 1.0, 0.0]
    assert sweep(y, z, "precision", target=0.9).value == 0.5


@pytest.mark.parametrize("label", [0, 1])
def test_one_class_alone_and_equal_scores_have_a_threshold(label: int) -> None:
    found = sweep([label] * 3, [1.0, 1.0, 1.0], "accuracy")
    assert found.value == 1.0
    assert (found.logit <= 1.0) == (label == 1)


def test_neighbouring_floats_and_huge_scores_are_told_apart() -> None:
    low = 1.0
    high = np.nextafter(low, 2.0)
    assert sweep([0, 1], [low, high], "accuracy").value == 1.0
    assert metrics_at([0, 1], [low, high], sweep([0, 1], [low, high], "accuracy").logit)["accuracy"] == 1.0
    at, (tp, *_) = cuts([0, 1], [1e300, 1.5e308])
    assert np.isfinite(at).all()
    assert metrics_at([0, 1], [1e300, 1.5e308], at[-1])["tp"] == tp[-1] == 0


@pytest.mark.parametrize(("metric", "message"), [("acuracy", "known are accuracy"), ("precision", "precision wanted")])
def test_a_metric_that_cannot_be_swept(metric: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        sweep([0, 1], [0.0, 1.0], metric)


def test_many_scores_are_swept_at_every_one_of_them() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200_000)
    z = rng.normal(y, 1.0)
    found = sweep(y, z, "accuracy")
    # Two normal distributions of equal width and number: half way between them is best, up to chance.
    assert found.logit == pytest.approx(0.5, abs=0.15)
    assert metrics_at(y, z, found.logit)["accuracy"] >= metrics_at(y, z, 0.5)["accuracy"]
    assert len(curve(y, z, "accuracy")[0]) == len(np.unique(z)) + 1


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_of_counts_is_that_of_the_curve(metric: str) -> None:
    labels, logits = [0, 0, 0, 1, 1], [-2.0, -1.0, 1.0, 0.5, 3.0]
    at, values = curve(labels, logits, metric)
    found = metrics_at(labels, logits, at[2])
    counts = [found[name] for name in ("tp", "fp", "tn", "fn")]
    assert value_of(metric, *counts) == values[2]
    assert value_of(metric, *(count / 5 for count in counts)) == pytest.approx(values[2])
    with pytest.raises(UserError, match="known are accuracy"):
        value_of("acuracy", *counts)


def test_sigmoid_does_not_overflow() -> None:
    with np.errstate(over="raise"):
        assert sigmoid([-1000.0, 0.0, 1000.0]).tolist() == [0.0, 0.5, 1.0]


def test_cuts_that_few_pictures_cannot_tell_apart_count_as_equals() -> None:
    # One man at -1 moves the best cut far from 0.5; two standard errors on twenty images are more than him.
    z = [-4.0, -3.0, -2.9, -2.8, -2.7, -2.6, -2.5, -2.4, -2.3, -2.2] + [-1.0] + [2.0 + i / 10 for i in range(9)]
    y = [0] * 10 + [1] * 10
    assert sweep(y, z, "accuracy").logit < -1.0
    assert abs(sweep(y, z, "accuracy", tolerance=2.0).logit) < 1.0
    # On a thousand times as many he is a thousand men.
    many = sweep(y * 1000, z * 1000, "accuracy", tolerance=2.0)
    assert many.logit < -1.0


@given(rows=pairs, tolerance=st.floats(0, 3))
@settings(max_examples=50)
def test_tolerance_only_moves_the_cut_towards_a_half(rows: list[tuple[int, float]], tolerance: float) -> None:
    y, z = columns(rows)
    plain, tolerant = sweep(y, z, "balanced_accuracy"), sweep(y, z, "balanced_accuracy", tolerance=tolerance)
    assert abs(tolerant.logit) <= abs(plain.logit)
    assert tolerant.value <= plain.value + 1e-12


def test_of_equals_the_middle_one() -> None:
    y, z = [0, 0, 0, 0, 1, 1, 1, 1], [1.0, 2.0, 3.0, 4.0, 20.0, 21.0, 22.0, 23.0]
    # Two standard errors on eight images are more than one of them: from 3.5 to 20.5 all cuts are equals.
    assert sweep(y, z, "accuracy", tolerance=2.0).logit == 3.5
    assert sweep(y, z, "accuracy", tolerance=2.0, of_equals="middle").logit == 12.0
    # Without tolerance only the best are equals.
    y, z = [0, 1, 0, 1], [-8.0, -7.0, 1.0, 2.0]
    assert sweep(y, z, "accuracy").logit == 1.5
    assert sweep(y, z, "accuracy", of_equals="middle").logit == -7.5  # as near to the middle as 1.5; the first


whole = st.lists(st.tuples(st.integers(0, 1), st.integers(-20, 20).map(float)), min_size=1, max_size=15)


@given(rows=whole, tolerance=st.floats(0, 3), shift=st.integers(-50, 50))
@settings(max_examples=50)
def test_the_middle_goes_with_the_scores(rows: list[tuple[int, float]], tolerance: float, shift: int) -> None:
    y, z = columns(rows)
    plain = sweep(y, z, "balanced_accuracy", tolerance=tolerance, of_equals="middle")
    moved = sweep(y, np.asarray(z) + shift, "balanced_accuracy", tolerance=tolerance, of_equals="middle")
    assert (moved.logit, moved.value) == (plain.logit + shift, plain.value)
    assert plain.value <= sweep(y, z, "balanced_accuracy").value + 1e-12


def test_the_middle_of_few_images_serves_others_better_than_the_best() -> None:
    """What the default rests on, on scores of two normal distributions; `benchmarks/thresholds.py` has it of faces."""
    rng = np.random.default_rng(0)
    y = np.array([0] * 39 + [1] * 153)

    def balanced(cut: float) -> float:
        return float(norm.cdf(cut + 2.0) + norm.sf(cut - 2.0)) / 2

    gains = []
    for _ in range(60):
        z = rng.normal(4.0 * y - 2.0)
        best, middle = (
            sweep(y, z, "balanced_accuracy", tolerance=tolerance, of_equals=which).logit
            for tolerance, which in ((0.0, "half"), (2.0, "middle"))
        )
        gains.append(balanced(middle) - balanced(best))
    assert np.mean(gains) > 2 * np.std(gains) / np.sqrt(len(gains)) > 0


def test_a_precision_that_was_asked_for_is_kept() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 200)
    z = rng.normal(y * 2.0 - 1.0, 1.0)
    assert sweep(y, z, "precision", 0.95, tolerance=3.0).logit == sweep(y, z, "precision", 0.95).logit


@given(st.integers(0, 50), st.integers(0, 50))
def test_auto_weighs_both_classes_alike_where_they_are_uneven(women: int, men: int) -> None:
    if women + men == 0:
        return
    labels = [0] * women + [1] * men
    uneven = 0 < min(women, men) / (women + men) < 0.4
    assert metric_for("auto", labels) == ("balanced_accuracy" if uneven else "accuracy")
    assert metric_for("f1", labels) == "f1"


def test_auto_sees_the_few_where_accuracy_leaves_them_out() -> None:
    labels = [0] * 10 + [1] * 90
    logits = [-1.0] * 4 + [1.0] * 6 + [0.5] * 8 + [2.0] * 82
    assert sweep(labels, logits, "accuracy").logit < sweep(labels, logits, "auto").logit
    assert sweep(labels, logits, "auto") == sweep(labels, logits, "balanced_accuracy")
    assert sweep(labels[5:15], logits[5:15], "auto").metric == "accuracy"
