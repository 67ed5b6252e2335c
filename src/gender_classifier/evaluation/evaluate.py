"""`evaluate`: a run or a model file on labelled images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from gender_classifier.data.corrections import read_corrections
from gender_classifier.data.datasets import (
    VALIDATION_NAMES,
    DataIndex,
    Sample,
    read_classes,
    read_splits,
)
from gender_classifier.data.reading import refuse_unreadable, unreadable
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.evaluation.corrected import as_published_and_corrected, decisions_by_score, evaluation_context
from gender_classifier.evaluation.photos import FoundFaces
from gender_classifier.evaluation.protocols import protocols_of
from gender_classifier.faces.align import made_by_align
from gender_classifier.images.files import PassedOver
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import Load, score_groups
from gender_classifier.metrics.decision import DecisionRule, prior_shift
from gender_classifier.metrics.prior import parse_prior
from gender_classifier.metrics.scores import write_scores
from gender_classifier.model_files.metadata import ModelMetadata
from gender_classifier.model_files.registry import missing, model_file
from gender_classifier.names import to_text
from gender_classifier.report.build import build_report, write_report
from gender_classifier.report.detection import found_sentence
from gender_classifier.report.figures import write_figures
from gender_classifier.report.images import PictureSource, maps_of
from gender_classifier.report.protocol import Protocol
from gender_classifier.report.tables import terminal_table
from gender_classifier.runs.context import Context, Counts
from gender_classifier.runs.folder import REPORT, EvaluationFolder, RunFolder
from gender_classifier.runs.report import Report
from gender_classifier.system.console import say
from gender_classifier.system.files import refuse_existing

SPLIT_FOLDERS = (*VALIDATION_NAMES, "test")


@dataclass(frozen=True)
class Labelled:
    """The readable images by folder or manifest; why the others cannot be read, by image; and how to read."""

    sources: dict[str, list[Sample]]
    broken: dict[str, str]
    load: Load | None = None

    @property
    def samples(self) -> list[Sample]:
        """All images, in the order of the sources."""
        return [sample for samples in self.sources.values() for sample in samples]


def evaluate(
    source: Path,
    data: Sequence[Path],
    *,
    out: Path | None = None,
    tta: bool | None = None,
    skip_unreadable: bool = False,
    threads: int | None = None,
    prior: str | None = None,
    corrections: Path | None = None,
    photos: bool = False,
    overwrite: bool = False,
) -> Report:
    """Evaluate a model on labelled images; write scores, report and figures, and show the tables.

    Args:
        source: run folder or model file.
        data: folders and manifests of labelled images.
        out: folder to write; None: named by the model, in the working directory.
        tta: with the model's views; None: where it has some.
        skip_unreadable: leave out images that cannot be read.
        threads: None: all cores that this process may use.
        prior: a population, `male=0.77` say: the model as corrected for it comes first, and then as it is.
        corrections: file of reviewed labels (`data.corrections`): results on the labels as published and as corrected.
        photos: find each image's central face first, as `predict` would; one that is not found counts as an error.
        overwrite: `out` may hold an earlier evaluation.

    Returns:
        The report.

    Raises:
        UserError: options that do not go together, data that cannot be evaluated on, or `out` holds an evaluation.
        UnreadableError: no such model or data, or images that cannot be read.
    """
    if not data:
        raise UserError(f"{source}: name the labelled images to evaluate on, folders or manifests")
    model = model_file(source)
    if not model.is_file():
        raise missing(model)
    target = _target(out or Path(f"{source.name if source.is_dir() else source.stem}-evaluation"), overwrite)
    classifier = GenderClassifier(model, threads=threads)
    added = prior_shift(classifier.metadata, parse_prior(prior), str(model)) if prior is not None else 0.0
    views = _views(classifier.metadata, tta, model)
    reviewed = read_corrections(corrections) if corrections is not None else None
    pictures = readable(data, skip_unreadable)
    faces = FoundFaces(classifier, pictures.samples) if photos else None
    if faces is not None:
        pictures = replace(
            pictures, sources={name: faces.having(s) for name, s in pictures.sources.items()}, load=faces
        )
    decisions = decisions_by_score(reviewed, pictures.sources, data) if reviewed is not None else {}
    notes = _notes(pictures, data, classifier.metadata, photos)
    if prior is not None:
        notes.append(_prior_note(prior, pictures.samples))
    for note in notes:
        say(note)
    groups = [("val", samples) for samples in pictures.sources.values()]
    m = classifier.metadata
    scores = score_groups(classifier, groups, views, m.input_size, m.fit, load=faces)
    target.mkdir(parents=True, exist_ok=True)
    _without_report(EvaluationFolder(target))
    write_scores(scores, EvaluationFolder(target).scores)
    protocols = protocols_of(scores, pictures.sources, m, (prior, added) if prior is not None else None)
    protocols = as_published_and_corrected(protocols, reviewed, decisions)
    said = evaluation_context(reviewed, decisions, pictures.samples) if reviewed is not None else None
    context = _context(classifier, pictures)
    context.notes, context.corrections, context.detection = notes, said, None
    if faces is not None:
        # As in the headline: the first protocol has the published labels, and the prior's threshold if there is one.
        context.detection = faces.results(scores, DecisionRule.of_model(m).shifted(added).threshold)
        context.detection.protocol = protocols[0].name
        say(found_sentence(context.detection))
    return _report(target, build_report(protocols, context=context), protocols, pictures, classifier)


def _context(classifier: GenderClassifier, pictures: Labelled) -> Context:
    """What the report says of model and images."""
    index = DataIndex(Path(), {"val": pictures.samples})
    return Context(
        model=to_text(classifier.path.name),
        training=classifier.metadata.training,
        trained_on=classifier.metadata.manifest_sha256,
        data=list(pictures.sources),
        counts={split: Counts(**counts) for split, counts in index.counts().items()},
        digest=index.digest(),
        unreadable=pictures.broken,
    )


def labelled(folder: Path, passed: PassedOver | None = None) -> list[Sample]:
    """List every labelled image of a class folder, of the validation split of a data set, or of a manifest.

    Args:
        folder: any of these; of a data set or manifest without a validation split all its images.
        passed: is told of the files in class folders that are no images.

    Returns:
        The images, one at least.

    Raises:
        UserError: a folder with several splits, of which none is named, or no labelled image.
        UnreadableError: no such folder or manifest.
    """
    if folder.is_dir() and not (folder / "train").is_dir():
        if not any((folder / name).is_dir() for name in SPLIT_FOLDERS):
            return read_classes(folder, folder, passed)
        raise UserError(f"{folder}: name the split, for example {folder}/val")
    splits = read_splits(folder, passed)
    samples = splits.get("val") or [sample for samples in splits.values() for sample in samples]
    if not samples:
        raise UserError(f"{folder}: no labelled image in it")
    return samples


def _target(folder: Path, overwrite: bool) -> Path:
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; --out names a folder")
    if RunFolder(folder).log.exists():
        raise UserError(f"{folder}: holds a run, whose report would be lost; choose another --out")
    refuse_existing(folder, overwrite, holding=REPORT)
    return folder


def _without_report(folder: EvaluationFolder) -> None:
    """Remove the old report first: an interrupted evaluation must not leave it beside new scores."""
    for file in (folder.report, folder.report_page, folder.report_html):
        file.unlink(missing_ok=True)


def _views(metadata: ModelMetadata, tta: bool | None, model: Path) -> tuple[str, ...]:
    """The single view first, which every report shows, and the model's others unless they are not wanted."""
    others = tuple(view for view in metadata.tta.views if view != "identity")
    if tta and not others:
        raise UserError(f"{model}: has no views for --tta; it was trained with tta.enabled=false")
    return ("identity", *others) if tta or tta is None else ("identity",)


