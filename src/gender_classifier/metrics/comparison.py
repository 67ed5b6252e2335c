"""Models side by side on the same images: paired tests and intervals of differences.

McNemar's exact test for what is counted (accuracy, the recalls); for the rest a paired bootstrap of the difference.
Where there are more than two models, p values are also given by Holm's correction, within each metric over all pairs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import ece
from gender_classifier.metrics.classification import (
    checked,
    holm,
    mcnemar,
    metrics_at,
    wilson,
)
from gender_classifier.metrics.contenders import Contender
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.groups import Groups, Key, results_by_group
from gender_classifier.metrics.majority import Majority, beside_majority
from gender_classifier.metrics.scores import Scores

METRICS = ("accuracy", "recall_female", "recall", "balanced_accuracy", "roc_auc", "ece")
COUNTED: dict[str, tuple[int, ...]] = {"accuracy": (0, 1), "recall_female": (0,), "recall": (1,)}
"""Metrics that count images, and the labels of those that they count."""
DRAWS = 2000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Measured:
    """A model's metrics.

    Attributes:
        name: of the model.
        threshold: logit from which it says male.
        values: by metric (`METRICS`), 0 to 1.
        intervals: at 95 %: Wilson's where images are counted, else of the bootstrap.
        majority: the model beside always saying the larger class.
    """

    name: str
    threshold: float
    values: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    majority: Majority


@dataclass(frozen=True)
class Difference:
    """A metric of one model less that of another.

    Attributes:
        metric: one of `METRICS`.
        a: name of a model.
        b: name of the other.
        difference: the metric of `b` less that of `a`.
        interval: of the difference, the bootstrap's at 95 %.
        p: two-sided.
        adjusted: `p` by Holm's correction over all pairs; None where only two models are compared.
        test: which test `p` is of, `McNemar, exact` or `bootstrap`.
        only_a: images that only `a` has right; None where the test is not McNemar's.
        only_b: images that only `b` has right.
    """

    metric: str
    a: str
    b: str
    difference: float
    interval: tuple[float, float]
    p: float
    adjusted: float | None
    test: str
    only_a: int | None = None
    only_b: int | None = None


@dataclass(frozen=True)
class GroupDifference:
    """Accuracy on a group's faces by one model less that by another.

    Attributes:
        values: column and value that make the group.
        count: of its faces.
        a: name of a model.
        b: name of the other.
        difference: accuracy of `b` less that of `a`.
        only_a: faces that only `a` has right.
        only_b: faces that only `b` has right.
        p: McNemar's, two-sided; None of a group of fewer than 30 faces.
        adjusted: by Holm's correction over the groups that are not small; None where `p` is.
    """

    values: Key
    count: int
    a: str
    b: str
    difference: float
    only_a: int
    only_b: int
    p: float | None
    adjusted: float | None


@dataclass(frozen=True)
class Comparison:
    """All that a comparison found.

    Attributes:
        faces: the table of the faces compared: labels and manifest columns, with the first model's logits.
        models: each one's metrics, in the order of the contenders.
        differences: by metric (`METRICS`), and of each by pair.
        groups: by model's name; empty where no column groups faces.
        group_differences: of each further model from the first.
        draws: of the bootstrap.

    Example:
        >>> names, view, split = (np.full(2, text, object) for text in ("a.jpg", "identity", "val"))
        >>> tables = [Scores(names, np.arange(2), np.arange(2), np.arange(2) - x, view, split) for x in (0.5, -1.0)]
        >>> both = [Contender(name, table, DecisionRule()) for name, table in zip("ab", tables)]
        >>> [model.values["accuracy"] for model in compare(both, draws=100).models]
        [1.0, 0.5]
    """

    faces: Scores
    models: list[Measured]
    differences: list[Difference]
    groups: dict[str, Groups]
    group_differences: list[GroupDifference]
    draws: int


def compare(
    contenders: Sequence[Contender], draws: int = DRAWS, seed: int = 0, tick: Callable[[], None] | None = None
) -> Comparison:
    """Compare models on the same faces, of which some are women and some men.

    The bootstrap draws women and men apart, as many of each as there are: their shares are of the set's making, and a
    recall is defined in each draw. Images count as independent: several of one person make intervals too narrow.

    Args:
        contenders: two or more, on the same faces in the same order (`same_faces`).
        draws: of the bootstrap, at least 1.
        seed: of the draws.
        tick: called without arguments after each draw; None: nothing is.

    Returns:
        Metrics of each model, differences of each pair, and both by group.

    Raises:
        UserError: one class only, or logits that are not finite numbers.
    """
    labels = contenders[0].scores.label
    for contender in contenders:
        checked(labels, contender.scores.logit)
    if not 0 < labels.sum() < labels.size:
        raise UserError("compare: all labelled images are of one class; both women and men are needed")
    drawn = _bootstrap(contenders, labels, draws, seed, tick)
    models = [_measured(c, labels, sample) for c, sample in zip(contenders, drawn, strict=True)]
    groups = {c.name: found for c in contenders if (found := results_by_group(c.scores, c.rule)) is not None}
    return Comparison(
        contenders[0].scores,
        models,
        _differences(contenders, labels, models, drawn),
        groups,
        _group_differences(contenders, groups),
        draws,
    )


def _metrics(labels: NDArray[np.int64], logits: NDArray[np.float64], rule: DecisionRule) -> list[float]:
    at = metrics_at(labels, logits, rule.threshold)
    at["ece"] = ece(labels, rule.probabilities(logits))
    return [at[name] for name in METRICS]


def _bootstrap(
    contenders: Sequence[Contender],
    labels: NDArray[np.int64],
    draws: int,
    seed: int,
    tick: Callable[[], None] | None,
) -> NDArray[np.float64]:
    """Metrics of each draw, (models, draws, metrics); a draw is the same images for all models."""
    rng = np.random.default_rng(seed)
    classes = [np.flatnonzero(labels == label) for label in (0, 1)]
    found = np.empty((len(contenders), draws, len(METRICS)))
    for draw in range(draws):
        rows = np.concatenate([rng.choice(of_class, of_class.size) for of_class in classes])
        for place, contender in enumerate(contenders):
            found[place, draw] = _metrics(labels[rows], contender.scores.logit[rows], contender.rule)
        if tick is not None:
            tick()
    return found


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 % of the draws (percentile interval: Efron and Tibshirani 1993, section 13.3)."""
    low, high = np.quantile(values, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def _measured(contender: Contender, labels: NDArray[np.int64], sample: NDArray[np.float64]) -> Measured:
    values = dict(zip(METRICS, _metrics(labels, contender.scores.logit, contender.rule), strict=True))
    right = contender.rule.right(labels, contender.scores.logit)
    intervals = {name: _interval(sample[:, place]) for place, name in enumerate(METRICS)}
    for name, counted in COUNTED.items():
        of = right[np.isin(labels, counted)]
        intervals[name] = wilson(int(of.sum()), of.size)
    majority = beside_majority(metrics_at(labels, contender.scores.logit, contender.rule.threshold))
    return Measured(contender.name, contender.rule.threshold, values, intervals, majority)


def _differences(
    contenders: Sequence[Contender],
    labels: NDArray[np.int64],
    models: Sequence[Measured],
    drawn: NDArray[np.float64],
) -> list[Difference]:
    found = []
    right = [c.rule.right(labels, c.scores.logit) for c in contenders]
    pairs = list(combinations(range(len(contenders)), 2))
    for place, metric in enumerate(METRICS):
        rows: list[dict[str, Any]] = []
        for a, b in pairs:
            apart = drawn[b, :, place] - drawn[a, :, place]
            row = {
                "difference": models[b].values[metric] - models[a].values[metric],
                "interval": _interval(apart),
                "p": _sign_p(apart),
                "test": "bootstrap",
            }
            if metric in COUNTED:
                of = np.isin(labels, COUNTED[metric])
                test = mcnemar(right[a][of], right[b][of])
                row |= {"p": test.p, "test": "McNemar, exact", "only_a": test.only_a, "only_b": test.only_b}
            rows.append({"a": models[a].name, "b": models[b].name, **row})
        adjusted: Sequence[float | None] = holm([row["p"] for row in rows]) if len(rows) > 1 else [None]
        found += [Difference(metric, adjusted=p, **row) for p, row in zip(adjusted, rows, strict=True)]
    return found


def _sign_p(apart: NDArray[np.float64]) -> float:
    """Two-sided: twice the smaller share of draws on either side of zero, none counted as one (1 at most)."""
    low, high = int((apart <= 0).sum()), int((apart >= 0).sum())
    return min(1.0, 2 * (min(low, high) + 1) / (apart.size + 1))


def _group_differences(contenders: Sequence[Contender], groups: Mapping[str, Groups]) -> list[GroupDifference]:
    """Each group of one column, each model against the first."""
    first = contenders[0]
    if first.name not in groups:
        return []
    found: list[GroupDifference] = []
    for other in contenders[1:]:
        each = (group for column in groups[first.name].columns.values() for group in column)
        rows = [_group_difference(first, other, group.values, group.small) for group in each]
        adjusted = iter(holm([row.p for row in rows if row.p is not None]))
        found += [replace(row, adjusted=next(adjusted)) if row.p is not None else row for row in rows]
    return found


def _group_difference(a: Contender, b: Contender, values: Key, small: bool) -> GroupDifference:
    (column, value), *_ = values.items()
    of = np.array([str(given).strip() == value if given is not None else False for given in a.scores.extra[column]])
    right = [c.rule.right(c.scores.label, c.scores.logit)[of] for c in (a, b)]
    test = mcnemar(*right)
    apart = float(right[1].mean() - right[0].mean())
    p = None if small else test.p
    return GroupDifference(values, int(of.sum()), a.name, b.name, apart, test.only_a, test.only_b, p, None)


def furthest_group(comparison: Comparison) -> GroupDifference | None:
    """Find the group, not small, on which a model differs most from the first.

    Args:
        comparison: of any models.

    Returns:
        The group's difference of largest size; None where there are no groups, or only small ones.
    """
    large = [group for group in comparison.group_differences if group.p is not None]
    return max(large, key=lambda group: math.fabs(group.difference), default=None)
