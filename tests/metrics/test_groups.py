"""Results by group are those of counting by hand, and small groups never win or lose."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gender_classifier.metrics.calibration import Calibration, ece
from gender_classifier.metrics.classification import wilson
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.groups import (
    Groups,
    measure,
    results_by_group,
    years,
)
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import sigmoid


def table(*cells: tuple[int, int, int, dict[str, str]]) -> Scores:
    """Rows of a label, so many right and so many wrong, with these values; right is one away from 0, wrong half."""
    labels, logits, extra = [], [], []
    for label, right, wrong, values in cells:
        side = 2 * label - 1
        labels += [label] * (right + wrong)
        logits += [1.0 * side] * right + [-0.5 * side] * wrong
        extra += [values] * (right + wrong)
    n = len(labels)
    names = sorted({name for values in extra for name in values})
    return Scores(
        path=np.array([f"{i}.jpg" for i in range(n)], dtype=object),
        face=np.zeros(n, np.int64),
        label=np.array(labels, np.int64),
        logit=np.array(logits, np.float64),
        view=np.full(n, "identity", dtype=object),
        split=np.full(n, "val", dtype=object),
        extra={name: np.array([values.get(name, "") for values in extra], dtype=object) for name in names},
    )


def found(scores: Scores, rule: DecisionRule | None = None) -> Groups:
    groups = results_by_group(scores, rule or DecisionRule())
    assert groups is not None
    return groups


PEOPLE = (
    (0, 36, 4, {"race": "Black", "age": "3-9"}),
    (1, 50, 0, {"race": "Black", "age": "3-9"}),
    (0, 45, 5, {"race": "White", "age": "20-29"}),
    (1, 59, 1, {"race": "White", "age": "20-29"}),
    (0, 1, 9, {"race": "White", "age": "70+"}),
    (1, 8, 2, {"race": "White", "age": "70+"}),
)


def test_a_group_is_what_counting_gives() -> None:
    groups = found(table(*PEOPLE))
    assert [g.values for g in groups.columns["race"]] == [{"race": "Black"}, {"race": "White"}]
    assert [g.values["age"] for g in groups.columns["age"]] == ["3-9", "20-29", "70+"]
    black, white = groups.columns["race"]
    assert (black.count, black.accuracy.hits, black.recall["female"].share) == (90, 86, 0.9)
    assert (white.recall["female"].hits, white.recall["female"].count) == (46, 60)
    assert white.recall["male"].interval == wilson(67, 70)
    assert white.unanswered is None


def test_the_cut_and_the_calibration_are_the_judge_s() -> None:
    scores = table(*PEOPLE)
    rule = DecisionRule(threshold=-0.75, calibration=Calibration(2.0, 0.3))
    white = found(scores, rule).columns["race"][1]
    # Women scored at +0.5 and -0.5 alike are said to be male from -0.75 on; only men at -0.5 become right.
    assert (white.recall["female"].hits, white.recall["male"].hits) == (46, 70)
    part = scores.take(scores.extra["race"] == "White")
    assert white.ece == pytest.approx(ece(part.label, sigmoid(2.0 * part.logit + 0.3)))


def test_small_groups_are_marked_and_have_no_calibration_error() -> None:
    old = found(table(*PEOPLE)).columns["age"][2]
    assert (old.count, old.small, old.ece) == (20, True, None)
    assert old.recall["female"].share == 0.1


def test_the_worst_is_the_lowest_recall_that_enough_faces_stand_behind() -> None:
    worst = found(table(*PEOPLE)).worst
    # Old women are worse (1 of 10), but they are ten.
    assert worst is not None
    assert (worst.gender, worst.values, worst.recall.hits) == ("female", {"race": "White"}, 46)


def test_gaps_lie_between_values_of_a_column_or_between_genders() -> None:
    groups = found(table(*PEOPLE))
    race = groups.spreads["race"]
    assert (race.better, race.worse, race.measure) == ({"race": "Black"}, {"race": "White"}, "accuracy")
    assert race.difference == pytest.approx(86 / 90 - 113 / 130)
    assert groups.spreads["age"].worse == {"age": "20-29"}
    largest = groups.largest_gap
    assert largest is not None
    assert largest.worse == {"gender": "female", "race": "White"}
    assert largest.difference == pytest.approx(67 / 70 - 46 / 60)


def test_intersections_are_those_that_occur_with_recalls_of_both_genders() -> None:
    groups = found(table(*PEOPLE))
    assert groups.crossed == ["race", "age"]
    assert [tuple(g.values.values()) for g in groups.intersections] == [
        ("Black", "3-9"),
        ("White", "20-29"),
        ("White", "70+"),
    ]
    assert groups.intersections[0].recall["female"].count == 40
    assert sum(g.count for g in groups.intersections) == 220


def test_children_and_the_old_are_named() -> None:
    more = (*PEOPLE, (0, 5, 1, {"race": "Black", "age": "0-2"}), (1, 6, 0, {"race": "Black", "age": "10-19"}))
    ages = found(table(*more)).ages
    assert {name: group.values["age"] for name, group in ages.items()} == {"children": "0-2, 3-9", "old": "70+"}
    assert ages["children"].count == 96
    # Ages in single years group nothing by themselves, but tell children all the same.
    single = table(*((i % 2, 1, 0, {"age": str(i)}) for i in range(60)))
    groups = found(single)
    assert (groups.left_out, groups.columns, groups.ages["children"].count) == (["age"], {}, 18)


@pytest.mark.parametrize(
    ("band", "span"),
    [("3-9", (3, 9)), ("70+", (70, math.inf)), ("more than 70", (70, math.inf)), ("34", (34, 34)), ("adult", None)],
)
def test_years(band: str, span: Any) -> None:
    assert years(band) == span


def test_with_a_band_the_unanswered_are_counted() -> None:
    scores = table(*PEOPLE)
    group = measure(scores, DecisionRule(band=(0.3, 0.7)), {})
    # sigmoid(1) = 0.73 is answered, sigmoid(0.5) = 0.62 is not: just the wrong ones.
    assert group.unanswered is not None
    assert (group.unanswered.hits, group.unanswered.count) == (21, 220)
    edge = float(sigmoid(0.5))
    assert DecisionRule(band=(1 - edge, edge)).answered(scores.logit).all()


def test_columns_that_name_pictures_or_say_nothing_are_no_groups() -> None:
    cells = [(i % 2, 1, 0, {"id": f"p{i}", "source": "one", "light": "dim" if i % 3 else ""}) for i in range(40)]
    groups = results_by_group(table(*cells), DecisionRule())
    assert groups is None  # `light` has one value and gaps
    cells = [(i % 2, 1, 0, {"id": f"p{i}", "light": ("dim", "bright", "")[i % 3]}) for i in range(40)]
    named = found(table(*cells))
    assert (list(named.columns), named.left_out, named.missing) == (["light"], ["id"], {"light": 13})
    assert sum(group.count for group in named.columns["light"]) == 27
    assert (named.worst, named.spreads, named.intersections) == (None, {}, [])


def test_no_columns_no_groups() -> None:
    assert results_by_group(table((0, 3, 0, {}), (1, 3, 0, {})), DecisionRule()) is None