def readable(data: Sequence[Path], skip: bool) -> Labelled:
    """Read which labelled images there are.

    Args:
        data: folders and manifests.
        skip: leave out images that cannot be read.

    Returns:
        Images by source; of several, names begin with the source, so that all differ.

    Raises:
        UserError: a source is named twice.
        UnreadableError: images that cannot be read, unless they are to be skipped; or none that can.
    """
    passed = PassedOver()
    sources = {to_text(folder.as_posix()): labelled(folder, passed) for folder in data}
    if passed:
        say(passed.sentence())
    if len(sources) < len(data):
        raise UserError(f"{', '.join(map(str, data))}: the same folder or manifest twice")
    if len(sources) > 1:
        sources = {
            name: [replace(s, name=f"{name}/{s.name}", extra={**s.extra, "data": name}) for s in samples]
            for name, samples in sources.items()
        }
    every = [sample for samples in sources.values() for sample in samples]
    broken = unreadable(every)
    if not skip:
        refuse_unreadable(broken, len(every))
    kept = {name: [s for s in samples if s.name not in broken] for name, samples in sources.items()}
    for name, samples in kept.items():
        if not samples:
            raise UnreadableError(f"{name}: none of its {len(sources[name])} images can be read")
    return Labelled(kept, broken)


def _notes(pictures: Labelled, data: Sequence[Path], metadata: ModelMetadata, photos: bool) -> list[str]:
    """What makes the figures mean less than they seem to."""
    repeated = len(pictures.samples) - len({sample.path.resolve() for sample in pictures.samples})
    notes = [f"Images that are there more than once and count each time: {repeated}."] if repeated else []
    if photos:
        if metadata.geometry is None:
            notes.append("Faces were found and aligned, and the model was not trained on such crops.")
        return notes
    return [*notes, *(note for source in data if (note := framing_note(source, metadata)))]


def _prior_note(prior: str, samples: Sequence[Sample]) -> str:
    men = sum(sample.label == 1 for sample in samples) / len(samples)
    return f"Corrected for a population with {prior}; of these faces {100 * men:.1f} % are labelled male."


def framing_note(source: Path, metadata: ModelMetadata) -> str:
    """Say where faces are cropped in another way than those that the model learnt from.

    Args:
        source: folder or manifest of labelled images.
        metadata: of the model file.

    Returns:
        One sentence; empty where the crops are alike.
    """
    aligned = made_by_align(source)
    if aligned == (metadata.geometry is not None):
        return ""
    is_not, was = ("is", "not ") if aligned else ("is not", "")
    return f"{to_text(source)} {is_not} the work of `align`, and the model was {was}trained on such crops."


def _report(
    target: Path, report: Report, protocols: list[Protocol], pictures: Labelled, classifier: GenderClassifier
) -> Report:
    """Write the report and its figures, and show the tables."""
    metadata = classifier.metadata
    write_report(report, target)
    source = PictureSource(pictures.samples, metadata.input_size, metadata.fit, pictures.load)
    write_figures(target, report, protocols, [], source, maps_of(classifier, source))
    Console().print(terminal_table(report))
    say(f"report: {target / 'report.md'}")
    return report
