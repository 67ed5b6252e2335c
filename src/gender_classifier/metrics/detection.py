"""A face that is not found is an error of the system: who is not found, and how often photo to answer is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gender_classifier import CLASS_NAMES
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.groups import (
    Groups,
    Share,
    results_by_group,
    share_of,
)
from gender_classifier.metrics.scores import Scores


@dataclass(frozen=True)
class Found:
    """Faces found of labelled photos, each of one person.

    Attributes:
        found: of all.
        found_of: by gender.
        right: found and answered rightly, of all.
        right_of: by gender.
        groups: as `results_by_group` has them, where "right" means found: `accuracy` is the share found, `recall`
            that of each gender; None where no column groups.

    Example:
        >>> found, right = np.array([True, True, False]), np.array([True, False, False])
        >>> photos = found_by_group(np.array([0, 1, 1]), found, right, {})
        >>> photos.found.hits, photos.right.hits, photos.found_of["male"].share
        (2, 1, 0.5)
    """

    found: Share
    found_of: dict[str, Share]
    right: Share
    right_of: dict[str, Share]
    groups: Groups | None


def found_by_group(
    labels: NDArray[np.int64],
    found: NDArray[np.bool_],
    right: NDArray[np.bool_],
    columns: Mapping[str, NDArray[np.object_]],
) -> Found:
    """Count found faces and right answers: of all, by gender, and by the values of columns.

    Args:
        labels: 0 or 1, (N,).
        found: whether a face was found, (N,).
        right: whether it was found and answered rightly, (N,).
        columns: what photos are grouped by, text (N,) each; empty: they are not.

    Returns:
        Shares with their intervals.

    Raises:
        ValueError: a face that is right but was not found.
    """
    if (right & ~found).any():
        raise ValueError("right without a face found")
    count = len(labels)
    of = {name: labels == label for label, name in enumerate(CLASS_NAMES)}
    as_scores = Scores(
        path=np.array([str(i) for i in range(count)], dtype=object),
        face=np.zeros(count, np.int64),
        label=labels,
        logit=np.where(found == (labels == 1), 1.0, -1.0),  # on the label's side of 0 where found
        view=np.full(count, "identity", dtype=object),
        split=np.full(count, "val", dtype=object),
        extra=dict(columns),
    )
    return Found(
        found=share_of(found),
        found_of={name: share_of(found[those]) for name, those in of.items()},
        right=share_of(right),
        right_of={name: share_of(right[those]) for name, those in of.items()},
        groups=results_by_group(as_scores, DecisionRule()),
    )
