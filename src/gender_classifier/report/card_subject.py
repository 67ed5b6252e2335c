"""What a model card says of the model and its data, as the report tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from gender_classifier.config.settings import DataConfig, ExportConfig
from gender_classifier.errors import UnreadableError
from gender_classifier.names import as_code
from gender_classifier.networks.config import B1, NetworkConfig
from gender_classifier.report.detection import found_sentence
from gender_classifier.report.origins import DataOrigin, data_origin, weights_origin
from gender_classifier.report.provenance import pair, soft_labels_lines
from gender_classifier.report.tables import baseline_sentence, majority_warning, percent
from gender_classifier.runs.context import Context, Training
from gender_classifier.runs.report import GroupReport, ProtocolResult, Report, Row


@dataclass(frozen=True)
class Subject:
    """One model, by its report.

    Example:
        >>> Subject(Context(), [], None, None, ["faces"]).data_name
        '`faces`'

    Attributes:
        context: the report's.
        protocols: those whose choices were not made on the images that they report on; the first is shown first.
        groups: results by group; None without.
        origin: the data, where it is known.
        data: the data's names, without folders of the machine.
    """

    context: Context
    protocols: list[ProtocolResult]
    groups: GroupReport | None
    origin: DataOrigin | None
    data: list[str]

    @property
    def of_run(self) -> bool:
        """Whether the report is that of a training run, on its own data; else a model file was evaluated."""
        return self.context.of_run

    @property
    def trained(self) -> Training:
        """What is known of the training."""
        return self.context.trained

    @property
    def network(self) -> NetworkConfig:
        """The network; of an evaluated file as its own note tells."""
        if not self.of_run:
            return NetworkConfig.of_training(self.context.training or {})
        settings = self.context.settings
        return NetworkConfig.of(settings.model) if settings is not None else B1

    @property
    def export(self) -> ExportConfig:
        """Licence and citation that the settings state."""
        settings = self.context.settings
        return settings.export if settings is not None else ExportConfig()

    @property
    def reading(self) -> DataConfig:
        """How the run's images were read."""
        settings = self.context.settings
        return settings.data if settings is not None else DataConfig()

    @property
    def validation(self) -> list[Row]:
        """Validation rows of the first protocol, single view first."""
        return self.protocols[0].validation

    @property
    def data_name(self) -> str:
        """The data as a sentence names it."""
        return self.origin.name if self.origin else " and ".join(map(as_code, self.data)) or "the data"


def subject_of(report: Report) -> Subject:
    """Take from a report what a card is about: a model, its data and its results.

    Args:
        report: of a run or an evaluation.

    Returns:
        The subject, without protocols that chose on the very images that they report on.

    Raises:
        UnreadableError: no validation results in the report.
    """
    protocols = [protocol for protocol in report.protocols if protocol.chosen_on != "val"]
    paths = [PurePath(name) for name in report.context.data]
    # Of `DATA/val` the split alone would name nothing.
    names = ["/".join(path.parts[-2:]) if path.name in ("val", "valid", "test") else path.name for path in paths]
    origin = data_origin(map(str, paths), report.groups)
    subject = Subject(report.context, protocols, report.groups, origin, names)
    if not protocols or not subject.validation:
        raise UnreadableError("no validation results in this report, and a card is about those")
    return subject


def title(subject: Subject) -> str:
    """Give the card's heading: task, network, and recipe where it is known.

    Args:
        subject: the model.

    Returns:
        One line, without `#`.
    """
    recipe = subject.trained.recipe
    return f"Perceived gender of faces, {subject.network.title}" + (f" (recipe `{recipe}`)" if recipe else "")


def summary(subject: Subject) -> str:
    """Say what the model does and the one result that is worth quoting.

    Args:
        subject: the model and its results.

    Returns:
        A paragraph of Markdown, with what faces not found make of the result where photos were evaluated, and a second
        one in bold where the model is no better than the majority baseline.
    """
    row = subject.validation[0]
    recalls = (("women", row.recall_female), ("men", row.recall))
    said = " and ".join(f"{percent(value)} % of {who}" for who, value in recalls if value is not None)
    unseen = " that it did not learn from" if subject.of_run else ""
    warning = majority_warning(row.counts, row.accuracy, row.balanced_accuracy)
    detection = subject.context.detection
    found = f"{found_sentence(detection)} " if detection is not None else ""
    return (
        "Says of a cropped face which gender annotators would perceive, `female` or `male`, with a probability.\n"
        f"Of {row.count} images of {subject.data_name}{unseen} it is right on {percent(row.accuracy)} %: "
        f"on {said}. {found}{baseline_sentence([row])}" + (f"\n\n**{warning}**" if warning else "")
    )


