"""Selective prediction: leaving the unsure cases unanswered so that the answers given are right often enough.

Source: El-Yaniv and Wiener, "On the Foundations of Noise-free Selective Classification", JMLR 2010; the rule by
confidence as in Geifman and El-Yaniv, NeurIPS 2017, section 3, without its bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from gender_classifier.evidence.metrics import checked


@dataclass(frozen=True)
class Band:
    """Calibrated probabilities strictly between ``low`` and ``high`` are left unanswered.

    ``accuracy`` is that of the answers, ``coverage`` the share answered, both where the band was chosen; 0 to 1.
    """

    low: float
    high: float
    accuracy: float
    coverage: float


def choose_band(
    labels: ArrayLike, probabilities: ArrayLike, wanted: float, thresholds: Sequence[float] = (0.5,)
) -> Band | None:
    """The narrowest band about 0.5 outside which answers are right with at least the share ``wanted``.

    Args:
        labels: (N,), 0 or 1.
        probabilities: calibrated, of label 1, (N,).
        wanted: accuracy of the answers, 0 to 1.
        thresholds: calibrated probabilities from which the model answers male, single view and TTA: they lie in
            the band, so that no answer ever contradicts its own probability.

    Returns:
        None where no band does: even the surest answers are wrong too often.
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
    half = max(least, (sureness[order][count - 1] + inner) / 2)
    return Band(0.5 - half, 0.5 + half, float(right[count - 1] / count), count / y.size)
