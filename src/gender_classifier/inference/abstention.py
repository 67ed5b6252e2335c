"""Which answers are `uncertain`: the model's own band, another from its curve, or none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from gender_classifier.errors import UserError
from gender_classifier.model_files.metadata import CurvePart, ModelMetadata
from gender_classifier.system.files import sha256_of

CURVE_SUFFIX = ".curve.json"
"""Of a file beside a model file that was written before its metadata had a curve: its SHA-256, and the curve."""

Band = tuple[float, float]


def band_of(metadata: ModelMetadata, path: Path, right: float | None = None, answer_all: bool = False) -> Band | None:
    """Find the calibrated probabilities between which the answer is `uncertain`.

    Args:
        metadata: of the model.
        path: of its file; a curve is sought beside it where the metadata have none.
        right: share of the answers that is wanted right, as among the model's held-out images, 0.5 to 1; None: the
            model's own band.
        answer_all: never `uncertain`.

    Returns:
        The two ends of the band, 0 to 1; answers strictly between them are `uncertain`. None: no answer is, because
        of `answer_all` or because the model has no band of its own.

    Raises:
        UserError: `right` is no share that the model reaches, or goes with `answer_all`.
    """
    if answer_all and right is not None:
        raise UserError("right leaves faces without an answer and answer_all none: one at a time")
    if answer_all:
        return None
    if right is None:
        return metadata.uncertain_band
    if isinstance(right, bool) or not isinstance(right, int | float) or not 0.5 <= right <= 1:
        raise UserError(f"right={right!r}: a share of the answers, from 0.5 to 1; 0.95 say")
    curve = metadata.curve or _beside(path)
    if not curve:
        if metadata.abstention is not None and metadata.uncertain_band is not None:
            if right == metadata.abstention.wanted:
                return metadata.uncertain_band
            known = f"; it knows the band for {metadata.abstention.wanted:g} alone"
        else:
            known = ""
        raise UserError(
            f"right={right:g}: {path} does not tell for which band its answers are right so often{known}; write it "
            "anew with `gender-classifier export`, or answer all"
        )
    point = _point(curve, right)
    if point is None:
        last = curve[-1]
        raise UserError(
            f"right={right:g}: the answers of {path} are right {100 * last.wanted:.1f} % of the time at most, among "
            f"the {100 * last.coverage:.0f} % surest of its held-out images"
        )
    return point.low, point.high


def _point(curve: Sequence[CurvePart], right: float) -> CurvePart | None:
    """The first band that promises as much or more."""
    return next((point for point in curve if point.wanted >= right - 1e-9), None)


def _beside(path: Path) -> list[CurvePart]:
    try:
        content: Any = json.loads(path.with_suffix(CURVE_SUFFIX).read_text(encoding="utf-8"))
        if content["sha256"] != sha256_of(path):  # of another model that had this name
            return []
        return TypeAdapter(list[CurvePart]).validate_python(content["curve"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
