"""Metrics of binary decisions, their intervals, and paired tests. Male is the positive class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier.errors import UserError


def checked(labels: ArrayLike, logits: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Give labels (N,) of 0 and 1 and finite logits (N,) as arrays.

    Args:
        labels: of 0 and 1.
        logits: as many.

    Raises:
        UserError: lengths differ, nothing there, a label that is neither 0 nor 1, or a logit that is no number.
    """
    y, z = np.asarray(labels, np.int64), np.asarray(logits, np.float64)
    if y.shape != z.shape or y.ndim != 1:
        raise UserError(f"scores: {y.shape} labels but {z.shape} logits")
    if y.size == 0:
        raise UserError("scores: no labelled rows to compute metrics from")
    if not np.isin(y, (0, 1)).all():
        raise UserError("scores: labels must be 0 (female) or 1 (male)")
    if not np.isfinite(z).all():
        raise UserError(f"scores: {int((~np.isfinite(z)).sum())} of {z.size} logits are not finite numbers")
    return y, z


def roc_auc(labels: ArrayLike, logits: ArrayLike) -> float:
    """Give the area under the ROC curve, ties counted half; NaN where one class is missing.

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,); any rising function of them gives the same.
    """
    y, z = checked(labels, logits)
    positive = int(y.sum())
    if positive in (0, y.size):
        return math.nan
    _values, inverse, counts = np.unique(z, return_inverse=True, return_counts=True)
    # Mean rank of each distinct value (Mann and Whitney's U).
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    return float((ranks[y == 1].sum() - positive * (positive + 1) / 2.0) / (positive * (y.size - positive)))


def metrics_from_counts(tp: int, fp: int, tn: int, fn: int) -> dict[str, float]:
    """Compute metrics of a confusion matrix; a ratio whose denominator is 0 is 0.

    Args:
        tp: men said to be men; male is the positive class.
        fp: women said to be men.
        tn: women said to be women.
        fn: men said to be women.
    """

    def ratio(part: float, whole: float) -> float:
        return part / whole if whole else 0.0

    recall, recall_female = ratio(tp, tp + fn), ratio(tn, tn + fp)
    precision, precision_female = ratio(tp, tp + fp), ratio(tn, tn + fn)
    f1 = ratio(2 * precision * recall, precision + recall)
    f1_female = ratio(2 * precision_female * recall_female, precision_female + recall_female)
    return {
        "count": tp + fp + tn + fn,
        "accuracy": ratio(tp + tn, tp + fp + tn + fn),
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "f1_macro": (f1 + f1_female) / 2.0,
        "recall_female": recall_female,
        "balanced_accuracy": (recall + recall_female) / 2.0,
        "tp": tp,
        "fp": fp,
        "tn": tn,
        "fn": fn,
    }


def metrics_at(labels: ArrayLike, logits: ArrayLike, threshold_logit: float) -> dict[str, float]:
    """Compute metrics where `logit >= threshold_logit` means male; see `metrics_from_counts`, and `roc_auc`.

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,).
        threshold_logit: from which the answer is male.
    """
    y, z = checked(labels, logits)
    said = z >= threshold_logit
    tp, fp = int((said & (y == 1)).sum()), int((said & (y == 0)).sum())
    counted = metrics_from_counts(tp, fp, int((y == 0).sum()) - fp, int((y == 1).sum()) - tp)
    return {**counted, "roc_auc": roc_auc(y, z)}


def wilson(successes: int, count: int, confidence: float = 0.95) -> tuple[float, float]:
    """Compute Wilson's score interval of a share (Wilson, JASA 1927); (0, 1) where nothing was counted.

    Args:
        successes: 0 to `count`.
        count: of trials.
        confidence: between 0 and 1.

    Returns:
        Both ends, 0 to 1.
    """
    if count == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1.0 + confidence) / 2.0)
    share = successes / count
    centre = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    # At none and at all the interval ends there; rounding would put it a hair inside.
    low = 0.0 if successes == 0 else (centre - half) / scale
    high = 1.0 if successes == count else (centre + half) / scale
    return low, high


@dataclass(frozen=True)
class McNemar:
    """Paired comparison: `only_a` and `only_b` images that only one has right; `p` two-sided, exact."""

    only_a: int
    only_b: int
    p: float


def mcnemar(correct_a: ArrayLike, correct_b: ArrayLike) -> McNemar:
    """Compute McNemar's exact test on the same images, bool (N,) each (McNemar, Psychometrika 1947).

    Args:
        correct_a: which images the one model has right.
        correct_b: which the other has.
    """
    a, b = np.asarray(correct_a, bool), np.asarray(correct_b, bool)
    only_a, only_b = int((a & ~b).sum()), int((b & ~a).sum())
    n, k = only_a + only_b, min(only_a, only_b)
    # Whole numbers: the sum of n over i, each term from the one before, never overflows or rounds.
    term = tail = 1
    for i in range(k):
        term = term * (n - i) // (i + 1)
        tail += term
    return McNemar(only_a, only_b, min(1.0, 2 * tail / 2**n))


def holm(p: ArrayLike) -> list[float]:
    """Adjust p values for their number, in the same order (Holm, Scandinavian Journal of Statistics 1979)."""
    given = np.asarray(p, np.float64)
    order = np.argsort(given, kind="stable")
    stepped = np.maximum.accumulate(given[order] * np.arange(given.size, 0, -1))
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Give the mean and half the width of Student's t interval; NaN for fewer than two values.

    Args:
        values: at least two.
        confidence: between 0 and 1.
    """
    x = np.asarray(values, np.float64)
    if x.size < 2:
        return float(x.mean()), math.nan
    from scipy.stats import t

    half = float(t.ppf((1 + confidence) / 2, x.size - 1)) * float(x.std(ddof=1)) / math.sqrt(x.size)
    return float(x.mean()), half
