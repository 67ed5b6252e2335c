"""A protocol: a scores table, how its thresholds were chosen, and its parts by split and view."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import OfEquals

PHASES = {"train": "train", "choose": "choose", "val": "validation"}
MODES = {"disabled": "identity", "enabled": "tta"}

Parts = dict[tuple[str, str], Scores]


@dataclass(frozen=True)
class Protocol:
    """A scores table, and how thresholds were chosen for it.

    Example:
        >>> names, faces = np.array(["a.jpg", "b.jpg"], object), np.zeros(2, np.int64)
        >>> views, splits = np.array(["identity"] * 2, object), np.array(["val"] * 2, object)
        >>> scores = Scores(names, faces, np.array([0, 1]), np.array([-2.0, 3.0]), views, splits)
        >>> list(labelled_parts(Protocol("as released", scores, None, "accuracy", fixed=(0.0, 0.0))))
        [('val', 'identity')]

    Attributes:
        name: as shown.
        scores: rows by split and view; rows of view `tta` where there are several views. Rows
            without a label (-1) are left out and counted.
        choose_on: split whose scores choose the threshold and whether TTA is used; None where both
            were settled elsewhere, as in a model file.
        threshold_metric: what the sweep maximises.
        target: precision wanted, where that is the metric.
        tolerance: standard errors within which cuts count as equals (`metrics.thresholds.sweep`).
        of_equals: which of them is taken.
        fixed: threshold logits (single view, TTA) to use instead of a sweep.
        note: one sentence on what the figures are worth.
        calibration: of the model file; None to fit one on `choose_on`.
        band: calibrated probabilities strictly between which the model does not answer; None: it always does.
        wanted: share of right answers that the band promises; None: it promises nothing.
    """

    name: str
    scores: Scores
    choose_on: str | None
    threshold_metric: str
    fixed: tuple[float, float] | None = None
    note: str = ""
    calibration: Calibration | None = None
    target: float | None = None
    tolerance: float = 0.0
    of_equals: OfEquals = "half"
    band: tuple[float, float] | None = None
    wanted: float | None = None


def labelled_parts(protocol: Protocol) -> Parts:
    """Give the protocol's labelled rows by split and view.

    Args:
        protocol: with its scores.

    Returns:
        Rows by (split, view), for the views `identity` and `tta`; only parts that have rows.

    Raises:
        UserError: scores that cannot be used (`gender_classifier.report.build.build_report`).
    """
    name, scores = protocol.name, protocol.scores
    scores = scores.take(scores.label >= 0)
    broken = ~np.isfinite(scores.logit)
    if broken.any():
        first = scores.path[broken][0]
        raise UserError(
            f"scores of `{name}`: {broken.sum()} of {len(scores)} logits are no finite numbers, the first of {first}"
        )
    keys = [(split, view) for split in dict.fromkeys(scores.split.tolist()) for view in MODES.values()]
    parts = {key: part for key in keys if len(part := scores.select(*key))}
    if not any(view == "identity" for _, view in parts):
        raise UserError(f"scores of `{name}`: no labelled rows of view `identity` among {len(protocol.scores)} rows")
    if protocol.choose_on is not None and (protocol.choose_on, "identity") not in parts:
        raise UserError(f"scores of `{name}`: nothing to choose on, split `{protocol.choose_on}` has no labelled rows")
    for split in {split for split, view in parts if view == "tta"}:
        single, several = parts.get((split, "identity")), parts[split, "tta"]
        if single is None or not np.array_equal(single.path, several.path) or (single.face != several.face).any():
            raise UserError(f"scores of `{name}`: in split `{split}` view `tta` has other faces than `identity`")
    return parts


def _ordered(splits: set[str]) -> list[str]:
    known = list(PHASES)
    return sorted(splits, key=lambda split: (known.index(split) if split in known else len(known), split))


def each_part(parts: Parts) -> Iterator[tuple[dict[str, Any], str, Scores]]:
    """Yield every part in the order of tables: train, choose, validation; the single view before TTA.

    Args:
        parts: of `labelled_parts`.

    Yields:
        How its row begins (`phase`, `split`, `tta`), its mode (`disabled` or `enabled`), its scores.
    """
    for split in _ordered({split for split, _ in parts}):
        for mode, view in MODES.items():
            if (part := parts.get((split, view))) is not None:
                yield {"phase": PHASES.get(split, split), "split": split, "tta": mode}, mode, part
