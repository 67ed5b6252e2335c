"""Calibration: what makes a probability mean what it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier.metrics.classification import checked, wilson
from gender_classifier.metrics.thresholds import sigmoid


@dataclass(frozen=True)
class Calibration:
    """Platt scaling: calibrated logit = `scale` * logit + `offset`; the defaults leave logits as they are.

    Example:
        >>> Calibration(scale=0.5, offset=1.0).apply([-2.0, 4.0]).tolist()
        [0.0, 3.0]
    """

    scale: float = 1.0
    offset: float = 0.0

    def apply(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Give calibrated logits.

        Args:
            logits: as the network gives them, any shape.

        Returns:
            float64, same shape; the sigmoid of each is the calibrated probability of male.
        """
        return self.scale * np.asarray(logits, np.float64) + self.offset


def fit_platt(labels: ArrayLike, logits: ArrayLike, steps: int = 100) -> Calibration:
    """Fit scale and offset by maximum likelihood, with Platt's smoothed targets against perfect separation.

    Source: Platt, "Probabilistic outputs for support vector machines", 1999, section 2.2; Newton's
    method with step halving after Lin, Lin and Weng, Machine Learning 68, 2007. Fit it on scores of
    natural proportions that the network did not learn from.

    Args:
        labels: (N,) of 0 and 1, both there.
        logits: (N,), before calibration.
        steps: of Newton's method at most.

    Returns:
        The calibration. Its scale is not positive where higher logits do not mean more men; see `calibrate`.

    Raises:
        UserError: labels or logits that cannot be used (`classification.checked`).
    """
    y, z = checked(labels, logits)
    men = int(y.sum())
    women = y.size - men
    target = np.where(y == 1, (men + 1) / (men + 2), 1 / (women + 2))

    def loss(parameters: NDArray[np.float64]) -> float:
        t = parameters[0] * z + parameters[1]
        return float((np.logaddexp(0.0, t) - target * t).sum())

    design = np.stack([z, np.ones_like(z)], 1)
    parameters = np.array([1.0, 0.0])
    for _ in range(steps):
        p = sigmoid(design @ parameters)
        gradient = design.T @ (p - target)
        if np.abs(gradient).max() < 1e-9 * y.size:
            break
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + 1e-9 * np.eye(2)
        step = np.linalg.solve(hessian, gradient)
        size = 1.0
        while size > 1e-10 and loss(parameters - size * step) > loss(parameters):
            size /= 2
        parameters = parameters - size * step
    return Calibration(float(parameters[0]), float(parameters[1]))


def calibrate(labels: ArrayLike, logits: ArrayLike) -> Calibration | None:
    """Fit a calibration by `fit_platt` where that means something.

    Args:
        labels: (N,) of 0 and 1.
        logits: (N,), before calibration.

    Returns:
        The calibration; None where one class is missing, or where the fit would turn the order of logits round. The
        latter happens with a few dozen scores of a network that has learned next to nothing.

    Raises:
        UserError: labels or logits that cannot be used (`classification.checked`).
    """
    y, z = checked(labels, logits)
    if not 0 < y.sum() < y.size:
        return None
    fitted = fit_platt(y, z)
    return fitted if fitted.scale > 0 else None


def platt_covariance(logits: ArrayLike, fitted: Calibration) -> NDArray[np.float64]:
    """Give the covariance of a fitted scale and offset: the inverse of the observed information.

    Args:
        logits: that it was fitted on, (N,).
        fitted: by `fit_platt`.

    Returns:
        float64 (2, 2), the scale first.
    """
    z = np.asarray(logits, np.float64)
    p = sigmoid(fitted.apply(z))
    design = np.stack([z, np.ones_like(z)], 1)
    return np.asarray(np.linalg.inv(design.T @ (design * (p * (1 - p))[:, None]) + 1e-9 * np.eye(2)), np.float64)


def ece(labels: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> float:
    """Compute the expected calibration error, with bins of about equally many faces.

    Source: Naeini et al., AAAI 2015, with equal-mass bins (Nixon et al., CVPR workshops 2019).

    Args:
        labels: (N,) of 0 and 1.
        probabilities: of male, (N,), 0 to 1.
        bins: at most; equal probabilities share a bin.

    Returns:
        The mean distance, over all faces, of their bin's share of men from its mean probability: 0 (perfect) to 1.

    Raises:
        UserError: labels or probabilities that cannot be used (`classification.checked`).
    """
    y, p = checked(labels, probabilities)
    return float(np.abs(np.bincount(_equal_mass(p, bins), weights=y - p)).sum() / y.size)


def _equal_mass(p: NDArray[np.float64], bins: int) -> NDArray[np.int64]:
    """The bin of each probability, (N,), of bins of about equal mass."""
    _, inverse, counts = np.unique(p, return_inverse=True, return_counts=True)
    # Equal probabilities share a bin: were they split, their order in the table would decide the result.
    middle = np.cumsum(counts) - counts / 2
    return np.asarray(np.floor(middle * bins / p.size).astype(np.int64)[inverse])


@dataclass(frozen=True)
class Bin:
    """A dot of a reliability diagram.

    Attributes:
        count: faces in it.
        probability: mean probability of male that they were given.
        share: of them that are labelled male.
        interval: Wilson's, of that share, at 95 %.

    Example:
        >>> lowest = reliability([0, 1, 1, 1], [0.1, 0.3, 0.8, 0.9], bins=2)[0]
        >>> lowest.count, lowest.probability, lowest.share
        (2, 0.2, 0.5)
    """

    count: int
    probability: float
    share: float
    interval: tuple[float, float]


def reliability(labels: ArrayLike, probabilities: ArrayLike, bins: int = 15) -> list[Bin]:
    """Compute the bins of a reliability diagram, the same that `ece` takes the mean distance over.

    Args:
        labels: (N,) of 0 and 1.
        probabilities: of male, (N,), 0 to 1.
        bins: at most.

    Returns:
        The bins by rising probability; those that are empty are left out.

    Raises:
        UserError: labels or probabilities that cannot be used (`classification.checked`).
    """
    y, p = checked(labels, probabilities)
    group = _equal_mass(p, bins)
    found = []
    for number in np.unique(group):
        here = group == number
        men, count = int(y[here].sum()), int(here.sum())
        found.append(Bin(count, float(p[here].mean()), men / count, wilson(men, count)))
    return found


def brier(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Compute the mean squared distance of probability and label (Brier 1950).

    Args:
        labels: (N,) of 0 and 1.
        probabilities: of male, (N,), 0 to 1.

    Returns:
        0 (perfect) to 1.

    Raises:
        UserError: labels or probabilities that cannot be used (`classification.checked`).
    """
    y, p = checked(labels, probabilities)
    return float(np.square(p - y).mean())
