"""How a model errs on labelled faces, as counting takes it: by answer, and by logit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import Calibration, calibrate, platt_covariance
from gender_classifier.metrics.classification import checked

_LEAST = 0.05
"""Difference of the rates at which men and women are said to be men below which answers tell next to nothing."""


@dataclass(frozen=True)
class Confusion:
    """Labelled faces by label and answer.

    Attributes:
        tn: women said female.
        fp: women said male.
        fn: men said female.
        tp: men said male.

    Example:
        >>> known = Confusion(tn=90, fp=10, fn=5, tp=95)
        >>> known.women, known.men
        (100, 100)
    """

    tn: int
    fp: int
    fn: int
    tp: int

    @property
    def women(self) -> int:
        """Faces labelled female."""
        return self.tn + self.fp

    @property
    def men(self) -> int:
        """Faces labelled male."""
        return self.fn + self.tp


@dataclass(frozen=True)
class Likelihood:
    """How much likelier a logit is among men than among women: a calibration without the shares it was fitted on.

    Attributes:
        calibration: fitted on labelled faces.
        women: of those faces.
        men: of those faces.
        covariance: of scale and offset, (2, 2); None where it is not known, and intervals do without it.

    Example:
        >>> Likelihood(Calibration(scale=2.0), women=100, men=100).log_ratio([-1.0, 1.0]).tolist()
        [-2.0, 2.0]
    """

    calibration: Calibration
    women: int
    men: int
    covariance: NDArray[np.float64] | None = None

    def log_ratio(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Give the logarithm of the ratio of densities, men to women.

        Args:
            logits: before calibration, any shape.

        Returns:
            float64, same shape; positive where the logit is likelier among men.
        """
        return self.calibration.apply(logits) - math.log(self.men / self.women)

    def draw(self, logits: NDArray[np.float64], draws: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Give `log_ratio` of logits with scale and offset drawn anew, as their covariance allows.

        Args:
            logits: (M,), before calibration.
            draws: how many.
            rng: what is drawn is a function of it alone.

        Returns:
            float64 (draws, M); (1, M), as `log_ratio` gives it, where the covariance is not known.
        """
        if self.covariance is None:
            return self.log_ratio(logits)[None]
        # How many women and men were labelled is known: that part of the offset's variance is none of a ratio's
        # (Prentice and Pyke, Biometrika 66, 1979).
        known = np.array([[0.0, 0.0], [0.0, 1 / self.women + 1 / self.men]])
        values, vectors = np.linalg.eigh(np.asarray(self.covariance) - known)
        half = vectors * np.sqrt(np.clip(values, 0.0, None))
        scale, offset = (rng.standard_normal((draws, 2)) @ half.T).T
        return np.asarray(self.log_ratio(logits) + scale[:, None] * logits + offset[:, None], np.float64)


def rates_of(confusion: Confusion) -> tuple[float, float]:
    """Give how often men, and how often women, are said to be male; refuse what no count can be corrected by.

    Args:
        confusion: on labelled faces.

    Returns:
        The two shares, 0 to 1.

    Raises:
        UserError: no labelled women or men, or answers that hardly depend on gender.
    """
    if not confusion.women or not confusion.men:
        raise UserError("confusion: labelled faces of both genders are needed to correct a count")
    recall, false_rate = confusion.tp / confusion.men, confusion.fp / confusion.women
    if recall - false_rate < _LEAST:
        raise UserError(
            f"confusion: men are said to be male in {100 * recall:.0f} % and women in {100 * false_rate:.0f} %; "
            "such answers cannot be corrected"
        )
    return recall, false_rate


def confusion_at(labels: ArrayLike, logits: ArrayLike, threshold: float) -> Confusion:
    """Count labelled faces by label and answer, where `logit >= threshold` means male.

    Args:
        labels: (N,) of 0 and 1.
        logits: of the same faces, (N,).
        threshold: logit from which the answer is male.

    Returns:
        The four counts, N in all.

    Raises:
        UserError: labels or logits that cannot be used (`metrics.classification.checked`).
    """
    y, z = checked(labels, logits)
    said = z >= threshold
    fp, tp = int((said & (y == 0)).sum()), int((said & (y == 1)).sum())
    return Confusion(int((y == 0).sum()) - fp, fp, int((y == 1).sum()) - tp, tp)


def likelihood_of(labels: ArrayLike, logits: ArrayLike) -> Likelihood | None:
    """Fit the likelihood of logits on labelled faces.

    Args:
        labels: (N,) of 0 and 1.
        logits: of the same faces, (N,).

    Returns:
        The likelihood; None where no calibration can be fitted (`metrics.calibration.calibrate`).

    Raises:
        UserError: labels or logits that cannot be used (`metrics.classification.checked`).
    """
    y, z = checked(labels, logits)
    fitted = calibrate(y, z)
    if fitted is None:
        return None
    men = int(y.sum())
    return Likelihood(fitted, y.size - men, men, platt_covariance(z, fitted))
