"""Selective prediction: leaving the unsure cases unanswered so that the answers given are right often enough.

Source: El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 2010; the rule by
confidence as in Geifman and El-Yaniv, NeurIPS 2017, section 3, without its bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier.metrics.classification import checked, wilson


@dataclass(frozen=True)
class Band:
    """Calibrated probabilities between which the model does not answer.

    Attributes:
        low: lower end; what lies strictly between the ends is left unanswered.
        high: upper end.
        accuracy: share of right answers where the band was chosen, 0 to 1.
        coverage: share of faces answered there, 0 to 1.

    Example:
        >>> band = choose_band([0, 1, 0, 1], [0.1, 0.4, 0.6, 0.9], wanted=0.95)
        >>> print(band.low, band.high, band.accuracy, band.coverage)
        0.25 0.75 1.0 0.5
    """

    low: float
    high: float
    accuracy: float
    coverage: float


def choose_band(
    labels: ArrayLike, probabilities: ArrayLike, wanted: float, thresholds: Sequence[float] = (0.5,)
) -> Band | None:
    """Choose the narrowest band about 0.5 outside which answers are right with at least the share `wanted`.

    Args:
        labels: (N,), 0 or 1.
        probabilities: calibrated, of label 1, (N,).
        wanted: accuracy of the answers, 0 to 1.
        thresholds: calibrated probabilities from which the model answers male, single view and TTA: they lie in
            the band, so that no answer ever contradicts its own probability.

    Returns:
        The band; None where no band does: even the surest answers are wrong too often.

    Raises:
        UserError: labels or probabilities that cannot be used (`classification.checked`).
    """
    y, p = checked(labels, probabilities)
    # 0.175 and 0.825 are equally sure, which floats deny in their last digit.
    sureness = np.round(np.abs(p - 0.5), 12)
    least = max(abs(threshold - 0.5) for threshold in thresholds)
    order = np.argsort(-sureness, kind="stable")
    right = np.cumsum((p >= 0.5)[order] == (y == 1)[order])
    answered = np.arange(1, y.size + 1)
    # Equal probabilities are answered together or not at all.
    last = np.append(sureness[order][:-1] > sureness[order][1:], True)
    good = last & (right >= wanted * answered) & (sureness[order] >= least)
    if not good.any():
        return None
    count = int(answered[good][-1])
    inner = sureness[order][count] if count < y.size else 0.0
    half = max(least, float(sureness[order][count - 1] + inner) / 2)
    return Band(0.5 - half, 0.5 + half, float(right[count - 1] / count), count / y.size)


STEP = 0.005
"""Between the shares of right answers for which a model file holds a band."""


def band_curve(
    labels: ArrayLike, probabilities: ArrayLike, thresholds: Sequence[float] = (0.5,)
) -> list[tuple[float, Band]]:
    """Choose a band for each share of right answers that can be wanted, from that without a band to the most reached.

    Args:
        labels: (N,), 0 or 1.
        probabilities: calibrated, of label 1, (N,).
        thresholds: as in `choose_band`.

    Returns:
        Shares, multiples of `STEP`, rising, and their bands; empty where even the surest answers are too often
        wrong.

    Raises:
        UserError: labels or probabilities that cannot be used (`classification.checked`).
    """
    y, p = checked(labels, probabilities)
    plain = float(((p >= 0.5) == (y == 1)).mean())
    chosen: list[tuple[float, Band]] = []
    for number in range(math.floor(plain / STEP + 1e-9), round(1 / STEP) + 1):
        wanted = round(number * STEP, 6)
        band = choose_band(y, p, wanted, thresholds)
        if band is None:
            break
        chosen.append((wanted, band))
    return chosen


@dataclass(frozen=True)
class Kept:
    """Whether the answers given are right as often as was promised, on faces that had no part in the promise.

    Attributes:
        wanted: share of right answers promised, 0 to 1.
        kept: the share on these faces reaches it; None where nothing was answered.
        sure: the share's interval at 95 % lies wholly on that side, so that chance alone does not explain it.

    Example:
        >>> promise_kept(970, 1000, wanted=0.95)
        Kept(wanted=0.95, kept=True, sure=True)
    """

    wanted: float
    kept: bool | None
    sure: bool


def promise_kept(right: int, answered: int, wanted: float) -> Kept:
    """Tell whether a share of right answers was kept, by Wilson's interval at 95 %.

    Args:
        right: answers that were right.
        answered: answers, at least as many.
        wanted: share that was promised, 0 to 1.

    Returns:
        Whether it was, and whether that is sure; neither where nothing was answered.
    """
    if not answered:
        return Kept(wanted, None, False)
    low, high = wilson(right, answered)
    return Kept(wanted, right / answered >= wanted, not low < wanted <= high)


@dataclass(frozen=True)
class RiskCoverage:
    """Risk against coverage, from the surest answer to all: a point wherever sureness changes.

    Attributes:
        coverage: share of faces answered, (M,), rising to 1.
        risk: share of wrong answers among them, (M,).
        area: mean risk over all coverages, 0 to 1 (AURC).

    Example:
        >>> found = risk_coverage([True, False], [0.9, 0.4])
        >>> found.coverage.tolist(), found.risk.tolist(), found.area
        ([0.5, 1.0], [0.0, 0.5], 0.25)
    """

    coverage: NDArray[np.float64]
    risk: NDArray[np.float64]
    area: float


def risk_coverage(right: ArrayLike, probabilities: ArrayLike) -> RiskCoverage:
    """Compute the curve of risk where the faces nearest to a probability of 0.5 are left unanswered first.

    Source: El-Yaniv and Wiener, JMLR 2010; the area after Geifman, Uziel and El-Yaniv, ICLR 2019.

    Args:
        right: whether each answer is, bool (N,), N at least 1.
        probabilities: calibrated, of label 1, (N,).

    Returns:
        Risk by coverage, and the area under it.

    Raises:
        UserError: as many answers as probabilities are needed, one at least, and finite probabilities.
    """
    good, p = checked(np.asarray(right, bool), probabilities)
    sureness = np.round(np.abs(p - 0.5), 12)  # as in choose_band
    order = np.argsort(-sureness, kind="stable")
    ranked = sureness[order]
    # Equal sureness is answered together or not at all: the curve is straight between such points.
    last = np.flatnonzero(np.append(ranked[:-1] > ranked[1:], True))
    answered = last + 1.0
    wrong = np.cumsum(1 - good[order])[last]
    risk = wrong / answered
    area = float((risk * np.diff(answered, prepend=0.0)).sum() / good.size)
    return RiskCoverage(answered / good.size, risk, area)
