"""``count``: how many women and men there are behind a classifier's answers, with intervals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from gender_classifier import PERCEIVED, streams
from gender_classifier.commands.counted import Faces, HeldOut, Model, held_out, read_faces
from gender_classifier.errors import ExitCode
from gender_classifier.evidence.counting import Estimate, adjusted_count, em_count, independent_faces, plain_count
from gender_classifier.files import atomic_path
from gender_classifier.names import printable

ASSUMED = (
    "The corrections assume that women are said to be men, and men women, as often here as among the labelled faces: "
    "faces that are harder or easier than those bend them. Label some hundreds of your own to be sure (--confusion)."
)


@dataclass(frozen=True)
class Row:
    """One way to count: its name, how many faces it rests on, and the share of men."""

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
    """Count the faces of a table; shows a table, and writes it as JSON to ``out`` if named.

    Raises:
        UnreadableError: the table, the model or its report cannot be read.
        UserError: there is nothing to count, or nothing that tells the model's errors.
    """
    from gender_classifier.inference.classifier import GenderClassifier

    if out is None:
        streams.require_stdout("name a file with --out")
    classifier = GenderClassifier(model, threads=1)
    used = Model(classifier.path, classifier.metadata, tta)
    faces = read_faces(scores, used)
    known = held_out(used, confusion)
    rows = list(estimates(faces, used, known))
    notes = list(_notes(faces, used, known))
    Console().print(_table(rows))
    for note in (*notes, ASSUMED, PERCEIVED):
        Console().print(printable(note), highlight=False, markup=False)
    if out is not None:
        _write(out, rows, faces, known, [*notes, ASSUMED, PERCEIVED])
    return ExitCode.FINE


def estimates(faces: Faces, model: Model, known: HeldOut) -> Iterator[Row]:
    """Each way to count, the plain ones first."""
    said, total = faces.logit >= model.cut, int(faces.logit.size)
    answered = model.rule.answered(faces.logit)
    if not answered.all() and answered.any():
        yield Row("plain, certain answers", int(answered.sum()), plain_count(int(said[answered].sum()), answered.sum()))
    yield Row("plain, by threshold", total, plain_count(int(said.sum()), total))
    worth = independent_faces(said, faces.photo)
    yield Row("adjusted", total, adjusted_count(int(said.sum()), total, known.confusion, independent=worth))
    if known.likelihood is not None:
        yield Row("probabilistic (EM)", total, em_count(faces.logit, known.likelihood, independent=worth))
    if (faces.label >= 0).all():
        men = int(faces.label.sum())
        yield Row("as labelled", total, Estimate(men / total, (men / total, men / total)))


def _notes(faces: Faces, model: Model, known: HeldOut) -> Iterator[str]:
    if faces.left_out:
        left = ", ".join(f"{number} {why}" for why, number in sorted(faces.left_out.items()))
        yield f"Rows that are not counted: {left}."
    unsure = int((~model.rule.answered(faces.logit)).sum())
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


def _write(out: Path, rows: list[Row], faces: Faces, known: HeldOut, notes: list[str]) -> None:
    document: dict[str, Any] = {
        "schema_version": 1,
        "faces": int(faces.logit.size),
        "left_out": faces.left_out,
        "confusion": {**asdict(known.confusion), "source": known.source},
        "counts": [
            {
                "method": row.method,
                "faces": row.faces,
                "share_male": row.estimate.share,
                "interval": row.estimate.interval,
            }
            for row in rows
        ],
        "notes": notes,
    }
    with atomic_path(out) as partial:
        partial.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
