"""`compare`: models, runs or scores tables side by side on the same labelled images."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console

from gender_classifier.data.datasets import Sample
from gender_classifier.errors import ExitCode, UnreadableError, UserError
from gender_classifier.evaluation.evaluate import framing_note, readable
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import score_groups
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.comparison import DRAWS, compare
from gender_classifier.metrics.contenders import Contender, changed, same_faces
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import (
    COLUMNS,
    Scores,
    read_scores,
    write_scores,
)
from gender_classifier.model_files.registry import missing, model_file
from gender_classifier.names import to_text
from gender_classifier.report.comparison_page import PAGE, terminal_tables, write_comparison
from gender_classifier.report.images import PictureSource
from gender_classifier.report.protocol import MODES
from gender_classifier.runs.folder import EvaluationFolder, RunFolder
from gender_classifier.system.console import say, steps_left
from gender_classifier.system.files import refuse_existing, sha256_of
from gender_classifier.system.texts import CsvRows

Judged = tuple[Scores, dict[str, DecisionRule], str]
"""A source's scores, how each of its views is judged, and a few words on that."""
_SHOWN_SIZE, _SHOWN_FIT = 224, "pad"
"""Of the images on the contact sheet, since models may see them at different sizes."""


@dataclass(frozen=True)
class CompareOptions:
    """What `compare` was asked for.

    Attributes:
        out: folder for page, tables, changed images and scores.
        tta: compare each model with test-time augmentation too, where it has it.
        skip_unreadable: leave out images that cannot be read; else they are an error.
        draws: of the bootstrap.
        threads: of the models' engine; None: all cores.
        overwrite: `out` may hold an earlier comparison.

    Example:
        >>> options = CompareOptions(Path("comparison"), tta=True)
        >>> compare_models([Path("a.onnx"), Path("b.onnx"), Path("faces/val")], options)  # doctest: +SKIP
        <ExitCode.FINE: 0>
    """

    out: Path = Path("comparison")
    tta: bool = False
    skip_unreadable: bool = False
    draws: int = DRAWS
    threads: int | None = None
    overwrite: bool = False


def compare_models(asked: Sequence[Path], options: CompareOptions) -> ExitCode:
    """Compare models, runs or scores tables, and write the comparison into `options.out`.

    Scores tables alone need no images: they are compared on the faces that they share.

    Args:
        asked: two or more model files, run or evaluation folders or scores tables, and last the labelled images, a
            folder or a manifest; the images may be left out where all are tables or evaluation folders.
        options: what to compare by, and where to write.

    Returns:
        FINE.

    Raises:
        UserError: options that do not go together, scores that cannot be compared, or an earlier comparison in
            `options.out`; the scores that it kept are used with `options.overwrite`.
        UnreadableError: no such model, table or data, or images that cannot be read.
    """
    if options.out.exists() and not options.out.is_dir():
        raise UserError(f"{options.out}: is a file; --out names a folder")
    refuse_existing(options.out, options.overwrite, holding=PAGE)
    sources, data = _sides(asked)
    samples = readable([data], options.skip_unreadable).samples if data is not None else []
    contenders: list[Contender] = []
    notes = []
    for name, source in _names(sources).items():
        scores, rules, said = _source(source, samples, data, options)
        notes.append(f"{name}: {said}.")
        views = ("identity", "tta") if options.tta else ("identity",)
        for view in views:
            if len(rows := scores.select(view=view)):
                shown = name if view == "identity" else f"{name} + TTA"
                contenders.append(Contender(shown, _of(rows, samples, source), rules[view]))
    kept, left_out = same_faces(contenders)
    if left_out:
        notes.append(f"{left_out} faces that not all of them have are left out.")
    with steps_left("draws", options.draws) as tick:
        comparison = compare(kept, options.draws, tick=tick)
    pictures = PictureSource(samples, _SHOWN_SIZE, _SHOWN_FIT) if samples else None
    write_comparison(options.out, comparison, kept, changed(kept), notes, pictures)
    Console().print(terminal_tables(comparison))
    for note in notes:
        say(note)
    say(f"comparison: {options.out / PAGE}")
    return ExitCode.FINE


def _sides(asked: Sequence[Path]) -> tuple[list[Path], Path | None]:
    """What is compared, and the images that it is compared on."""
    for path in asked:
        if not path.exists():
            raise UnreadableError(f"{path}: no such file or folder")
    if all(_is_table(path) or _is_evaluation(path) for path in asked):
        sources, data = list(asked), None
    else:
        *sources, data = asked
        run = RunFolder(data).begun or RunFolder(data).model.is_file()
        if run or _is_table(data) or _is_evaluation(data) or data.suffix == ".onnx":
            raise UserError(f"{data}: stands last, where the labelled images are named: a folder or a manifest")
    if len({source.resolve() for source in sources}) < len(sources):
        raise UserError(f"{', '.join(map(str, sources))}: the same twice")
    return sources, data


