"""The threshold sweep: over all distinct scores, not a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier.errors import UserError
from gender_classifier.metrics.classification import checked

Counts = NDArray[np.float64]

OfEquals = Literal["middle", "half"]
"""Which of equally good cuts: see `sweep`."""

AUTO = "auto"
"""Metric that depends on the classes: see `metric_for`."""

UNEVEN = 0.4
"""Share of the smaller class below which classes count as uneven."""


@dataclass(frozen=True)
class Threshold:
    """A cut: male from `logit` on.

    Attributes:
        probability: the logit's sigmoid, 0 to 1, without calibration.
        metric: name of the metric that chose it; `accuracy`, say, where `auto` was asked for.
        value: of that metric at the cut.

    Example:
        >>> best = sweep([0, 0, 1, 1], [-3.0, -1.0, 2.0, 3.0])
        >>> best.logit, best.metric, best.value
        (0.5, 'accuracy', 1.0)
    """

    logit: float
    probability: float
    metric: str
    value: float


def _ratio(part: Counts, whole: Counts) -> Counts:
    return np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)


def _f1(tp: Counts, fp: Counts, fn: Counts) -> Counts:
    return _ratio(2 * tp, 2 * tp + fp + fn)


_METRICS: dict[str, Callable[[Counts, Counts, Counts, Counts], Counts]] = {
    "accuracy": lambda tp, fp, tn, fn: (tp + tn) / (tp + fp + tn + fn),
    "f1": lambda tp, fp, tn, fn: _f1(tp, fp, fn),
    "f1_macro": lambda tp, fp, tn, fn: (_f1(tp, fp, fn) + _f1(tn, fn, fp)) / 2,
    "balanced_accuracy": lambda tp, fp, tn, fn: (_ratio(tp, tp + fn) + _ratio(tn, tn + fp)) / 2,
    # Highest where women and men are recognised equally often.
    "worst_recall": lambda tp, fp, tn, fn: np.minimum(_ratio(tp, tp + fn), _ratio(tn, tn + fp)),
    "youden_j": lambda tp, fp, tn, fn: _ratio(tp, tp + fn) + _ratio(tn, tn + fp) - 1,
    "precision": lambda tp, fp, tn, fn: _ratio(tp, tp + fp),
    "recall": lambda tp, fp, tn, fn: _ratio(tp, tp + fn),
    "recall_female": lambda tp, fp, tn, fn: _ratio(tn, tn + fp),
}


def cuts(labels: ArrayLike, logits: ArrayLike) -> tuple[NDArray[np.float64], tuple[Counts, Counts, Counts, Counts]]:
    """List every cut that decides differently, and what is right and wrong at each.

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,).

    Returns:
        Cuts as logits (M,), rising; and tp, fp, tn, fn at each, float64 (M,). M is the number of distinct logits
        plus one: the first cut lies below all logits (all male), the last above all (all female), the others in
        the middle between neighbours.

    Raises:
        UserError: labels or logits that cannot be used (`classification.checked`).
    """
    y, z = checked(labels, logits)
    values, inverse = np.unique(z, return_inverse=True)
    men = np.bincount(inverse, weights=y, minlength=values.size)
    women = np.bincount(inverse, weights=1 - y, minlength=values.size)
    fn = np.concatenate([[0.0], np.cumsum(men)])
    tn = np.concatenate([[0.0], np.cumsum(women)])
    between = values[:-1] / 2 + values[1:] / 2
    # Rounding may put the middle of two neighbours on the lower one, which would then count as male.
    between = np.where(between > values[:-1], between, values[1:])
    above = max(values[-1] + 1.0, np.nextafter(values[-1], np.inf))
    at = np.concatenate([[values[0] - 1.0], between, [above]])
    return at, (men.sum() - fn, women.sum() - tn, tn, fn)


def metric_for(metric: str, labels: ArrayLike) -> str:
    """Give the metric that `auto` stands for on these labels; any other is itself.

    Where the smaller class has less than `UNEVEN` of the labels, the cut of best accuracy hardly sees that class
    and may leave it out altogether; balanced accuracy weighs both alike. Else, and where there is one class only,
    it is accuracy.

    Args:
        metric: a metric's name, or `auto`.
        labels: (N,) of 0 and 1.

    Returns:
        A metric's name: `balanced_accuracy` or `accuracy` for `auto`.
    """
    if metric != AUTO:
        return metric
    men = float(np.mean(np.asarray(labels) == 1))
    return "balanced_accuracy" if 0 < min(men, 1 - men) < UNEVEN else "accuracy"


def curve(labels: ArrayLike, logits: ArrayLike, metric: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Compute a metric at every cut.

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,).
        metric: its name, as `accuracy`, `balanced_accuracy`, `f1` or `worst_recall`; not `auto` (`metric_for`).

    Returns:
        Cuts as logits (M,), rising (`cuts`), and the metric's value at each, float64 (M,).

    Raises:
        UserError: an unknown metric, or labels or logits that cannot be used (`classification.checked`).
    """
    _check_known(metric)
    at, counts = cuts(labels, logits)
    return at, _METRICS[metric](*counts)


