"""``evaluate``: a run or a model file on labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console

from gender_classifier.commands.pictures import PictureSource
from gender_classifier.commands.progress import say
from gender_classifier.data.index import Sample, read_classes, read_splits
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.evidence.scores import Scores, write_scores
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import score_samples
from gender_classifier.metadata import ModelMetadata
from gender_classifier.report.build import Protocol, build_report, write_report
from gender_classifier.report.figures import write_figures
from gender_classifier.report.tables import terminal_table


def evaluate(
    source: Path,
    data: Sequence[Path],
    *,
    out: Path | None = None,
    tta: bool | None = None,
    threads: int | None = None,
) -> dict[str, Any]:
    """Evaluate ``source`` on ``data``; without data, a run on its own pictures again. Returns the report."""
    if not data:
        return _again(source, threads)
    model = source / "model.onnx" if source.is_dir() else source
    if not model.is_file():
        hint = f"; write it by `gender-classifier export {source}`" if source.is_dir() else ""
        raise UnreadableError(f"{model}: no such model file{hint}")
    classifier = GenderClassifier(model, threads=threads)
    metadata = classifier.metadata
    use_tta = len(metadata.tta.views) > 1 if tta is None else tta
    views = tuple(metadata.tta.views) if use_tta and metadata.tta.views else ("identity",)
    folders = {folder: labelled(folder) for folder in data}
    scores = _score(classifier, folders, views)
    target = out or Path(f"{model.stem}-evaluation")
    target.mkdir(parents=True, exist_ok=True)
    write_scores(scores, target / "scores.parquet")
    return _report(target, scores, folders, metadata, model)


def labelled(folder: Path) -> list[Sample]:
    """Every labelled picture of a class folder, of the validation split of a data set, or of a manifest."""
    if folder.is_dir() and not (folder / "train").is_dir():
        if not any((folder / name).is_dir() for name in ("val", "valid", "validation", "test")):
            return read_classes(folder, folder)
        raise UserError(f"{folder}: name the split, for example {folder}/val")
    splits = read_splits(folder)
    return splits.get("val") or [sample for samples in splits.values() for sample in samples]


def _again(run: Path, threads: int | None) -> dict[str, Any]:
    from gender_classifier.commands.finish import finish_run
    from gender_classifier.commands.rebuild import index_of_run

    return finish_run(run, index_of_run(run), threads)


def _score(classifier: GenderClassifier, folders: dict[Path, list[Sample]], views: tuple[str, ...]) -> Scores:
    metadata = classifier.metadata
    parts = [
        score_samples(classifier, samples, "val", views, metadata.input_size, metadata.fit)
        for samples in folders.values()
    ]
    scores = parts[0].concat(*parts[1:])
    return scores.with_tta(views) if len(views) > 1 else scores


def _report(
    target: Path, scores: Scores, folders: dict[Path, list[Sample]], metadata: ModelMetadata, model: Path
) -> dict[str, Any]:
    fixed = (metadata.threshold.logit, metadata.tta.threshold_logit)
    note = f"thresholds as in the model file, chosen on `{metadata.threshold.chosen_on}` when it was trained"
    protocols = [Protocol("as released", scores, None, metadata.threshold.metric, fixed, note)]
    context = {
        "model": model.name,
        "training": metadata.training,
        "data": [str(folder) for folder in folders],
    }
    report = build_report(protocols, context=context)
    write_report(report, target)
    every = [sample for samples in folders.values() for sample in samples]
    write_figures(target, report, protocols, [], PictureSource(every, metadata.input_size, metadata.fit))
    Console().print(terminal_table(report))
    say(f"report: {target / 'report.md'}")
    return report