def _is_table(path: Path) -> bool:
    """Whether this is a scores table rather than a manifest."""
    if not path.is_file() or path.suffix not in (".csv", ".parquet"):
        return False
    if path.suffix == ".parquet":
        return True
    try:
        return set(COLUMNS) <= set(CsvRows(path).columns)
    except UnreadableError:
        return False


def _is_evaluation(path: Path) -> bool:
    """Whether `evaluate` wrote this folder, of a model file."""
    return EvaluationFolder(path).finished


def _names(sources: Sequence[Path]) -> dict[str, Path]:
    """A short name for each, with as much of its path as tells it from the others."""
    places = [path.resolve() if path.is_dir() else path.resolve().with_suffix("") for path in sources]
    for parts in range(1, max(len(place.parts) for place in places)):
        names = ["/".join(place.parts[-parts:]) for place in places]
        if len(set(names)) == len(names):
            return dict(zip(map(to_text, names), sources, strict=True))
    return {to_text(source): source for source in sources}


def _of(scores: Scores, samples: Sequence[Sample], source: Path) -> Scores:
    """The rows of the images named; all rows where none are.

    Raises:
        UserError: none of them is in the table.
    """
    if not samples:
        return scores
    known = {sample.name for sample in samples}
    kept = scores.take(np.array([str(path) in known for path in scores.path], bool))
    if not len(kept):
        raise UserError(f"{source}: has none of the {len(samples)} images by name, `{samples[0].name}` for one")
    return kept


def _source(source: Path, samples: Sequence[Sample], data: Path | None, options: CompareOptions) -> Judged:
    if _is_table(source):
        rule = DecisionRule()
        said = "a scores table, its threshold 0.5, its probabilities as scored"
        return _validation(read_scores(source)), {"identity": rule, "tta": rule}, said
    model = model_file(source)
    if source.is_dir() and not model.is_file():
        if _is_evaluation(source):
            return _evaluated(source)
        raise missing(model)
    classifier = GenderClassifier(model, threads=options.threads)
    m = classifier.metadata
    views = ["identity", *(view for view in m.tta.views if view != "identity")] if options.tta else ["identity"]
    rules = {"identity": DecisionRule.of_model(m), "tta": DecisionRule.of_model(m, tta=True)}
    chosen = f", chosen on `{m.threshold.chosen_on}`" if m.threshold.chosen_on else ""
    framing = framing_note(data, m) if data is not None else ""
    said = f"threshold as in the model file{chosen}{'; ' + framing.rstrip('.') if framing else ''}"
    return _scored(classifier, samples, views, options.out / "scores"), rules, said


def _validation(scores: Scores) -> Scores:
    """The split that is reported; a table without such a split as it is."""
    reported = scores.select("val")
    return reported if len(reported) else scores


def _evaluated(folder: Path) -> Judged:
    """An evaluation's scores, judged as the first protocol of its report does."""
    protocol = EvaluationFolder(folder).read_report().protocols[0]
    fitted = protocol.calibration.platt
    platt = Calibration(fitted.scale, fitted.offset) if fitted is not None else Calibration()
    band = protocol.uncertain.band if protocol.uncertain is not None else None
    rules = {MODES[mode]: DecisionRule(cut.logit, platt, band) for mode, cut in protocol.thresholds.items()}
    scores = _validation(read_scores(EvaluationFolder(folder).scores))
    return scores, rules, f"threshold and calibration as in its report, protocol `{protocol.name}`"


def _scored(classifier: GenderClassifier, samples: Sequence[Sample], views: Sequence[str], kept: Path) -> Scores:
    """Scores of the images, kept by what they are scores of: the model's bytes, the images', names and labels."""
    pictures = [[s.name, s.label, s.extra, sha256_of(s.path)] for s in samples]
    content = json.dumps([sha256_of(classifier.path), list(views), pictures], sort_keys=True)
    path = kept / f"{hashlib.sha256(content.encode()).hexdigest()[:24]}.csv"
    if path.is_file():
        return read_scores(path)
    m = classifier.metadata
    with steps_left(f"{classifier.path}: images", len(samples)) as tick:
        scores = score_groups(classifier, [("val", samples)], views, m.input_size, m.fit, tick=tick)
    write_scores(scores, path)
    return scores
