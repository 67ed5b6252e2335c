"""What the page has to know of a model: its decision rule, its crops, its errors, and logits to check itself by."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier import PERCEIVED, __version__
from gender_classifier.errors import UserError
from gender_classifier.evaluation.counted import Model, held_out
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics import quoting
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.known_errors import rates_of
from gender_classifier.system.files import sha256_of

CHECKED = 4
"""Crops of a pattern whose logits the page must compute too."""


def about_model(classifier: GenderClassifier, name: str, file: str, detector: str) -> dict[str, Any]:
    """Describe a model to the page, in plain values.

    Args:
        classifier: of the model.
        name: as the page shows it.
        file: name of the model's file beside the description.
        detector: name of the detector's file beside it.

    Returns:
        What the site's `model.json` holds: decision rule, geometry of crops, errors on labelled faces (None: not
        known), and the logits of `pattern`, by which the page checks itself.
    """
    rule = DecisionRule.of_model(classifier.metadata)
    calibration, abstention = rule.calibration, classifier.metadata.abstention
    return {
        "name": name,
        "version": __version__,
        "sha256": sha256_of(classifier.path),
        "file": file,
        "detector": detector,
        "perceived": PERCEIVED,
        "licence": classifier.metadata.licence,
        "geometry": classifier.geometry.to_dict(),
        "canonical": CANONICAL.to_dict(),
        "rule": {
            "scale": calibration.scale,
            "offset": calibration.offset,
            "threshold": rule.threshold,
            "band": list(rule.band) if rule.band is not None else None,
        },
        "right": abstention.wanted if abstention is not None and rule.band is not None else None,
        "errors": _errors(classifier),
        "check": classifier.logits(pattern(CHECKED, classifier.geometry.size)).tolist(),
    }


def _errors(classifier: GenderClassifier) -> dict[str, Any] | None:
    """Tell how the model erred on labelled faces, which totals are adjusted by; None where that is not known."""
    try:
        known = held_out(Model(classifier.path, classifier.metadata, tta=False), None)
        rates_of(known.confusion)
    except UserError:
        return None
    return {
        "confusion": asdict(known.confusion),
        "uncertain": known.uncertain,
        "few_faces": quoting.FEW_FACES,
        "too_few_faces": quoting.TOO_FEW_FACES,
        "few_labelled": quoting.FEW_LABELLED,
        "too_few_labelled": quoting.TOO_FEW_LABELLED,
        "widest": quoting.WIDEST,
        "most_uncertain": quoting.MOST_UNCERTAIN,
    }


def pattern(count: int, side: int) -> NDArray[np.uint8]:
    """Make crops that need no file; `page/core/engine.js` makes the same.

    Args:
        count: of crops.
        side: of each, pixels.

    Returns:
        uint8 (count, side, side, 3).
    """
    crop, y, x, channel = np.indices((count, side, side, 3))
    return np.asarray((x * (crop + 1) + 2 * y + 80 * channel) % 256, np.uint8)
