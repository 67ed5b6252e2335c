"""The model card's YAML header, as the Hugging Face hub reads it (huggingface.co/docs/hub/model-cards)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from gender_classifier.report.card_subject import Subject
from gender_classifier.runs.report import ProtocolResult, Row

VIEWS = {"disabled": "single view", "enabled": "mean over views (TTA)"}
HUB_LICENCES = ("apache-2.0", "mit", "cc0-1.0", "cc-by-4.0", "cc-by-sa-4.0", "cc-by-nc-4.0", "bsd-3-clause")
TAGS = ("face-analysis", "gender-classification", "perceived-gender", "fairness", "efficientnet", "onnx")


def header(subject: Subject) -> str:
    """Write the card's YAML header: licence, library, task, tags, data sets, metrics, `model-index`.

    Args:
        subject: the model and its results.

    Returns:
        The header between two lines of dashes.
    """
    content: dict[str, Any] = {
        **_licence(subject.export.licence),
        "library_name": "gender-classifier",
        "pipeline_tag": "image-classification",
        "tags": list(TAGS),
    }
    # The hub takes these for what the model was trained on.
    if subject.of_run and subject.origin is not None and subject.origin.hub:
        content["datasets"] = [subject.origin.hub]
    content["metrics"] = ["accuracy", "recall", "f1", "roc_auc"]
    content["model-index"] = [{"name": "gender-classifier", "results": list(_results(subject))}]
    return f"---\n{yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=120)}---\n"


def calibration_error(row: Row, protocol: ProtocolResult) -> float | None:
    """Find the expected calibration error (ECE) of a row of results.

    Args:
        row: one of the protocol's rows.
        protocol: that has the calibration and its errors.

    Returns:
        0 to 1: of calibrated probabilities where there is a calibration, else as scored. None where none is reported.
    """
    found = next((r for r in protocol.calibration.rows if r.key == row.key), None)
    return (found.calibrated or found.raw).ece if found is not None else None


def _licence(stated: str | None) -> dict[str, str]:
    if stated is None:
        return {"license": "unknown"}
    known = stated.lower()
    return {"license": known} if known in HUB_LICENCES else {"license": "other", "license_name": stated}


def _results(subject: Subject) -> Iterator[dict[str, Any]]:
    hub = subject.origin.hub if subject.origin else ""
    name = subject.origin.name if subject.origin else ", ".join(subject.data) or "own data"
    several = len(subject.protocols) > 1
    for protocol in subject.protocols:
        yield {
            "task": {"type": "image-classification", "name": "Perceived gender of a face"},
            "dataset": {
                "type": hub if hub and not several else "imagefolder",
                "name": protocol.name if several else name,
                "split": "val",
            },
            "metrics": [metric for row in protocol.validation for metric in _metrics(row, protocol)],
        }


def _metrics(row: Row, protocol: ProtocolResult) -> Iterator[dict[str, Any]]:
    """Shares, not percent."""
    values = (
        ("accuracy", "Accuracy", row.accuracy),
        ("recall", "Recall of women", row.recall_female),
        ("recall", "Recall of men", row.recall),
        ("f1", "F1, macro", row.f1_macro),
        ("roc_auc", "ROC AUC", row.roc_auc),
        ("ece", "Expected calibration error", calibration_error(row, protocol)),
    )
    for kind, name, value in values:
        if value is not None:
            yield {"type": kind, "name": f"{name}, {VIEWS[row.tta]}", "value": round(value, 4)}
