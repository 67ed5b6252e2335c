"""The decision rule: how a logit becomes a probability and an answer. The one place where that is said."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier import CLASS_NAMES
from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.prior import log_odds
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.model_files.metadata import ModelMetadata

UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class DecisionRule:
    """Threshold, calibration and uncertain band.

    Example:
        >>> rule = DecisionRule(threshold=0.5, band=(0.4, 0.6))
        >>> rule.labels([-2.0, 0.1, 3.0])
        ['female', 'uncertain', 'male']

    Attributes:
        threshold: male from this logit on.
        calibration: from logit to calibrated logit.
        band: calibrated probabilities strictly between which the answer is `uncertain`; None: always an answer.
    """

    threshold: float = 0.0
    calibration: Calibration = field(default_factory=Calibration)
    band: tuple[float, float] | None = None

    @classmethod
    def of_model(cls, metadata: ModelMetadata, tta: bool = False) -> DecisionRule:
        """Take the rule from a model file's metadata.

        Args:
            metadata: of the model file.
            tta: the logits are means over the model's views, which have a threshold of their own if there are others
                than the single one.

        Returns:
            The model's threshold, calibration and uncertain band.
        """
        # Files of models without further views may say 0 for a threshold that nobody chose.
        averaged = tta and metadata.tta.views != ["identity"]
        threshold = metadata.tta.threshold_logit if averaged else metadata.threshold.logit
        return cls(threshold, calibration_of(metadata), metadata.uncertain_band)

    def probabilities(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Compute calibrated probabilities of male.

        Args:
            logits: (N,), before calibration.

        Returns:
            float64 (N,), 0 to 1.
        """
        return sigmoid(self.calibration.apply(logits))

    def guesses(self, logits: ArrayLike) -> NDArray[np.int64]:
        """Compute the class of each face; the band plays no part.

        Args:
            logits: (N,), before calibration.

        Returns:
            int64 (N,): 1 (male) from the threshold on, else 0 (female).
        """
        return (np.asarray(logits) >= self.threshold).astype(np.int64)

    def answered(self, logits: ArrayLike) -> NDArray[np.bool_]:
        """Tell whether each face lies outside the band, so that it is answered.

        Args:
            logits: (N,), before calibration.

        Returns:
            bool (N,); all True without a band.
        """
        p = self.probabilities(logits)
        low, high = self.band or (0.5, 0.5)
        answered: NDArray[np.bool_] = (p <= low) | (p >= high)
        return answered

    def labels(self, logits: ArrayLike, names: tuple[str, str] = CLASS_NAMES) -> list[str]:
        """Name the answer for each face.

        Args:
            logits: (N,), before calibration.
            names: of the classes, female first.

        Returns:
            N texts: one of `names`, or `uncertain` within the band.
        """
        guesses, answered = self.guesses(logits), self.answered(logits)
        return [names[guess] if sure else UNCERTAIN for guess, sure in zip(guesses, answered, strict=True)]

    def right(self, labels: ArrayLike, logits: ArrayLike) -> NDArray[np.bool_]:
        """Tell whether each face is on its label's side of the threshold; the band plays no part.

        Args:
            labels: (N,) of 0 and 1.
            logits: of the same faces, (N,), before calibration.

        Returns:
            bool (N,).
        """
        right: NDArray[np.bool_] = self.guesses(logits) == (np.asarray(labels) == 1)
        return right

    def shifted(self, added: float) -> DecisionRule:
        """Move the rule to a population in which all calibrated logits are larger by `added`.

        The threshold moves so that it stands at the calibrated probability at which it stood: what was sure enough
        before must be as sure now. More accurate there, and better at the gender that is frequent than at the other:
        a threshold chosen for equal recalls is equal no more.

        Args:
            added: to calibrated logits, as `prior_shift` gives it; negative where there are fewer men.

        Returns:
            A rule for the same logits, with another calibration and threshold, and the same band.
        """
        moved = Calibration(self.calibration.scale, self.calibration.offset + added)
        return replace(self, calibration=moved, threshold=self.threshold - added / self.calibration.scale)


def calibration_of(metadata: ModelMetadata) -> Calibration:
    """Take the calibration from a model file's metadata.

    Args:
        metadata: of the model file.

    Returns:
        The calibration; where none was fitted, one that leaves logits as they are.
    """
    return Calibration(metadata.calibration.scale, metadata.calibration.offset)


def prior_shift(metadata: ModelMetadata, share: float, source: str) -> float:
    """Compute what a population with `share` of men adds to the model's calibrated logits.

    Source: Saerens, Latinne and Decaestecker, Neural Computation 14, 2002, section 2.1 (`metrics.prior`).

    Args:
        metadata: of the model, whose calibration was fitted on known numbers of women and men.
        share: of men, between 0 and 1, neither of them.
        source: names the model in errors.

    Returns:
        What to add to each calibrated logit; negative where the population has fewer men than the calibration had.

    Raises:
        UserError: `share` is no number between 0 and 1; the model has no calibration, or does not tell the numbers
            that it was fitted on.
    """
    if not _is_share(share):
        raise UserError(f"prior={share!r}: expected the share of men, a number between 0 and 1, for example 0.77")
    if metadata.calibration.fitted_on is None:
        raise UserError(f"{source}: has no calibration, so a prior cannot correct its probabilities")
    counts = metadata.calibrated_on()
    if counts is None:
        raise UserError(
            f"{source}: does not tell how many women and men its calibration was fitted on "
            f"(training.counts.{metadata.calibration.fitted_on}), so a prior cannot correct it"
        )
    women, men = counts
    return log_odds(share) - math.log(men / women)


def _is_share(value: Any) -> bool:
    """Whether it is a number, NumPy's or Python's, of which there are logarithms of both odds."""
    number = isinstance(value, Real) and not isinstance(value, bool)
    return number and bool(0 < value < 1)
