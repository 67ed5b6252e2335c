"""By how much the images of one class differ from those of the other in what has nothing to do with gender."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier import CLASS_NAMES
from gender_classifier.audit.looks import Look
from gender_classifier.metrics.classification import roc_auc

LEAST = 10
"""Images of a class below which nothing is compared."""
NEGLIGIBLE = 0.147
"""Cliff's delta below which a difference is negligible; from 0.33 on it is medium, from 0.474 on large (Romano et al.,
"Appropriate statistics for ordinal level data", 2006)."""
_SIZES = ((0.474, "large"), (0.33, "medium"), (NEGLIGIBLE, "small"))
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Measure:
    """Something measured of each image.

    Example:
        >>> MEASURES[0].name, MEASURES[0].unit, MEASURES[0].more
        ('short side', 'px', 'are larger')

    Attributes:
        name: in words.
        unit: of the value.
        more: what images with more of it do, such as `are larger`.
        value: gives it from a look; NaN where the image has none, as without a face.
    """

    name: str
    unit: str
    more: str
    value: Callable[[Look], float]


MEASURES = (
    Measure("short side", "px", "are larger", lambda look: float(min(look.width, look.height))),
    Measure("aspect", "width / height", "are wider", lambda look: look.width / max(1, look.height)),
    Measure("sharpness", "variance of Laplacian", "are sharper", lambda look: look.sharpness),
    Measure("brightness", "mean grey, 0 to 255", "are brighter", lambda look: look.brightness),
    Measure("face size", "px", "show larger faces", lambda look: look.faces[0] if look.faces else math.nan),
    Measure(
        "framing",
        "face / short side",
        "are framed closer",
        lambda look: look.faces[0] / min(look.width, look.height) if look.faces else math.nan,
    ),
)


@dataclass(frozen=True)
class Effect:
    """A measure compared between the classes of a split.

    Example:
        >>> sides = (60.0, 90.0, 120.0, 150.0, 200.0)
        >>> effect = Effect("train", MEASURES[0], 0.4, (0.3, 0.5), (sides, sides), (50, 50))
        >>> effect.size, effect.headline()
        ('medium', 'Men’s images are larger than women’s in train')

    Attributes:
        split: where.
        measure: what.
        delta: Cliff's delta, -1 to 1: above 0 where men's images have more of it.
        interval: of it, at 95 %: where it begins and ends.
        quantiles: at 5, 25, 50, 75 and 95 %, of women's images and of men's.
        counts: images of women and of men that have the measure.
    """

    split: str
    measure: Measure
    delta: float
    interval: tuple[float, float]
    quantiles: tuple[tuple[float, ...], tuple[float, ...]]
    counts: tuple[int, int]

    @property
    def size(self) -> str:
        """`large`, `medium` or `small`; `negligible` also where the interval reaches 0."""
        low, high = self.interval
        if low <= 0.0 <= high:
            return "negligible"
        return next((name for least, name in _SIZES if abs(self.delta) >= least), "negligible")

    def headline(self) -> str:
        """Say in one line whose images have more of the measure, and in which split."""
        owner, other = ("Men’s", "women’s") if self.delta > 0 else ("Women’s", "men’s")
        return f"{owner} images {self.measure.more} than {other} in {self.split}"

    def sentence(self) -> str:
        """Say the same as `headline`, with how often, both medians, and Cliff's delta with its interval."""
        one = "man" if self.delta > 0 else "woman"
        often = round(100 * (1 + abs(self.delta)) / 2)
        medians = ", ".join(f"{name} {self.quantiles[label][2]:.3g}" for label, name in enumerate(CLASS_NAMES))
        low, high = self.interval
        return (
            f"{self.headline()}: of a woman’s and a man’s, the {one}’s in {often} % of cases (medians: {medians}; "
            f"{self.measure.unit}). The difference is {self.size}: Cliff’s delta {self.delta:+.2f}, {low:+.2f} to "
            f"{high:+.2f}"
        )


def cliffs_delta(female: ArrayLike, male: ArrayLike) -> tuple[float, float, float]:
    """Compute Cliff's delta, P(male > female) - P(male < female), and its interval at 95 %.

    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 1988, whose variance of the area under the ROC curve this is,
    for delta is twice that area less one.

    Args:
        female: values of women's images, (M,), at least two.
        male: values of men's images, (N,), at least two.

    Returns:
        delta, and where its interval begins and ends, -1 to 1 each.
    """
    x, y = np.asarray(female, np.float64), np.asarray(male, np.float64)
    area = roc_auc(np.repeat([0, 1], (x.size, y.size)), np.concatenate([x, y]))
    below_male, above_female = _placements(y, x), 1.0 - _placements(x, y)
    deviation = math.sqrt(below_male.var(ddof=1) / y.size + above_female.var(ddof=1) / x.size)
    half = 2.0 * NormalDist().inv_cdf(0.975) * deviation
    delta = 2.0 * area - 1.0
    return delta, max(-1.0, delta - half), min(1.0, delta + half)


def _placements(values: NDArray[np.float64], among: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of `among` below each value, what is equal counted half."""
    ordered = np.sort(among)
    below, up_to = (np.searchsorted(ordered, values, side) for side in ("left", "right"))
    return np.asarray((below + up_to) / (2.0 * among.size), np.float64)


def compare_classes(looks: Sequence[Look]) -> list[Effect]:
    """Compare women's and men's images by each of `MEASURES` in each split.

    Args:
        looks: all images; those that cannot be read are left out.

    Returns:
        An effect a split and measure, splits as they come in `looks`, measures as in `MEASURES`. A measure that
        fewer than `LEAST` images of either class have is left out.
    """
    effects = []
    for split in dict.fromkeys(look.split for look in looks):
        here = [look for look in looks if look.split == split and not look.reason]
        for measure in MEASURES:
            values = [[measure.value(look) for look in here if look.sample.label == label] for label in (0, 1)]
            female, male = (np.array([value for value in each if math.isfinite(value)]) for each in values)
            if min(female.size, male.size) >= LEAST:
                delta, low, high = cliffs_delta(female, male)
                quantiles = tuple(tuple(map(float, np.quantile(each, _QUANTILES))) for each in (female, male))
                effects.append(
                    Effect(split, measure, delta, (low, high), (quantiles[0], quantiles[1]), (female.size, male.size))
                )
    return effects
