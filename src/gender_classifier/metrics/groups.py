"""Who is classified how well: results by the values of manifest columns, and by gender x race x age.

Every share comes with Wilson's interval and its count. Groups under 30 faces are marked and never named best or worst:
of many small groups one is always bad by chance.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gender_classifier import CLASS_NAMES
from gender_classifier.metrics.calibration import ece
from gender_classifier.metrics.classification import wilson
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import Scores

SMALLEST = 30
"""Faces below which a group's figures are marked."""
MOST_VALUES = 24
"""A column with more values is no grouping."""
FACES_A_VALUE = 5
"""A column with fewer faces a value on average names images rather than groups."""
CROSSED = ("race", "age")
"""Columns that are crossed before any other."""
CHILD_UNTIL, OLD_FROM = 17, 60
"""Ages in years; a band that lies across an edge belongs to neither (FairFace's 10-19)."""

Key = dict[str, str]


@dataclass(frozen=True)
class Share:
    """A share with Wilson's interval at 95 %.

    Attributes:
        hits: those of `count` that it counts.
        share: `hits` / `count`; None where nothing was counted.
        interval: both ends, 0 to 1; (0, 1) where nothing was counted.

    Example:
        >>> share_of(np.array([True, True, True, False])).share
        0.75
    """

    hits: int
    count: int
    share: float | None
    interval: tuple[float, float]


@dataclass(frozen=True)
class Group:
    """One group's results.

    Attributes:
        values: what its faces have in common, by column.
        count: faces.
        small: fewer than 30.
        accuracy: of both genders.
        recall: by gender.
        ece: expected calibration error; None where the group is small, since chance alone makes it large there.
        unanswered: share within the uncertain band; None without one.
    """

    values: Key
    count: int
    small: bool
    accuracy: Share
    recall: dict[str, Share]
    ece: float | None
    unanswered: Share | None


@dataclass(frozen=True)
class Worst:
    """The group of one gender, `female` or `male`, with the lowest recall."""

    gender: str
    values: Key
    recall: Share


@dataclass(frozen=True)
class Gap:
    """Two groups far apart: `measure` is `accuracy` or `recall`, `difference` a share, never negative."""

    measure: str
    better: Key
    better_share: Share
    worse: Key
    worse_share: Share
    difference: float


@dataclass(frozen=True)
class Groups:
    """Results by group; lists in the order in which tables show them.

    Attributes:
        smallest: faces from which a group is not marked.
        worst: over all groups that are not small; None where there is none.
        largest_gap: over `spreads`, and over women against men among all faces and within each group of one column.
        columns: a group for each value.
        spreads: best against worst accuracy among a column's values.
        ages: `children` and `old`, each as one group, where there is a column `age`.
        crossed: columns that `intersections` crosses (with gender, by each group's recalls).
        intersections: a group for each combination that occurs.
        missing: faces without a value, by column.
        left_out: columns of several values that are no grouping.

    Example:
        >>> path, view, split = (np.full(60, text, object) for text in ("a.jpg", "identity", "val"))
        >>> label, race = np.arange(60) % 2, np.repeat(np.array(["Black", "White"], object), 30)
        >>> scores = Scores(path, np.arange(60), label, label - 0.5, view, split, {"race": race})
        >>> [(group.values, group.accuracy.share) for group in results_by_group(scores, DecisionRule()).columns["race"]]
        [({'race': 'Black'}, 1.0), ({'race': 'White'}, 1.0)]
    """

    smallest: int
    worst: Worst | None
    largest_gap: Gap | None
    columns: dict[str, list[Group]]
    spreads: dict[str, Gap]
    ages: dict[str, Group]
    crossed: list[str]
    intersections: list[Group]
    missing: dict[str, int]
    left_out: list[str]


def results_by_group(scores: Scores, rule: DecisionRule) -> Groups | None:
    """Give results by the columns of `scores.extra`.

    Args:
        scores: labelled rows of one split and view.
        rule: threshold, calibration and band.

    Returns:
        The results; None where no column groups and none is called `age`.

    Raises:
        UserError: a label other than 0 and 1, or a logit that is NaN, in a group of 30 faces or more.
    """
    values = {name: _texts(column) for name, column in sorted(scores.extra.items())}
    columns = [name for name, texts in values.items() if _groups(texts)]
    several = [name for name in values if name not in columns and len(set(values[name]) - {""}) > 1]
    if not columns and "age" not in values:
        return None
    crossed = [*(name for name in CROSSED if name in columns), *(name for name in columns if name not in CROSSED)][:2]
    by_column = {name: list(_split(scores, rule, {name: values[name]})) for name in columns}
    intersections = list(_split(scores, rule, {name: values[name] for name in crossed})) if len(crossed) > 1 else []
    spreads = {name: gap for name, groups in by_column.items() if (gap := _spread(groups)) is not None}
    every = [group for groups in by_column.values() for group in groups]
    return Groups(
        smallest=SMALLEST,
        worst=_worst([*every, *intersections]),
        largest_gap=_largest([*spreads.values(), *_gender_gaps([measure(scores, rule, {}), *every])]),
        columns=by_column,
        spreads=spreads,
        ages=dict(_ages(scores, rule, values.get("age"))),
        crossed=crossed if intersections else [],
        intersections=intersections,
        missing={name: gone for name in columns if (gone := int((values[name] == "").sum()))},
        left_out=several,
    )