def value_of(metric: str, tp: float, fp: float, tn: float, fn: float) -> float:
    """Compute a metric from counts, or from shares of all images.

    Args:
        metric: its name, as for `curve`.
        tp: men answered male.
        fp: women answered male.
        tn: women answered female.
        fn: men answered female.

    Returns:
        The metric's value, 0 to 1 (`youden_j`: -1 to 1).

    Raises:
        UserError: an unknown metric.
    """
    _check_known(metric)
    return float(_METRICS[metric](*(np.array([count], np.float64) for count in (tp, fp, tn, fn)))[0])


def _check_known(metric: str) -> None:
    if metric not in _METRICS:
        raise UserError(f"threshold metric `{metric}` is not known; known are {', '.join(_METRICS)}")


def sweep(
    labels: ArrayLike,
    logits: ArrayLike,
    metric: str = "accuracy",
    target: float | None = None,
    tolerance: float = 0.0,
    of_equals: OfEquals = "half",
) -> Threshold:
    """Choose the best cut by a metric, and of equals one by a rule.

    With `tolerance` those count as equals that lie within so many standard errors of the best: few images
    cannot tell such cuts apart, and the best of them by chance does worse on others (the one-standard-error rule:
    Breiman et al., "Classification and Regression Trees", 1984, section 3.4.3). The middle of them changes less from
    sample to sample than the best cut does, and is right more often on other images (`benchmarks/thresholds.py`).

    `precision` needs `target`: the cut of highest recall among those that reach that precision
    (or, where none does, of highest precision).

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,).
        metric: a metric's name (`curve`), or `auto`.
        target: precision that is wanted, 0 to 1; None for all other metrics, which do not look at it.
        tolerance: standard errors; `precision` does not look at it.
        of_equals: `half` for the one nearest to probability 0.5, `middle` for the one nearest to the middle, as
            logits, between the first of them and the last.

    Returns:
        The cut, the metric's name, and its value there.

    Raises:
        UserError: an unknown metric, `precision` without a target, or scores that cannot be used.
    """
    metric = metric_for(metric, labels)
    at, values = curve(labels, logits, metric)
    ranked = values
    if metric == "precision":
        if target is None:
            raise UserError("threshold metric `precision` needs the precision wanted, for example 0.98")
        reached = values >= target
        if reached.any():
            ranked = np.where(reached, curve(labels, logits, "recall")[1], -1.0)
    slack = 0.0
    if tolerance > 0 and metric != "precision":  # a precision that was asked for is kept
        slack = tolerance * _standard_error(labels, logits, metric, int(ranked.argmax()))
    best = np.flatnonzero(ranked >= ranked.max() - 1e-12 - slack)
    wanted = at[best[0]] / 2 + at[best[-1]] / 2 if of_equals == "middle" else 0.0
    chosen = int(best[np.argmin(np.abs(at[best] - wanted))])
    logit = float(at[chosen])
    return Threshold(logit, float(sigmoid(logit)), metric, float(values[chosen]))


def _standard_error(labels: ArrayLike, logits: ArrayLike, metric: str, cut: int, draws: int = 400) -> float:
    """Deviation of a metric at the cut of that number, over draws of as many women and men with the same recalls."""
    tp, fp, tn, fn = (int(count[cut]) for count in cuts(labels, logits)[1])
    rng = np.random.default_rng(0)
    # Half an image on either side: a recall of 100 % on twenty images is not without error.
    men = rng.binomial(tp + fn, (tp + 0.5) / (tp + fn + 1.0), draws).astype(np.float64)
    women = rng.binomial(tn + fp, (tn + 0.5) / (tn + fp + 1.0), draws).astype(np.float64)
    return float(_METRICS[metric](men, (tn + fp) - women, women, (tp + fn) - men).std())


def sigmoid(logits: ArrayLike) -> NDArray[np.float64]:
    """Give the probability of male from logits, without overflow.

    Args:
        logits: any shape.

    Returns:
        float64, same shape, 0 to 1.
    """
    z = np.asarray(logits, np.float64)
    return np.asarray(np.exp(-np.logaddexp(0.0, -z)), np.float64)
