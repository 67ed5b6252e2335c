"""What a model card says of the model and its data, as the report tells it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from gender_classifier.errors import UnreadableError
from gender_classifier.names import as_code
from gender_classifier.report.origins import DataOrigin, data_origin, weights_origin
from gender_classifier.report.tables import baseline_sentence, majority_warning, percent

Context = Mapping[str, Any]


@dataclass(frozen=True)
class Subject:
    """One model, by its report.

    Attributes:
        context: the report's.
        protocols: those whose choices were not made on the images that they report on; the first is shown first.
        groups: results by group; None without.
        origin: the data, where it is known.
        data: the data's names, without folders of the machine.
    """

    context: Context
    protocols: list[Context]
    groups: Context | None
    origin: DataOrigin | None
    data: list[str]

    @property
    def of_run(self) -> bool:
        """Whether the report is that of a training run, on its own data; else a model file was evaluated."""
        return "model" not in self.context

    @property
    def trained(self) -> Context:
        """What is known of the training."""
        return self.context if self.of_run else self.context.get("training") or {}

    @property
    def export(self) -> Context:
        """Licence and citation that the configuration states."""
        return (self.context.get("config") or {}).get("export") or {}

    @property
    def validation(self) -> list[Context]:
        """Validation rows of the first protocol, single view first."""
        return validation_of(self.protocols[0])

    @property
    def data_name(self) -> str:
        """The data as a sentence names it."""
        return self.origin.name if self.origin else " and ".join(map(as_code, self.data)) or "the data"


def validation_of(protocol: Context) -> list[Context]:
    """A protocol's validation rows."""
    return [row for row in protocol["rows"] if row["split"] == "val"]


def subject_of(report: Context) -> Subject:
    """The model that a report is about.

    Raises:
        UnreadableError: not a report of ours, or one without validation results.
    """
    try:
        context, groups = report["context"], report.get("groups")
        protocols = [protocol for protocol in report["protocols"] if protocol["chosen_on"] != "val"]
        paths = [PurePath(name) for name in context.get("data", ())]
        # Of `DATA/val` the split alone would name nothing.
        names = ["/".join(path.parts[-2:]) if path.name in ("val", "valid", "test") else path.name for path in paths]
        subject = Subject(context, protocols, groups, data_origin(map(str, paths), groups), names)
        rows = subject.validation if protocols else []
    except (KeyError, TypeError, AttributeError):
        raise UnreadableError("not a report that `train` or `evaluate` wrote") from None
    if not rows:
        raise UnreadableError("no validation results in this report, and a card is about those")
    return subject


def title(subject: Subject) -> str:
    """The card's heading."""
    recipe = subject.trained.get("recipe")
    return "Perceived gender of faces, EfficientNet-B1" + (f" (recipe `{recipe}`)" if recipe else "")


def summary(subject: Subject) -> str:
    """What the model does and the one result that is worth quoting."""
    row = subject.validation[0]
    recalls = (("women", row["recall_female"]), ("men", row["recall"]))
    said = " and ".join(f"{percent(value)} % of {who}" for who, value in recalls if value is not None)
    unseen = " that it did not learn from" if subject.of_run else ""
    return (
        "Says of a cropped face which gender annotators would perceive, `female` or `male`, with a probability.\n"
        f"Of {row['count']} images of {subject.data_name}{unseen} it is right on {percent(row['accuracy'])} %: "
        f"on {said}. {baseline_sentence([row])}" + (f"\n\n**{text}**" if (text := majority_warning(row)) else "")
    )


def details(subject: Subject) -> Iterator[str]:
    """Network, training, starting weights, crops, licence: a line each."""
    context, trained = subject.context, subject.trained
    size = f"; crops of {context['size']} × {context['size']} pixels, RGB" if context.get("size") else ""
    yield f"**Network**: EfficientNet-B1 (Tan and Le, ICML 2019) with one output{size}."
    if trained.get("epochs"):
        version = (context.get("versions") or {}).get("gender-classifier", "")
        kept = f"; epoch {trained['best_epoch'] + 1} is kept" if "best_epoch" in trained else ""
        on = f" on {context['device']}" if context.get("device") else ""
        name = f"gender-classifier {version}".strip()
        yield f"**Training**: {name}, recipe `{trained.get('recipe')}`, {trained['epochs']} epochs{on}{kept}."
    if "init" in trained:
        yield f"**Starting weights**: {weights_origin(trained['init'])}"
    if subject.of_run:
        canonical = ((context.get("config") or {}).get("data") or {}).get("canonical")
        aligned = "aligned by five landmarks" if context.get("geometry") else "as the images are"
        yield f"**Crops**: {'as the pictures are, in the canonical geometry' if canonical else aligned}."
    licence = subject.export.get("licence")
    yield f"**Licence of the weights**: {licence or 'not stated; without one nobody may use or pass them on'}."
    yield "**Questions and faults**: to whoever passes the model on; a report does not know who that is."


def factors(subject: Subject) -> str:
    """By what results stand, or that it is not known."""
    groups = subject.groups
    if groups is None or not groups["columns"]:
        return (
            "The report has no groups (`race`, `age` or other columns of a manifest): on whom the model does well and "
            "on whom it does not is **not known**. Evaluate it on a manifest with such columns before you use it."
        )
    columns = ", ".join(f"`{name}`" for name in groups["columns"])
    crossed = f", and by gender × {' × '.join(groups['crossed'])}" if groups["crossed"] else ""
    return (
        f"Results stand below by {columns}{crossed}. These are annotations too: what others saw in an image, no facts "
        "about a person."
    )


def evaluation_data(subject: Subject) -> Iterator[str]:
    """Which images the results are on, how many, under which terms."""
    context = subject.context
    yield from _about(subject)
    counts = (context.get("counts") or {}).get("val")
    version = f" (list of images and labels: SHA-256 `{context['digest']}`)" if context.get("digest") else ""
    if counts:
        yield f"Reported on {_pair(counts)}{version}."
    if subject.of_run:
        yield (
            "They are the split that is only reported: the data's `test` where it has one, else its `val`, else a "
            "share of train."
        )
    yield from context.get("notes", ())


def training_data(subject: Subject) -> Iterator[str]:
    """Which images the model was fitted and chosen on."""
    counts = subject.trained.get("counts") or {}
    whose = f" of {subject.data_name}" if subject.of_run else ""
    if "train" in counts:
        yield f"Fitted on {_pair(counts['train'])}{whose}."
    if "choose" in counts:
        yield f"Epoch, threshold and calibration were chosen on {_pair(counts['choose'])} that it was not fitted on."
    if not subject.of_run:
        digest = subject.context.get("trained_on")
        named = f", only the digest of their list: `{digest}`" if digest else ""
        yield f"The model file does not name the images that it was trained on{named}."
        return
    excluded = ((subject.context.get("config") or {}).get("data") or {}).get("exclude")
    if excluded:
        yield f"Images that `{PurePath(excluded).name}` lists were left out."
    if subject.context.get("unreadable"):
        yield f"Images left out because they cannot be read: {len(subject.context['unreadable'])}."
    yield "Source and terms: as of the evaluation data."


def _about(subject: Subject) -> Iterator[str]:
    origin = subject.origin
    if origin is not None:
        yield f"{origin.about} Terms: {origin.terms}"
    else:
        unknown = "source and terms are not known to this command; state them before you publish the model."
        yield f"{subject.data_name[:1].upper()}{subject.data_name[1:]}: {unknown}"


def _pair(counts: Mapping[str, int]) -> str:
    return f"{counts['female']} women + {counts['male']} men"
