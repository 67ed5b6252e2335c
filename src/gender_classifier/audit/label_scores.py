"""Scores that labels are judged by: of a model on data that it has not seen, or a table of out-of-fold scores."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gender_classifier.audit.learnt import Learnt
from gender_classifier.data.datasets import Sample, read_splits
from gender_classifier.data.reading import load_input, unreadable
from gender_classifier.data.samples import plain_name
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.faces.align import made_by_align
from gender_classifier.faces.crops import central_crop
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import score_groups
from gender_classifier.metrics.calibration import calibrate
from gender_classifier.metrics.decision import calibration_of
from gender_classifier.metrics.scores import Scores, read_scores
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.model_files.metadata import CalibrationPart
from gender_classifier.model_files.registry import model_file
from gender_classifier.names import to_text
from gender_classifier.runs.context import Context
from gender_classifier.runs.folder import REPORT
from gender_classifier.runs.records import Record
from gender_classifier.system.console import steps_left

FOLD = "out_of_fold"
"""Column of a table of `train --folds`: the fold whose run scored the image, 0 where none held it and all did.

Logits of such a table are calibrated, and no row's model learnt from it.
"""


@dataclass(frozen=True)
class LabelScores:
    """What labels are judged by, from `scores_of_model` or `scores_of_table`.

    Attributes:
        scores: labelled rows, one an image, named as the index of the data names them.
        male: float64 (N,), calibrated probability of male.
        source: which scores these are, one sentence.
        warnings: what makes them worth less than they seem, a sentence each.
    """

    scores: Scores
    male: NDArray[np.float64]
    source: str
    warnings: list[str] = field(default_factory=list)


def scores_of_model(data: Path, model: Path, threads: int | None = None) -> LabelScores:
    """Score the readable images of a data set by a model that did not learn from them.

    Images that `align` did not make are aligned first, as `predict` would; where no face is found the central
    square stands. What the model learnt from, as far as its metadata tells, is left out.

    Args:
        data: folder or manifest of labelled images.
        model: model file or run folder.
        threads: of the model; None: all cores that this process may use.

    Returns:
        Scores in the view `identity`, calibrated as the model file says.

    Raises:
        UserError: no image is left: the model learnt from all, or none can be read.
        UnreadableError: no such model or data.
    """
    file = model_file(model)
    classifier = GenderClassifier(file, threads=threads)
    m = classifier.metadata
    splits = read_splits(data)
    broken = unreadable([sample for samples in splits.values() for sample in samples])
    splits = {split: [s for s in samples if s.name not in broken] for split, samples in splits.items()}
    learnt = Learnt(m.manifest_sha256, m.training, to_text(file.name))
    splits, warnings = learnt.unseen(data, splits)
    if not m.calibration.acts:
        warnings.append(f"{to_text(file.name)} is not calibrated: its probabilities are as scored.")
    groups = [(split, samples) for split, samples in splits.items() if samples]
    if not groups:
        raise UserError(f"{data}: no image that can be read")
    aligned = made_by_align(data)
    read = partial(load_input, size=m.input_size, mode=m.fit) if aligned else _Aligner(classifier)
    with steps_left("scoring labelled images", sum(len(samples) for _, samples in groups)) as step:

        def load(sample: Sample) -> NDArray[np.uint8]:
            step()
            return read(sample)

        scores = score_groups(classifier, groups, ("identity",), m.input_size, m.fit, load)
    male = sigmoid(calibration_of(m).apply(scores.logit))
    how = "crops as they are" if aligned else "each image's face aligned first"
    source = f"Model file `{to_text(file.name)}`, {_calibrated(m.calibration)}; {how}."
    return LabelScores(scores, np.asarray(male, np.float64), source, warnings)


def _calibrated(part: CalibrationPart) -> str:
    if not part.acts:
        return "not calibrated"
    return f"calibrated on `{part.fitted_on}`" if part.fitted_on is not None else "calibrated as in the file"


class _Aligner:
    """Reads an image as the crop that the network takes; the central square where no face is found."""

    def __init__(self, classifier: GenderClassifier) -> None:
        self.geometry = classifier.geometry
        self.detector = FaceDetector(threads=1)

    def __call__(self, sample: Sample) -> NDArray[np.uint8]:
        picture = read_picture(sample.path)
        found, _ = central_crop(picture, self.detector, self.geometry)
        return found.picture if found is not None else fit(picture, self.geometry.size, "crop")


def scores_of_table(data: Path, table: Path) -> LabelScores:
    """Take labelled rows of a scores table to judge labels by, calibrated.

    An out-of-fold table is calibrated already. Of any other, rows of `train` and of images that the model learnt from,
    as far as a report beside it tells, are left out; scale and offset are fitted on `choose` where it has both classes,
    else on all rows that are left.

    Args:
        data: folder or manifest of labelled images; rows that are none of them are left out.
        table: as `train --folds`, `train` and `evaluate` write it.

    Returns:
        Scores in the view `identity`; warnings tell what a report beside the table says of its model.

    Raises:
        UserError: nothing is left, no row is an image of `data`, its names fit several folders of it, or the scores
            cannot be calibrated.
        UnreadableError: no such table or data, or a report beside the table that is none of ours.
    """
    splits = read_splits(data)
    rows = _named_as(read_scores(table).select(view="identity"), splits, table, data)
    rows = rows.take(rows.label >= 0)
    if FOLD in rows.extra:
        male = sigmoid(rows.logit)
        folds = len(set(rows.extra[FOLD].astype(int)) - {0})
        source = f"Out-of-fold scores of {folds} runs (`{to_text(table.name)}`), each calibrated on its own `choose`."
        return LabelScores(rows, np.asarray(male, np.float64), source)
    rows, warnings = _unseen_rows(rows, splits, table, data)
    if not len(rows):
        raise UserError(f"{table}: only rows of `train`, or of images that its model learnt from; use `train --folds`")
    choose = rows.select("choose")
    fitted_on, part = ("`choose`", choose) if len(set(choose.label.tolist())) == 2 else ("these very rows", rows)
    platt = calibrate(part.label, part.logit)
    if platt is None:
        raise UserError(f"{table}: cannot be calibrated; it takes women and men, and scores that tell them apart")
    source = f"Scores table `{to_text(table.name)}`, calibrated on {fitted_on}."
    return LabelScores(rows, np.asarray(sigmoid(platt.apply(rows.logit)), np.float64), source, warnings)


def _named_as(rows: Scores, splits: dict[str, list[Sample]], table: Path, data: Path) -> Scores:
    """The rows that are images of the data, named as its index does; a table of `DATA/val` leaves that out."""
    known = {sample.name for samples in splits.values() for sample in samples}
    rows = replace(rows, path=np.array([plain_name(str(path)) for path in rows.path], dtype=object))
    prefixes = ["", *sorted({f"{name.partition('/')[0]}/" for name in known if "/" in name})]
    found = {prefix: sum(f"{prefix}{path}" in known for path in rows.path) for prefix in prefixes}
    best = [prefix for prefix in prefixes if found[prefix] == max(found.values())]
    if not max(found.values()):
        raise UserError(f"{table}: none of its {len(rows)} rows is an image of {data}")
    if len(best) > 1:
        # The same names stand in several splits: an evaluation's report says which folder it was of.
        evaluated = {f"{Path(name).name}/" for name in _context(table).data}
        best = [prefix for prefix in best if prefix in evaluated]
    if len(best) != 1:
        raise UserError(f"{table}: its names stand in several folders of {data}; score {data} as a whole instead")
    paths = np.array([f"{best[0]}{path}" for path in rows.path], dtype=object)
    return replace(rows, path=paths).take(np.array([path in known for path in paths], bool))


def _unseen_rows(rows: Scores, splits: dict[str, list[Sample]], table: Path, data: Path) -> tuple[Scores, list[str]]:
    """The rows of images that the model has not learnt from, as far as can be told, and warnings."""
    left = rows.take(rows.split != "train")
    learnt = len(rows) - len(left)
    warnings = [f"{learnt} rows of `train` are left out: the model learnt from them."] if learnt else []
    context = _context(table)
    if context.training is None or context.trained_on is None:
        if not learnt:
            warnings.append("The table does not tell what its model learnt from: make sure that it is not this data.")
        return left, warnings
    unseen, said = Learnt(context.trained_on, context.training, to_text(table.name)).unseen(data, splits)
    names = {sample.name for samples in unseen.values() for sample in samples}
    return left.take(np.array([path in names for path in left.path], bool)), warnings + said


class _Reported(Record):
    """Of a report what it says besides its figures."""

    context: Context


def _context(table: Path) -> Context:
    """What the report beside a table, or beside its folder, says of data and model; nothing where there is none."""
    places = (table.with_name(REPORT), table.parent.parent / REPORT)
    report = next((place for place in places if place.is_file()), None)
    if report is None:
        return Context()
    try:
        return _Reported.read(report).context
    except UnreadableError:
        raise UnreadableError(f"{report}: not a report of ours; move it away from the table") from None
