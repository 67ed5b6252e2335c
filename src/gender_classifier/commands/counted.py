"""What ``count`` reads: the faces to count, and what labelled faces tell of the model's errors."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.commands.rows import PRIOR
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.evidence.counting import Confusion, Likelihood, confusion_at, likelihood_of
from gender_classifier.evidence.decision import UNCERTAIN, DecisionRule, prior_shift
from gender_classifier.evidence.scores import read_scores, read_table, scores_from
from gender_classifier.inference.prediction import OK
from gender_classifier.metadata import ModelMetadata

_ROUNDED = 5e-7
"""Half the last digit of a probability as ``predict`` writes it."""


@dataclass(frozen=True)
class Model:
    """What counting takes from a model file: where it lies, what it says of itself, and whether TTA is meant."""

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
class Faces:
    """Faces to count.

    Attributes:
        photo: what each face's picture is called, (N,).
        logit: before calibration, float64 (N,).
        label: int64 (N,), 0 female, 1 male, -1 unknown.
        left_out: rows without a face to count, by why.
    """

    photo: NDArray[Any]
    logit: NDArray[np.float64]
    label: NDArray[np.int64]
    left_out: dict[str, int]


@dataclass(frozen=True)
class HeldOut:
    """What labelled faces tell: the confusion, how likely logits are (None: not known), and whose faces they are."""

    confusion: Confusion
    likelihood: Likelihood | None
    source: str


def read_faces(path: Path, model: Model) -> Faces:
    """Faces of a scores table, or of a table that ``predict`` wrote.

    Raises:
        UnreadableError: no such file, neither kind of table, or what is no number or probability in it.
        UserError: no face in it, or answers that are not the model's.
    """
    table = read_table(path)
    if "probability_male" in table:
        faces = _predicted(table, path, model)
    elif "logit" in table:
        scores = scores_from(table, path)
        view = "tta" if model.tta else "identity"
        rows = scores.select(view=view)
        if not len(rows) and len(scores):
            raise UserError(f"{path}: no rows of view `{view}`" + ("; leave out --tta" if model.tta else ""))
        faces = Faces(rows.path, rows.logit, rows.label, {})
    else:
        raise UnreadableError(
            f"{path}: neither a scores table (column `logit`) nor one of `predict` (probability_male)"
        )
    if not faces.logit.size:
        raise UserError(f"{path}: no face to count in it")
    if not np.isfinite(faces.logit).all():
        raise UnreadableError(f"{path}: {int((~np.isfinite(faces.logit)).sum())} logits are no finite numbers")
    return faces


def _predicted(table: dict[str, NDArray[Any]], path: Path, model: Model) -> Faces:
    missing = [name for name in ("path", "label", "status") if name not in table]
    if missing:
        raise UnreadableError(f"{path}: a table of `predict` has the columns path, label and status; not {missing[0]}")
    status = np.array([str(value).partition(":")[0] for value in table["status"]], dtype=object)
    faces = status == OK
    try:
        p = table["probability_male"][faces].astype(np.float64)
    except (TypeError, ValueError) as error:
        raise UnreadableError(f"{path}: column `probability_male`: {error}") from None
    if not ((p >= 0) & (p <= 1)).all():
        raise UnreadableError(f"{path}: column `probability_male` holds what is not between 0 and 1")
    clipped = np.clip(p, _ROUNDED, 1 - _ROUNDED)
    fitted = model.metadata.calibration
    calibrated = np.log(clipped) - np.log1p(-clipped) - _assumed(table, faces, path, model)
    logit = np.asarray((calibrated - fitted.offset) / fitted.scale, np.float64)
    _check_answers(table["label"][faces], p, path, model)
    left_out = Counter(str(value) for value in status[~faces])
    return Faces(table["path"][faces], logit, np.full(p.size, -1, np.int64), dict(left_out))


def _assumed(table: dict[str, NDArray[Any]], faces: NDArray[np.bool_], path: Path, model: Model) -> float:
    """What ``predict --prior`` added to the calibrated logits, which a count must not build on."""
    priors = {str(value) for value in table.get(PRIOR, np.array([], object))[: len(faces)]} - {"", "None"}
    if not priors:
        return 0.0
    try:
        (share,) = {float(value) for value in priors}
    except ValueError:
        raise UnreadableError(f"{path}: column `{PRIOR}` must hold one share for all rows") from None
    return prior_shift(model.metadata, share, str(model.path))


def _check_answers(labels: NDArray[Any], p: NDArray[np.float64], path: Path, model: Model) -> None:
    """Refuse answers that this model's threshold and band do not give: its confusion would be another's."""
    rule = model.rule
    at = float(rule.probabilities(rule.threshold))
    low, high = rule.band or (at, at)
    names = model.metadata.class_names
    given = np.array([str(label) for label in labels], dtype=object)
    wrong = (given == names[0]) & (p > low + _ROUNDED) | (given == names[1]) & (p < high - _ROUNDED)
    wrong |= ~np.isin(given, (*names, UNCERTAIN)) | (given == UNCERTAIN) & (
        (p < low - _ROUNDED) | (p > high + _ROUNDED)
    )
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise UserError(
            f"{path}: {int(wrong.sum())} answers are not those of {model.path} (the first: `{given[first]}` at "
            f"{p[first]:.3f}); name the model that made them with --model, and --tta if they were made with it"
        )


def held_out(model: Model, confusion: Path | None) -> HeldOut:
    """From a labelled scores table, or else from the report that lies beside the model.

    Raises:
        UnreadableError: a file that cannot be read.
        UserError: no report beside the model, one of another model, or no labelled faces of both genders.
    """
    return _from_scores(confusion, model) if confusion is not None else _from_report(model)


def _from_scores(path: Path, model: Model) -> HeldOut:
    scores = read_scores(path)
    # What a network learnt from it knows better than the faces to be counted.
    rows = scores.take((scores.label >= 0) & (scores.split != "train") & (scores.view == _view(model)))
    if not 0 < rows.label.sum() < len(rows):
        raise UserError(
            f"{path}: labelled rows of women and of men are needed, of view `{_view(model)}`, outside split train"
        )
    found = confusion_at(rows.label, rows.logit, model.cut)
    return HeldOut(found, likelihood_of(rows.label, rows.logit), f"labelled faces of {path}")


def _view(model: Model) -> str:
    return "tta" if model.tta else "identity"


def _from_report(model: Model) -> HeldOut:
    """The report's validation faces, on which nothing was chosen; where it has none, those it was chosen on."""
    path = model.path.with_name("report.json")
    if not path.is_file():
        raise UserError(
            f"{model.path}: no report.json beside it tells how often it errs; name labelled --confusion SCORES"
        )
    try:
        protocol = json.loads(path.read_text(encoding="utf-8"))["protocols"][0]
        mode = "enabled" if model.tta else "disabled"
        rows = {row["split"]: row for row in protocol["rows"] if row["tta"] == mode and row["split"] != "train"}
        row = rows.get("val") or rows["choose"]
        found = Confusion(*(int(row[name]) for name in ("tn", "fp", "fn", "tp")))
        same = abs(float(row["threshold_logit"]) - model.cut) < 1e-6
        platt = protocol["calibration"]["platt"] or {}
        covariance = np.array(platt["covariance"], np.float64) if "covariance" in platt else None
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise UnreadableError(
            f"{path}: not a report that counting understands; name labelled --confusion SCORES"
        ) from None
    if not same:
        raise UserError(
            f"{path}: of a model with another threshold than {model.path}; name labelled --confusion SCORES"
        )
    counts = model.metadata.calibrated_on()
    likelihood = None
    if counts is not None:
        likelihood = Likelihood(model.rule.calibration, *counts, covariance)
    source = f"{row['phase']} faces of {path}"
    return HeldOut(found, likelihood, source)