def measure(scores: Scores, rule: DecisionRule, values: Key) -> Group:
    """Compute one group's results.

    Args:
        scores: labelled rows of the group, of one view.
        rule: how logits become answers.
        values: columns and values that make the group, to be shown; empty: all faces.

    Returns:
        The results.

    Raises:
        UserError: a label other than 0 and 1, or a logit that is NaN, among 30 rows or more.
    """
    right = rule.right(scores.label, scores.logit)
    small = len(scores) < SMALLEST
    return Group(
        values=values,
        count=len(scores),
        small=small,
        accuracy=share_of(right),
        recall={name: share_of(right[scores.label == label]) for label, name in enumerate(CLASS_NAMES)},
        ece=None if small else ece(scores.label, rule.probabilities(scores.logit)),
        unanswered=share_of(~rule.answered(scores.logit)) if rule.band is not None else None,
    )


def share_of(hits: NDArray[np.bool_]) -> Share:
    """Give the share of those that are true.

    Args:
        hits: bool (N,).

    Returns:
        The share; that of None where N is 0.
    """
    count, of = int(hits.sum()), int(hits.size)
    return Share(count, of, count / of if of else None, wilson(count, of))


def years(band: str) -> tuple[float, float] | None:
    """Read the first and the last year of an age band.

    Args:
        band: such as `3-9`, `70+`, `more than 70` or `34`.

    Returns:
        Both years, the last infinite where the band is open; None of other text.
    """
    found = re.fullmatch(r"(\d+)\s*[-–]\s*(\d+)|(\d+)\s*\+|more than (\d+)|(\d+)", band.strip())
    if found is None:
        return None
    first, last, plus, more, single = found.groups()
    if first is not None:
        return float(first), float(last)
    return (float(single), float(single)) if single is not None else (float(plus or more), math.inf)


def _texts(column: NDArray[np.object_]) -> NDArray[np.object_]:
    return np.array(["" if value is None else str(value).strip() for value in column], dtype=object)


def _groups(texts: NDArray[np.object_]) -> bool:
    given = texts[texts != ""]
    return 1 < len(set(given)) <= MOST_VALUES and len(given) >= FACES_A_VALUE * len(set(given))


def _order(value: str) -> tuple[float, str]:
    # Ages by year, all else by name.
    span = years(value)
    return (span[0], value) if span is not None else (math.inf, value)


def _split(scores: Scores, rule: DecisionRule, columns: dict[str, NDArray[np.object_]]) -> Iterator[Group]:
    """A group for each combination of values that occurs."""
    rows: dict[tuple[str, ...], list[int]] = {}
    for row, key in enumerate(zip(*columns.values(), strict=True)):
        rows.setdefault(key, []).append(row)
    for key in sorted(rows, key=lambda key: [_order(value) for value in key]):
        if "" not in key:
            yield measure(scores.take(np.array(rows[key])), rule, dict(zip(columns, key, strict=True)))


def _ages(scores: Scores, rule: DecisionRule, ages: NDArray[np.object_] | None) -> Iterator[tuple[str, Group]]:
    spans = {value: span for value in set(ages) if (span := years(value))} if ages is not None else {}
    sides = {
        "children": [value for value, span in spans.items() if span[1] <= CHILD_UNTIL],
        "old": [value for value, span in spans.items() if span[0] >= OLD_FROM],
    }
    for name, bands in sides.items():
        if ages is not None and bands:
            joined = ", ".join(sorted(bands, key=_order))
            yield name, measure(scores.take(np.isin(ages, bands)), rule, {"age": joined})


def _counted(share: Share) -> bool:
    return share.count >= SMALLEST


def _worst(groups: Iterable[Group]) -> Worst | None:
    each = [Worst(gender, g.values, recall) for g in groups for gender, recall in g.recall.items() if _counted(recall)]
    return min(each, key=lambda worst: (worst.recall.share or 0.0, -worst.recall.count), default=None)


def _gap(measured: str, one: tuple[Key, Share], other: tuple[Key, Share]) -> Gap:
    worse, better = sorted((one, other), key=lambda pair: pair[1].share or 0.0)
    return Gap(measured, *better, *worse, difference=(better[1].share or 0.0) - (worse[1].share or 0.0))


def _spread(groups: Sequence[Group]) -> Gap | None:
    ranked = sorted((g for g in groups if _counted(g.accuracy)), key=lambda g: g.accuracy.share or 0.0)
    if len(ranked) < 2:
        return None
    low, high = ranked[0], ranked[-1]
    return _gap("accuracy", (low.values, low.accuracy), (high.values, high.accuracy))


def _gender_gaps(groups: Iterable[Group]) -> Iterator[Gap]:
    for group in groups:
        if all(map(_counted, group.recall.values())):
            one, other = (({"gender": name, **group.values}, recall) for name, recall in group.recall.items())
            yield _gap("recall", one, other)


def _largest(gaps: Iterable[Gap]) -> Gap | None:
    return max(gaps, key=lambda gap: gap.difference, default=None)
