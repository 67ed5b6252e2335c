"""The majority baseline: what always saying the larger class would reach, and whether a model is better than that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gender_classifier import CLASS_NAMES
from gender_classifier.metrics.classification import mcnemar

Verdict = Literal["better", "not shown", "no better"]

SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Majority:
    """A model beside the answer that needs no model.

    Attributes:
        label: the larger class, `female` or `male`; empty where both are equally large.
        share: of the larger class, 0.5 to 1: the accuracy of always saying it.
        p: two-sided, of McNemar's exact test of the model against always saying it.
        verdict: `no better` where the model's accuracy is not above the share; `not shown` where it is, but by
            so few images that chance may be all (`p` from 0.05 on); else `better`. None where there is only
            one class: then no model could be better.

    Example:
        >>> beside_majority({"tp": 316, "fn": 1, "tn": 0, "fp": 105}).verdict
        'no better'
    """

    label: str
    share: float
    p: float
    verdict: Verdict | None


def beside_majority(counts: Mapping[str, float]) -> Majority:
    """Compare a model with the majority baseline: with always saying the larger class.

    Args:
        counts: `tp`, `fp`, `tn` and `fn` (`metrics_from_counts`), of which one at least is not 0; other names are not
            looked at.

    Returns:
        The larger class, its share, and whether the model is better.
    """
    tp, fp, tn, fn = (int(counts[name]) for name in ("tp", "fp", "tn", "fn"))
    men, women = tp + fn, tn + fp
    share = max(men, women) / (men + women)
    label = "" if men == women else CLASS_NAMES[int(men > women)]
    # Only the model can be right on the smaller class, only the baseline where the model errs on the larger.
    only_model, only_baseline = (tn, fn) if men >= women else (tp, fp)
    right = np.repeat([True, False], [only_model, only_baseline])
    p = mcnemar(right, ~right).p
    if not (men and women):
        return Majority(label, share, p, None)
    if only_model <= only_baseline:
        return Majority(label, share, p, "no better")
    return Majority(label, share, p, "better" if p < SIGNIFICANT else "not shown")
