"""What `count` is told of the model, and what labelled faces tell of its errors."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.known_errors import Confusion, Likelihood, confusion_at, likelihood_of
from gender_classifier.metrics.scores import read_scores
from gender_classifier.model_files.metadata import ModelMetadata
from gender_classifier.runs.folder import REPORT
from gender_classifier.runs.report import ProtocolResult, Report, Row


@dataclass(frozen=True)
class Model:
    """What counting takes from a model file.

    Attributes:
        path: where it lies.
        metadata: what it says of itself.
        tta: the logits to count are means over its views.

    Example:
        >>> Model(Path("model.onnx"), ModelMetadata(), tta=False).cut
        0.0
    """

    path: Path
    metadata: ModelMetadata
    tta: bool

    @property
    def cut(self) -> float:
        """Male from this logit on."""
        return self.rule.threshold

    @property
    def rule(self) -> DecisionRule:
        """Threshold, calibration and band."""
        return DecisionRule.of_model(self.metadata, self.tta)


@dataclass(frozen=True)
class HeldOut:
    """What labelled faces tell of a model's errors.

    Attributes:
        confusion: by the model's threshold.
        likelihood: how likely logits are; None: not known.
        source: whose faces they are, for texts.
        own: the user named them.
        uncertain: share of them within the model's own uncertain band; None: not known.

    Example:
        >>> HeldOut(Confusion(tn=90, fp=10, fn=5, tp=95), None, "validation faces of report.json").confusion.women
        100
    """

    confusion: Confusion
    likelihood: Likelihood | None
    source: str
    own: bool = False
    uncertain: float | None = None


def first_rows(keys: Iterable[Hashable]) -> NDArray[np.bool_]:
    """Mark the rows whose key no earlier row has.

    Args:
        keys: one a row, N.

    Returns:
        bool (N,).
    """
    seen: set[Hashable] = set()
    first = []
    for key in keys:
        first.append(key not in seen)
        seen.add(key)
    return np.array(first, bool)


def held_out(model: Model, confusion: Path | None) -> HeldOut:
    """Read a model's errors on faces that it did not learn from.

    Args:
        model: whose errors.
        confusion: scores table of labelled faces, of the view that is counted; its split `train` is left out. None: the
            report that lies beside the model.

    Returns:
        The errors.

    Raises:
        UnreadableError: a file that cannot be read.
        UserError: no report beside the model, one of another model, or no labelled faces of both genders.
    """
    return _from_scores(confusion, model) if confusion is not None else _from_report(model)


def _from_scores(path: Path, model: Model) -> HeldOut:
    scores = read_scores(path)
    # What a network learnt from it knows better than the faces to be counted.
    rows = scores.take((scores.label >= 0) & (scores.split != "train") & (scores.view == _view(model)))
    rows = rows.take(first_rows(zip(rows.path, rows.face.tolist(), strict=True)))
    if not 0 < rows.label.sum() < len(rows):
        raise UserError(
            f"{path}: labelled rows of women and of men are needed, of view `{_view(model)}`, outside split train"
        )
    found = confusion_at(rows.label, rows.logit, model.cut)
    uncertain = 1 - float(model.rule.answered(rows.logit).mean()) if model.rule.band is not None else None
    likelihood = likelihood_of(rows.label, rows.logit)
    return HeldOut(found, likelihood, f"labelled faces of {path}", own=True, uncertain=uncertain)


def _view(model: Model) -> str:
    return "tta" if model.tta else "identity"


def _from_report(model: Model) -> HeldOut:
    """The report's validation faces, on which nothing was chosen; where it has none, those it was chosen on."""
    path = model.path.with_name(REPORT)
    if not path.is_file():
        raise UserError(
            f"{model.path}: no report.json beside it tells how often it errs; name labelled --confusion SCORES"
        )
    try:
        protocol = Report.read(path).protocols[0]
        mode = "enabled" if model.tta else "disabled"
        row = protocol.row("val", mode) or protocol.row("choose", mode)
    except (UnreadableError, IndexError):
        row = None
    if row is None:
        raise UnreadableError(f"{path}: not a report that counting understands; name labelled --confusion SCORES")
    found = Confusion(row.tn, row.fp, row.fn, row.tp)
    platt = protocol.calibration.platt
    covariance = np.array(platt.covariance, np.float64) if platt is not None and platt.covariance is not None else None
    if abs(row.threshold_logit - model.cut) >= 1e-6:
        raise UserError(
            f"{path}: of a model with another threshold than {model.path}; name labelled --confusion SCORES"
        )
    counts = model.metadata.calibrated_on()
    likelihood = None
    if counts is not None:
        likelihood = Likelihood(model.rule.calibration, *counts, covariance)
    source = f"{row.phase} faces of {path}"
    return HeldOut(found, likelihood, source, uncertain=_uncertain(protocol, row))


def _uncertain(protocol: ProtocolResult, row: Row) -> float | None:
    """The share of uncertain faces in the report's row of the same split and views, where it has that."""
    rows = protocol.uncertain.rows if protocol.uncertain is not None else []
    return next((each.unanswered.share for each in rows if each.key == row.key), None)
