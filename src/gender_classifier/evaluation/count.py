"""`count`: how many women and men there are behind a classifier's answers, with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from gender_classifier import PERCEIVED
from gender_classifier.errors import ExitCode
from gender_classifier.evaluation.counted import HeldOut, Model, held_out
from gender_classifier.evaluation.counted_table import Faces, Found, read_faces
from gender_classifier.metrics.counting import (
    Estimate,
    adjusted_count,
    em_count,
    independent_faces,
    plain_count,
)
from gender_classifier.metrics.quoting import (
    Facts,
    Reason,
    headline,
    reasons,
)
from gender_classifier.names import printable
from gender_classifier.runs.count_report import Counted, CountReport, DuplicateRows, KnownErrors, Quoted
from gender_classifier.system import streams

PLAIN, ADJUSTED, EM, LABELLED = "plain, by threshold", "adjusted", "probabilistic (EM)", "as labelled"
CERTAIN = "plain, certain answers"
_WIDE = 1000  # columns: a table that is wider than the screen, or than the 80 of a pipe, is printed whole all the same
WHY = (
    "Why adjusted: counting labels is off wherever the two recalls differ or one gender is rare, and its interval "
    "leaves the model's errors out. This count undoes the errors that labelled faces showed, and its interval carries "
    "how well they are known. It assumes that the model errs here as it did there."
)


@dataclass(frozen=True)
class Row:
    """One way to count.

    Attributes:
        method: its name, as `adjusted`.
        faces: that it rests on.
        estimate: the share of men; that of labels has an interval without width.

    Example:
        >>> Row(ADJUSTED, 200, Estimate(0.4, (0.33, 0.47))).method
        'adjusted'
    """

    method: str
    faces: int
    estimate: Estimate


def count(
    scores: Path,
    *,
    model: Path | None = None,
    confusion: Path | None = None,
    tta: bool = False,
    out: Path | None = None,
) -> ExitCode:
    """Count the faces of a table; show what was counted, and write it as JSON to `out` if named.

    Args:
        scores: scores table, or table that `predict` wrote.
        model: model file whose answers they are; None: the released one.
        confusion: scores table of labelled faces that tells the model's errors; None: the report beside the model.
        tta: the scores are means over the model's views.
        out: JSON file to write; None: none is written.

    Returns:
        FINE.

    Raises:
        UnreadableError: the table, the model or its report cannot be read.
        UserError: there is nothing to count, nothing that tells the model's errors, or neither `out` nor an open
            standard output.
    """
    from gender_classifier.inference.classifier import GenderClassifier

    if out is None:
        streams.require_stdout("name a file with --out")
    classifier = GenderClassifier(model, threads=1)
    used = Model(classifier.path, classifier.metadata, tta)
    faces = read_faces(scores, used)
    known = held_out(used, confusion)
    rows = list(estimates(faces, used, known))
    quote = quoted(rows, faces, used, known)
    notes = [*_notes(faces, used, known), WHY, PERCEIVED]
    _say(quote.line)
    for reason in quote.against:
        _say(f"- {'Against it' if reason.forbids else 'Say with it'}: {reason.text}")
    Console(width=_WIDE).print(_table(rows))
    for note in notes:
        _say(note)
    if out is not None:
        _write(out, rows, quote, faces, known, notes)
    return ExitCode.FINE


def _say(text: str) -> None:
    console = Console()  # only a screen has a width: in a pipe a sentence stays one line
    console.print(printable(text), highlight=False, markup=False, soft_wrap=not console.is_terminal)


@dataclass(frozen=True)
class Quote:
    """Which count to quote, and whether it may be.

    Attributes:
        row: the count.
        against: what forbids to quote it, or is to be said with it; empty where nothing is.
        line: that says so, for people.

    Example:
        >>> Quote(Row(LABELLED, 200, Estimate(0.4, (0.4, 0.4))), [], "Quote: 60.0 % women").quotable
        True
    """

    row: Row
    against: list[Reason]
    line: str

    @property
    def quotable(self) -> bool:
        """Whether nothing forbids it."""
        return not any(reason.forbids for reason in self.against)


def quoted(rows: Sequence[Row], faces: Faces, model: Model, known: HeldOut) -> Quote:
    """Choose the count to quote: labels where all faces have them, else the adjusted count.

    Args:
        rows: of `estimates`, all of them.
        faces: that were counted.
        model: whose answers they are.
        known: of its errors.

    Returns:
        The count, and what speaks against quoting it; nothing speaks against labels.
    """
    by_method = {row.method: row for row in rows}
    if (labelled := by_method.get(LABELLED)) is not None:
        line = f"Quote: {100 * (1 - labelled.estimate.share):.1f} % women, as labelled: all {labelled.faces} faces are"
        return Quote(labelled, [], line)
    adjusted, em = by_method[ADJUSTED], by_method.get(EM)
    banded = model.rule.band is not None
    facts = Facts(
        faces=adjusted.faces,
        independent=independent_faces(faces.logit >= model.cut, faces.photo),
        images=faces.found.images,
        several=faces.found.several,
        uncertain=1 - float(model.rule.answered(faces.logit).mean()) if banded else None,
        uncertain_labelled=known.uncertain,
        confusion=known.confusion,
        own=known.own,
    )
    plain = by_method[PLAIN].estimate
    against = reasons(facts, plain, adjusted.estimate, em.estimate if em is not None else None)
    return Quote(adjusted, against, headline(adjusted.estimate, against))


def estimates(faces: Faces, model: Model, known: HeldOut) -> Iterator[Row]:
    """Count faces in each way that is open.

    Args:
        faces: to count, one at least.
        model: whose answers they are.
        known: of its errors, on labelled faces.

    Yields:
        A row a way, the plain ones first: that of certain answers only where some faces are uncertain and some not, the
        probabilistic one only where the likelihood is known, labels only where all faces have them.

    Raises:
        UserError: errors that cannot correct a count (`metrics.counting.adjusted_count`).
    """
    said, total = faces.logit >= model.cut, int(faces.logit.size)
    answered = faces.answered
    if not answered.all() and answered.any():
        # With `predict --prior` the table's answers are not those of the model's own threshold.
        male = (said if faces.male is None else faces.male)[answered]
        yield Row(CERTAIN, int(male.size), plain_count(int(male.sum()), int(male.size)))
    yield Row(PLAIN, total, plain_count(int(said.sum()), total))
    worth = independent_faces(said, faces.photo)
    yield Row(ADJUSTED, total, adjusted_count(int(said.sum()), total, known.confusion, independent=worth))
    if known.likelihood is not None:
        yield Row(EM, total, em_count(faces.logit, known.likelihood, independent=worth))
    if (faces.label >= 0).all():
        men = int(faces.label.sum())
        yield Row(LABELLED, total, Estimate(men / total, (men / total, men / total)))


def _notes(faces: Faces, model: Model, known: HeldOut) -> Iterator[str]:
    yield from _contents(faces.found, int(faces.logit.size))
    unsure = int((~faces.answered).sum())
    if unsure:
        yield (
            f"{unsure} of {faces.logit.size} faces are `uncertain`. All ways but the first count them too, by the "
            "threshold or by their probability."
        )
    c = known.confusion
    yield (
        f"Errors as among {c.women + c.men} {known.source}: {c.fp} of {c.women} women said male, "
        f"{c.fn} of {c.men} men said female."
    )
    if known.likelihood is None:
        yield "No probabilistic count: what the calibration was fitted on is not known."
    elif known.likelihood.covariance is None:
        yield "The probabilistic interval leaves out how well the calibration is known: the report does not tell."
    if np.unique(faces.photo.astype(str)).size < faces.photo.size:
        yield "Intervals take it that faces of one photo are alike; that a person is in many photos, they cannot know."


def _contents(found: Found, faces: int) -> Iterator[str]:
    """What the table holds: images, faces, images with several of them, duplicate rows, rows without a face."""
    left = {"no face": 0, "unreadable": 0, **found.left_out}
    more = "".join(f", {number} {why}" for why, number in left.items() if why not in ("no face", "unreadable"))
    yield (
        f"In the table: {found.images} images, {faces} faces; {found.several} images with several faces "
        f"({found.faces_in_several} faces), {left['no face']} without a face, {left['unreadable']} unreadable{more}."
    )
    if found.duplicates:
        other = f"; {found.differing} of them say something else than the first" if found.differing else ""
        yield (
            f"Duplicate rows (the same path, page and face as an earlier one) that are not counted: {found.duplicates}"
            f"{other}. For example {'; '.join(found.examples)}."
        )


def _table(rows: list[Row]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for heading in ("count", "faces", "women", "women, % [95 %]", "men, % [95 %]"):
        table.add_column(heading, justify="left" if heading == "count" else "right", no_wrap=True)
    for row in rows:
        share, (low, high) = row.estimate.share, row.estimate.interval
        women = round(row.faces * (1 - share))
        table.add_row(
            row.method, str(row.faces), str(women), _percent(1 - share, 1 - high, 1 - low), _percent(share, low, high)
        )
    return table


def _percent(share: float, low: float, high: float) -> str:
    interval = "" if low == high else f"[{100 * low:.1f}, {100 * high:.1f}]"
    return f"{100 * share:.1f} {interval:13}"


def _write(out: Path, rows: list[Row], quote: Quote, faces: Faces, known: HeldOut, notes: list[str]) -> None:
    found, share, (low, high) = faces.found, quote.row.estimate.share, quote.row.estimate.interval
    duplicates = DuplicateRows(count=found.duplicates, differing=found.differing, examples=list(found.examples))
    report = CountReport(
        schema_version=1,
        faces=int(faces.logit.size),
        quote=Quoted(
            line=quote.line,
            quotable=quote.quotable,
            method=quote.row.method,
            share_female=1 - share,
            interval=(1 - high, 1 - low),
            against=quote.against,
        ),
        images=found.images,
        images_with_several_faces=found.several,
        faces_in_these=found.faces_in_several,
        duplicate_rows=duplicates,
        left_out=found.left_out,
        confusion=KnownErrors(**asdict(known.confusion), source=known.source),
        counts=[
            Counted(method=row.method, faces=row.faces, share_male=row.estimate.share, interval=row.estimate.interval)
            for row in rows
        ],
        notes=notes,
    )
    report.write(out)
