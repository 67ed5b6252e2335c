"""Paired comparison: what is known of its parts, and that it sees differences that are there and no others."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import ece
from gender_classifier.metrics.classification import (
    holm,
    mcnemar,
    metrics_at,
    wilson,
)
from gender_classifier.metrics.comparison import (
    METRICS,
    Comparison,
    Difference,
    compare,
    furthest_group,
)
from gender_classifier.metrics.contenders import Contender, changed, same_faces
from gender_classifier.metrics.decision import DecisionRule

from .models import contenders, table

DRAWS = 120


def by(comparison: Comparison, metric: str, a: str = "m0", b: str = "m1") -> Difference:
    return next(d for d in comparison.differences if (d.metric, d.a, d.b) == (metric, a, b))


def test_metrics_and_differences_are_those_of_each_model_at_its_own_threshold() -> None:
    models = contenders()
    comparison = compare(models, DRAWS)
    for model, found in zip(models, comparison.models, strict=True):
        at = metrics_at(model.scores.label, model.scores.logit, model.rule.threshold)
        at["ece"] = ece(model.scores.label, model.rule.probabilities(model.scores.logit))
        assert found.values == {name: at[name] for name in METRICS}
        assert found.intervals["accuracy"] == wilson(int(at["tp"] + at["tn"]), 200)
        assert found.intervals["recall_female"] == wilson(int(at["tn"]), 50)
        low, high = found.intervals["roc_auc"]
        assert low < found.values["roc_auc"] < high
    for difference in comparison.differences:
        first, second = (model.values[difference.metric] for model in comparison.models)
        assert difference.difference == second - first
        assert difference.adjusted is None


def test_what_is_counted_is_tested_by_mcnemar_on_those_faces_alone() -> None:
    models = contenders()
    comparison = compare(models, DRAWS)
    labels = models[0].scores.label
    right = [m.rule.right(labels, m.scores.logit) for m in models]
    for metric, of in (("accuracy", labels >= 0), ("recall_female", labels == 0), ("recall", labels == 1)):
        expected, found = mcnemar(right[0][of], right[1][of]), by(comparison, metric)
        assert (found.only_a, found.only_b, found.p) == (expected.only_a, expected.only_b, expected.p)
    assert by(comparison, "roc_auc").only_a is None


def test_a_model_is_no_different_from_itself() -> None:
    one = contenders()[0]
    comparison = compare([one, Contender("m1", one.scores, one.rule)], DRAWS)
    for difference in comparison.differences:
        assert (difference.difference, difference.interval, difference.p) == (0.0, (0.0, 0.0), 1.0)
    assert changed([one, Contender("m1", one.scores, one.rule)]) == []


def test_a_difference_that_is_there_is_found_in_its_direction() -> None:
    comparison = compare(contenders(400), DRAWS)
    for metric in ("accuracy", "balanced_accuracy", "roc_auc"):
        found = by(comparison, metric)
        assert found.interval[0] > 0
        assert found.p < 0.05


def test_the_bootstrap_is_paired() -> None:
    """Models that err on the same faces differ by less than chance differs from draw to draw."""
    comparison = compare(contenders(300), DRAWS)
    width = {m.name: m.intervals["roc_auc"][1] - m.intervals["roc_auc"][0] for m in comparison.models}
    apart = by(comparison, "roc_auc").interval
    assert apart[1] - apart[0] < math.hypot(*width.values()) * 0.9


def test_intervals_of_differences_cover_as_often_as_they_say() -> None:
    """Two equally good models, 60 sets of faces: the bootstrap's interval holds 0 in about 95 of 100."""
    covered = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        labels = np.repeat([0, 1], [40, 60])
        shared = (2 * labels - 1) + rng.normal(size=100)
        pair = [
            Contender(name, table(labels, shared + rng.normal(0, 0.7, 100)), DecisionRule()) for name in ("m0", "m1")
        ]
        low, high = by(compare(pair, 100), "balanced_accuracy").interval
        covered += low <= 0 <= high
    assert 51 <= covered <= 60


def test_the_same_seed_gives_the_same_and_every_draw_is_told() -> None:
    ticks: list[None] = []
    one, other = (compare(contenders(80), 30, seed=3, tick=lambda: ticks.append(None)) for _ in range(2))
    assert one.differences == other.differences
    assert len(ticks) == 60


def test_of_three_models_all_pairs_are_adjusted_within_each_metric() -> None:
    comparison = compare(contenders(120, models=3), 40)
    for metric in METRICS:
        rows = [d for d in comparison.differences if d.metric == metric]
        assert [(d.a, d.b) for d in rows] == [("m0", "m1"), ("m0", "m2"), ("m1", "m2")]
        assert [d.adjusted for d in rows] == holm([d.p for d in rows])


def test_groups_are_compared_with_the_first_model_and_small_ones_are_not_tested() -> None:
    place = np.array(["here"] * 120 + ["there"] * 60 + ["seldom"] * 20)
    rng = np.random.default_rng(1)
    models = contenders(200, models=3, place=place[rng.permutation(200)])
    comparison = compare(models, 40)
    assert [(g.values["place"], g.b) for g in comparison.group_differences] == [
        (place, b) for b in ("m1", "m2") for place in ("here", "seldom", "there")
    ]
    right = [m.rule.right(m.scores.label, m.scores.logit) for m in models]
    for group in comparison.group_differences:
        of = models[0].scores.extra["place"] == group.values["place"]
        other = right[int(group.b[1])]
        test = mcnemar(right[0][of], other[of])
        assert (group.count, group.only_a, group.only_b) == (of.sum(), test.only_a, test.only_b)
        assert group.difference == pytest.approx(other[of].mean() - right[0][of].mean())
        assert group.p == (None if group.values["place"] == "seldom" else test.p)
    for b in ("m1", "m2"):
        tested = [g for g in comparison.group_differences if g.b == b and g.p is not None]
        assert [g.adjusted for g in tested] == holm([g.p for g in tested])
    furthest = furthest_group(comparison)
    assert furthest is not None
    assert abs(furthest.difference) == max(abs(g.difference) for g in comparison.group_differences if g.p is not None)
    assert set(comparison.groups) == {"m0", "m1", "m2"}


def test_without_columns_there_are_no_groups() -> None:
    comparison = compare(contenders(80), 10)
    assert (comparison.groups, comparison.group_differences, furthest_group(comparison)) == ({}, [], None)


def test_one_model_or_one_name_or_one_class_is_no_comparison() -> None:
    one = Contender("a", table([1, 1], [1.0, 2.0]), DecisionRule())
    with pytest.raises(UserError, match="at least two"):
        same_faces([one])
    with pytest.raises(UserError, match="same name"):
        same_faces([one, one])
    with pytest.raises(UserError, match="of one class"):
        compare([one, Contender("b", one.scores, DecisionRule())], 10)
    broken = Contender("b", table([0, 1], [1.0, math.nan]), DecisionRule())
    with pytest.raises(UserError, match="not finite"):
        compare([Contender("a", table([0, 1], [1.0, 2.0]), DecisionRule()), broken], 10)
