"""A population whose shares differ from those that a calibration was fitted on.

Under prior shift women and men look as they did, and only how many of each there are has changed. Then calibrated
probabilities keep their likelihood ratio, and their odds change by one factor for all faces.

Source: Saerens, Latinne and Decaestecker, "Adjusting the outputs of a classifier to new a priori probabilities: a
simple procedure", Neural Computation 14, 2002, sections 2.1 (the correction) and 2.2 (shares estimated by EM).
"""

from __future__ import annotations

import math
import re

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier import CLASS_NAMES
from gender_classifier.errors import UserError

_STEPS = 20
"""Halvings of the interval from 0 to 1: to about 1e-6."""


def parse_prior(text: str) -> float:
    """Read the share of men from the text of `--prior`.

    Args:
        text: `male=0.77`, or `female=0.23`, which means the same.

    Returns:
        The share of men, between 0 and 1.

    Raises:
        UserError: another text, or a share of either gender that is not between 0 and 1, as numbers can tell.
    """
    found = re.fullmatch(rf"\s*({'|'.join(CLASS_NAMES)})\s*=\s*([0-9.eE+-]+)\s*", text)
    try:
        share = float(found[2]) if found else math.nan
    except ValueError:
        share = math.nan
    if found is not None and found[1] != CLASS_NAMES[1]:
        share = 1 - share  # which rounds to 1 where women are all but none
    if not 0 < share < 1:
        raise UserError(f"--prior {text}: expected the share of one gender between 0 and 1, for example male=0.77")
    return share


def log_odds(share: float) -> float:
    """Give the natural logarithm of `share` to the rest.

    Args:
        share: between 0 and 1, neither of them.

    Returns:
        The logarithm of `share` / (1 - `share`); 0 for a half.
    """
    return math.log(share) - math.log1p(-share)


def estimate_share(log_ratios: ArrayLike, weights: ArrayLike) -> NDArray[np.float64]:
    """Find the shares of men under which faces are most likely: where Saerens' EM ends.

    The likelihood is concave, so its maximum is found by halving an interval; EM creeps towards the same one.

    Args:
        log_ratios: logarithm of how much likelier a face is among men than among women, (M,) or (D, M).
        weights: how often each occurs, (D, M) or (M,), not negative.

    Returns:
        float64 (D,), 0 to 1, to about 1e-6; D is 1 where both are (M,).
    """
    ratio = np.exp(np.clip(np.atleast_2d(np.asarray(log_ratios, np.float64)), -50.0, 50.0)) - 1.0
    often = np.atleast_2d(np.asarray(weights, np.float64))
    draws = max(len(ratio), len(often))
    low, high = np.zeros(draws), np.ones(draws)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        slope = (often * ratio / (1.0 + middle[:, None] * ratio)).sum(axis=1)
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
    return (low + high) / 2