def details(subject: Subject) -> Iterator[str]:
    """Name network, training, starting weights, crops and licence.

    Args:
        subject: the model.

    Yields:
        A line of Markdown each, without a bullet; what is not known is left out.
    """
    context, trained = subject.context, subject.trained
    size = f"; crops of {context.size} × {context.size} pixels, RGB" if context.size else ""
    yield f"**Network**: {subject.network.title} (Tan and Le, ICML 2019) with one output{size}."
    if trained.epochs:
        version = context.versions.get("gender-classifier", "")
        kept = f"; epoch {trained.best_epoch + 1} is kept" if trained.best_epoch is not None else ""
        on = f" on {context.device}" if context.device else ""
        name = f"gender-classifier {version}".strip()
        yield f"**Training**: {name}, recipe `{trained.recipe}`, {trained.epochs} epochs{on}{kept}."
    if trained.tells("init"):
        yield f"**Starting weights**: {weights_origin(trained.init)}"
    for other in trained.averaged_with:
        same = trained.init is not None and other.sha256 == trained.init.sha256
        named = "the weights that it started from." if same else weights_origin(other)
        yield f"**Averaged with**, each counting the same: {named}"
    yield from (f"**Soft labels**: {line}" for line in soft_labels_lines(context))
    if subject.of_run:
        crops = "aligned by five landmarks" if context.geometry else "as the images are"
        if subject.reading.canonical:
            crops = "as the images are, in the canonical geometry"
        yield f"**Crops**: {crops}."
    licence = subject.export.licence
    yield f"**Licence of the weights**: {licence or 'not stated; without one nobody may use or pass them on'}."
    yield "**Questions and faults**: to whoever passes the model on; a report does not know who that is."


def factors(subject: Subject) -> str:
    """Say by which groups results stand, or that it is not known on whom the model does well.

    Args:
        subject: the model and its results.

    Returns:
        A paragraph of Markdown.
    """
    groups = subject.groups.results if subject.groups is not None else None
    if groups is None or not groups.columns:
        return (
            "The report has no groups (`race`, `age` or other columns of a manifest): on whom the model does well and "
            "on whom it does not is **not known**. Evaluate it on a manifest with such columns before you use it."
        )
    columns = ", ".join(f"`{name}`" for name in groups.columns)
    crossed = f", and by gender × {' × '.join(groups.crossed)}" if groups.crossed else ""
    return (
        f"Results stand below by {columns}{crossed}. These are annotations too: what others saw in an image, no facts "
        "about a person."
    )


def evaluation_data(subject: Subject) -> Iterator[str]:
    """Say which images the results are on, how many, and under which terms.

    Args:
        subject: the model and its data.

    Yields:
        A paragraph of Markdown each.
    """
    context = subject.context
    yield from _about(subject)
    version = f" (list of images and labels: SHA-256 `{context.digest}`)" if context.digest else ""
    if "val" in context.counts:
        yield f"Reported on {pair(context.counts['val'])}{version}."
    if subject.of_run:
        yield (
            "They are the split that is only reported: the data's `test` where it has one, else its `val`, else a "
            "share of train."
        )
    yield from context.notes


def training_data(subject: Subject) -> Iterator[str]:
    """Say which images the model was fitted and chosen on.

    Args:
        subject: the model and its data.

    Yields:
        A paragraph of Markdown each.
    """
    counts = subject.trained.counts
    whose = f" of {subject.data_name}" if subject.of_run else ""
    if "train" in counts:
        yield f"Fitted on {pair(counts['train'])}{whose}."
    if "choose" in counts:
        yield f"Epoch, threshold and calibration were chosen on {pair(counts['choose'])} that it was not fitted on."
    if not subject.of_run:
        digest = subject.context.trained_on
        named = f", only the digest of their list: `{digest}`" if digest else ""
        yield f"The model file does not name the images that it was trained on{named}."
        return
    if subject.reading.exclude:
        yield f"Images that `{PurePath(subject.reading.exclude).name}` lists were left out."
    if subject.context.unreadable:
        yield f"Images left out because they cannot be read: {len(subject.context.unreadable)}."
    yield "Source and terms: as of the evaluation data."


def _about(subject: Subject) -> Iterator[str]:
    origin = subject.origin
    if origin is not None:
        yield f"{origin.about} Terms: {origin.terms}"
    else:
        unknown = "source and terms are not known to this command; state them before you publish the model."
        yield f"{subject.data_name[:1].upper()}{subject.data_name[1:]}: {unknown}"
