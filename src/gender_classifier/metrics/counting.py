"""Counting women and men: the true share behind a classifier's answers, with an interval.

Counting labels is biased wherever the two recalls differ, and wherever one gender is rare even if they do not: of many
women a few are said to be men, of few men only few the other way round. What the classifier does to each gender,
measured on labelled faces, undoes that, as long as it does the same to the faces that are counted.

Shares are of men, 0 to 1. Intervals are percentiles of a parametric bootstrap (Efron and Tibshirani, "An Introduction
to the Bootstrap", 1993, sections 6.5 and 13.3), which draws anew the faces counted and the labelled faces that the
correction rests on: they are for the population of which the faces counted are a sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier.metrics.classification import wilson
from gender_classifier.metrics.known_errors import Confusion, Likelihood, rates_of
from gender_classifier.metrics.prior import estimate_share

DRAWS = 1000
LEVEL = 0.95
_CELLS = 100
"""Groups of like faces that a bootstrap of probabilities draws, where there are more faces."""


@dataclass(frozen=True)
class Estimate:
    """A share of men, 0 to 1, with its interval at 95 %.

    Example:
        >>> plain_count(30, 100).share
        0.3
    """

    share: float
    interval: tuple[float, float]


def independent_faces(said_male: ArrayLike, photos: ArrayLike) -> int:
    """Say how many faces of as many photos would tell as much as these: people in one photo are alike.

    Source: Kish, "Survey Sampling", 1965, section 5.4 (the design effect), by the linearised variance of a share.

    Args:
        said_male: each face's answer, bool (N,), N at least 1.
        photos: what each face's photo is called, (N,).

    Returns:
        1 to N; N where each face has a photo of its own. Where all answers are the same, nothing tells how much alike
        people in one photo are, and they are taken for one person; a few that differ tell little more.
    """
    said = np.asarray(said_male, bool)
    _, photo = np.unique(np.asarray(photos, str), return_inverse=True)
    faces = np.bincount(photo)
    share, count = float(said.mean()), faces.size
    if count in (1, said.size):
        return count
    rarer = min(int(said.sum()), int((~said).sum()))
    most = int(said.size**2 / float(np.square(faces).sum()) * (1 + rarer) + 0.5)  # as the page rounds
    if rarer == 0:
        return most
    rest = np.bincount(photo, weights=said) - share * faces
    clustered = float(np.square(rest).sum()) * count / (count - 1)
    alike = clustered / (said.size * share * (1 - share))
    return max(1, min(most, int(said.size / max(1.0, alike) + 0.5)))


def plain_count(said_male: int, faces: int) -> Estimate:
    """Count labels: give the share of answers `male`, with Wilson's interval.

    Args:
        said_male: answers `male`, 0 to `faces`.
        faces: that were answered, at least 1.

    Returns:
        The share of men; its interval leaves out that the model errs.
    """
    return Estimate(said_male / faces, wilson(said_male, faces, LEVEL))


def adjusted_count(
    said_male: int,
    faces: int,
    confusion: Confusion,
    *,
    independent: int | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Give the share of men that explains the answers, given how often each gender is said to be male.

    Source: Forman, "Quantifying counts and costs via classification", Data Mining and Knowledge Discovery 17, 2008,
    section 3.2 (adjusted count); the correction is older: Rogan and Gladen, American Journal of Epidemiology 107, 1978.

    Args:
        said_male: faces answered male.
        faces: all faces answered, at least 1.
        confusion: on labelled faces, at the same threshold.
        independent: as many faces as these are worth (`independent_faces`); None: all of them.
        draws: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The share of men and its interval, cut off at 0 and 1.

    Raises:
        UserError: no labelled women or men, or answers that hardly depend on gender.
    """
    recall, false_rate = rates_of(confusion)
    rng = np.random.default_rng(seed)

    def drawn(share: float, count: int) -> NDArray[np.float64]:
        # Half a face on either side: none wrong of twenty is not never wrong.
        return rng.binomial(count, (share * count + 0.5) / (count + 1), draws) / count

    several = independent or faces
    said = drawn(said_male / faces, several)
    recalls = drawn(recall, confusion.men)
    falses = drawn(false_rate, confusion.women)
    # A draw in which answers tell nothing says that any share may be.
    apart = np.maximum(recalls - falses, 1e-9)
    return _estimate((said_male / faces - false_rate) / (recall - false_rate), (said - falses) / apart)


def em_count(
    logits: ArrayLike,
    likelihood: Likelihood,
    *,
    independent: int | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Give the share of men under which the logits are most likely: no threshold, every probability counts.

    Source: Saerens et al. 2002 (`metrics.prior`).

    Args:
        logits: of the faces, before calibration, (N,), N at least 1.
        likelihood: of a logit among men and among women.
        independent: as many faces as these are worth (`independent_faces`); None: all of them.
        draws: of the bootstrap.
        seed: of the bootstrap.

    Returns:
        The share of men and its interval.
    """
    z = np.sort(np.asarray(logits, np.float64))
    rng = np.random.default_rng(seed)
    # Neighbours in rank are all but equal; thousands of faces would make the bootstrap slow for nothing.
    cells = np.array_split(z, min(z.size, _CELLS))
    middle, often = np.array([cell.mean() for cell in cells]), np.array([cell.size for cell in cells])
    weights = rng.multinomial(independent or z.size, often / z.size, draws)
    share = estimate_share(likelihood.log_ratio(z), np.ones(z.size))
    return _estimate(float(share[0]), estimate_share(likelihood.draw(middle, draws, rng), weights))


def _estimate(share: float, drawn: NDArray[np.float64]) -> Estimate:
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
    share, low, high = (min(max(value, 0.0), 1.0) for value in (share, low, high))
    return Estimate(share, (low, high))
