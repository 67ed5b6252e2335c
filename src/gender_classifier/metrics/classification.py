"""Metrics of binary decisions, their intervals, and paired tests. Male is the positive class."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier.errors import UserError


def checked(labels: ArrayLike, logits: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Check labels and logits, and give them as arrays.

    Args:
        labels: (N,), 0 (female) or 1 (male), N at least 1.
        logits: as many; or any other number for each label, as probabilities.

    Returns:
        Labels, int64 (N,), and logits, float64 (N,), finite.

    Raises:
        UserError: lengths differ, nothing there, a label that is neither 0 nor 1, or a logit that is no finite number.
    """
    y, z = np.asarray(labels), np.asarray(logits, np.float64)
    if y.shape != z.shape or y.ndim != 1:
        raise UserError(f"scores: {y.shape} labels but {z.shape} logits")
    if y.size == 0:
        raise UserError("scores: no labelled rows to compute metrics from")
    if not np.isin(y, (0, 1)).all():
        raise UserError("scores: labels must be 0 (female) or 1 (male)")
    if not np.isfinite(z).all():
        raise UserError(f"scores: {int((~np.isfinite(z)).sum())} of {z.size} logits are not finite numbers")
    return y.astype(np.int64), z


def roc_auc(labels: ArrayLike, logits: ArrayLike) -> float:
    """Compute the area under the ROC curve, ties counted half.

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,); any rising function of them gives the same.

    Returns:
        0 to 1, 0.5 by chance; NaN where one class is missing.

    Raises:
        UserError: labels or logits that cannot be used (`checked`).
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

    Returns:
        By name: `count` of all faces; shares, 0 to 1, `accuracy`, `precision`, `recall`, `f1` (of men), `f1_macro`,
        `recall_female`, `balanced_accuracy`; and the four counts as they were given.
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
    """Compute metrics where `logit >= threshold_logit` means male.

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,).
        threshold_logit: from which the answer is male.

    Returns:
        By name: what `metrics_from_counts` gives, and `roc_auc`.

    Raises:
        UserError: labels or logits that cannot be used (`checked`).
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
    """McNemar's exact test of two models on the same images.

    Attributes:
        only_a: images that only the first model has right.
        only_b: images that only the second has right.
        p: two-sided, 0 to 1: how often chance alone would part two equally good models so far.

    Example:
        >>> mcnemar([True, True, True], [True, False, False])
        McNemar(only_a=2, only_b=0, p=0.5)
    """

    only_a: int
    only_b: int
    p: float


def mcnemar(correct_a: ArrayLike, correct_b: ArrayLike) -> McNemar:
    """Compute McNemar's exact test of two models on the same images (McNemar, Psychometrika 1947).

    Args:
        correct_a: which images the first model has right, bool (N,).
        correct_b: which the second has, in the same order.

    Returns:
        The images that only one has right, and the p value; it is 1 where there are none.
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
    """Adjust p values for their number (Holm, Scandinavian Journal of Statistics 1979).

    Args:
        p: (M,), 0 to 1, one a test.

    Returns:
        Adjusted p values in the same order, each at least as large as before, 1 at most.
    """
    given = np.asarray(p, np.float64)
    order = np.argsort(given, kind="stable")
    stepped = np.maximum.accumulate(given[order] * np.arange(given.size, 0, -1))
    adjusted = np.empty_like(given)
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> tuple[float, float]:
    """Compute the mean of some values, and half the width of Student's t interval of it.

    Args:
        values: (N,), N at least 1.
        confidence: between 0 and 1.

    Returns:
        The mean, and half the width; that is NaN for one value alone.
    """
    x = np.asarray(values, np.float64)
    if x.size < 2:
        return float(x.mean()), math.nan
    from scipy.stats import t

    half = float(t.ppf((1 + confidence) / 2, x.size - 1)) * float(x.std(ddof=1)) / math.sqrt(x.size)
    return float(x.mean()), half
