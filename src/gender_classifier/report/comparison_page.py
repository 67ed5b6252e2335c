"""A comparison as files: a page, tables for a paper, and which images changed."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from gender_classifier import CLASS_NAMES
from gender_classifier.images.contact_sheet import contact_sheet
from gender_classifier.metrics.comparison import (
    METRICS,
    Comparison,
    GroupDifference,
    furthest_group,
)
from gender_classifier.metrics.contenders import Contender
from gender_classifier.names import in_markdown
from gender_classifier.report.build import PERCEIVED
from gender_classifier.report.comparison_tables import (
    NAMES,
    SIGNIFICANT,
    best,
    difference_cell,
    measured_cell,
    notes,
    pairs_of,
    signed,
    weighed,
    write_csv,
    write_latex,
)
from gender_classifier.report.examples import PictureSource
from gender_classifier.report.groups import MARK, extreme_lines
from gender_classifier.report.tables import (
    NONE,
    majority_warning,
    markdown_table,
    p_value,
)
from gender_classifier.runs.comparison_report import ComparisonReport
from gender_classifier.system.files import atomic_path
from gender_classifier.system.texts import CsvWriter

PAGE, SHEET, CHANGED = "comparison.md", "changed.png", "changed.csv"
_SHOWN = 24
_LETTERS = string.ascii_uppercase


def write_comparison(
    folder: Path,
    comparison: Comparison,
    contenders: Sequence[Contender],
    changed: Sequence[int],
    said: Sequence[str],
    pictures: PictureSource | None,
) -> None:
    """Write page, tables, JSON, and the images that changed, into `folder`.

    Args:
        folder: made where it is not there.
        comparison: of `metrics.comparison.compare`.
        contenders: what was compared, on the same faces.
        changed: rows that not all models answer alike, furthest apart first (`metrics.contenders.changed`).
        said: sentences on where each model's threshold comes from.
        pictures: gives an image by its path in the scores; None: no contact sheet.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_csv(comparison, folder / "table.csv")
    write_latex(comparison, folder / "table.tex")
    _write_changed(contenders, changed, folder / CHANGED)
    drawn = pictures is not None and bool(changed)
    (folder / SHEET).unlink(missing_ok=True)  # of a comparison before
    if pictures is not None and changed:
        _draw_changed(contenders, changed, pictures, folder / SHEET)
    report = ComparisonReport(
        schema_version=1,
        perceived=PERCEIVED,
        notes=list(said),
        count=len(comparison.faces),
        changed=len(changed),
        models=comparison.models,
        differences=comparison.differences,
        groups=comparison.groups,
        group_differences=comparison.group_differences,
        draws=comparison.draws,
    )
    report.write(folder / "comparison.json")
    with atomic_path(folder / PAGE) as partial:
        partial.write_text("\n".join(_page(comparison, len(changed), said, drawn)) + "\n", encoding="utf-8")


def _page(comparison: Comparison, changed: int, said: Sequence[str], drawn: bool) -> Iterator[str]:
    yield from ("# Comparison", "")
    for text in _no_better(comparison):
        yield from (f"> **{text}**", "")
    yield from (PERCEIVED, "", *(f"- {line}" for line in _findings(comparison)), "")
    bold = best(comparison)
    rows = [
        [in_markdown(m.name), *(_bold(measured_cell(metric, m), (m.name, metric) in bold) for metric in METRICS)]
        for m in comparison.models
    ]
    yield from markdown_table(["model", *NAMES.values()], rows, left=1)
    yield from ("", "## Differences", "")
    differences = [
        [f"{in_markdown(b)} less {in_markdown(a)}", *(difference_cell(by[metric]) for metric in METRICS)]
        for (a, b), by in pairs_of(comparison).items()
    ]
    yield from markdown_table(["models", *NAMES.values()], differences, left=1)
    yield from ("", *(f"- {line}" for line in (*notes(comparison), *said)))
    if comparison.group_differences:
        yield from ("", "## By group", "", *_groups(comparison))
    total = len(comparison.faces)
    yield from (
        "",
        "## Images that changed",
        "",
        f"{changed} of {total} are not answered alike: [{CHANGED}]({CHANGED}).",
    )
    if drawn:
        yield from ("", f"![Images that changed]({SHEET})")


def _no_better(comparison: Comparison) -> Iterator[str]:
    """A sentence for each model that is no better than always saying the larger class."""
    men = int((comparison.faces.label == 1).sum())
    women = len(comparison.faces) - men
    for model in comparison.models:
        tp, tn = round(model.values["recall"] * men), round(model.values["recall_female"] * women)
        counts = {"tp": tp, "fn": men - tp, "tn": tn, "fp": women - tn}
        if text := majority_warning(counts, model.values["accuracy"], model.values["balanced_accuracy"]):
            yield f"{in_markdown(model.name)}: {text}"


def _findings(comparison: Comparison) -> Iterator[str]:
    """Each pair in a sentence: on what there is evidence of a difference, and how many images tell."""
    for (a, b), by in pairs_of(comparison).items():
        found = [
            f"{NAMES[metric]} {difference_cell(difference)}"
            for metric, difference in by.items()
            if weighed(difference) < SIGNIFICANT
        ]
        accuracy = by["accuracy"]
        told = f"{accuracy.only_b} images are right only by it and {accuracy.only_a} only by {in_markdown(a)}"
        evidence = "; ".join(found) if found else "no evidence of a difference at 5 %, which is not evidence of none"
        yield f"**{in_markdown(b)} less {in_markdown(a)}**: {evidence}. {told}."


def _groups(comparison: Comparison) -> Iterator[str]:
    yield "Accuracy of each model less that of the first, on the faces of each group; McNemar's exact test with Holm's"
    yield f"correction over the groups. {MARK} marks groups of fewer than 30 faces, which are not tested."
    furthest = furthest_group(comparison)
    if furthest is not None:
        points = f"{signed(100 * furthest.difference, 2)} points, {_tested(furthest)}"
        yield from ("", f"- **Furthest apart**: {in_markdown(furthest.b)} on {_values(furthest)}, {points}.")
    for name, groups in comparison.groups.items():
        yield from (f"- {in_markdown(name)}: {line}" for line in extreme_lines(groups))
    by_group: dict[str, list[GroupDifference]] = {}
    for row in comparison.group_differences:
        by_group.setdefault(_values(row), []).append(row)
    first, *others = (model.name for model in comparison.models)
    accuracy = {
        name: {_of(group.values): group.accuracy.share for column in groups.columns.values() for group in column}
        for name, groups in comparison.groups.items()
    }
    table = []
    for place, rows in by_group.items():
        base = accuracy[first][_of(rows[0].values)]
        apart = [f"{signed(100 * row.difference, 2)}, {_tested(row)}" for row in rows]
        mark = MARK if rows[0].p is None else ""
        table.append([f"{place}{mark}", str(rows[0].count), NONE if base is None else f"{100 * base:.2f}", *apart])
    headings = ["group", "n", f"{in_markdown(first)}, accuracy", *(f"{in_markdown(name)} less that" for name in others)]
    yield from ("", *markdown_table(headings, table, left=1))


def _tested(row: GroupDifference) -> str:
    return NONE if row.adjusted is None else p_value(row.adjusted)


def _of(values: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(values.items())


def _values(row: GroupDifference) -> str:
    return ", ".join(f"{in_markdown(column)} {in_markdown(value)}" for column, value in row.values.items())


def _plain(line: str) -> str:
    """A line of Markdown as text: neither bold nor escaped."""
    return re.sub(r"\\(.)", r"\1", line.replace("**", ""))


def _bold(cell: str, really: bool) -> str:
    value, _, rest = cell.partition(" ")
    return f"**{value}** {rest}" if really else cell


def _write_changed(contenders: Sequence[Contender], changed: Sequence[int], path: Path) -> None:
    faces = contenders[0].scores
    columns = ["path", "face", "label", *(f"{what} {c.name}" for c in contenders for what in ("answer", "p_male"))]
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as handle:
        writer = CsvWriter(handle)
        writer.writerow([*columns, *faces.extra])
        for row in changed:
            told = [value for c in contenders for value in (_answer(c, row), f"{_male(c, row):.4f}")]
            label = CLASS_NAMES[int(faces.label[row])]
            writer.writerow([faces.path[row], faces.face[row], label, *told, *(c[row] for c in faces.extra.values())])


def _answer(contender: Contender, row: int) -> str:
    return CLASS_NAMES[int(contender.scores.logit[row] >= contender.rule.threshold)]


def _male(contender: Contender, row: int) -> float:
    return float(contender.rule.probabilities(contender.scores.logit[row : row + 1])[0])


def _draw_changed(contenders: Sequence[Contender], changed: Sequence[int], pictures: PictureSource, path: Path) -> None:
    """The images furthest apart, those together that the same models have right."""
    faces = contenders[0].scores
    named = dict(zip(_LETTERS, contenders, strict=False))

    def right(row: int) -> str:
        label = CLASS_NAMES[int(faces.label[row])]
        return "".join(letter for letter, c in named.items() if _answer(c, row) == label)

    rows = sorted(changed[:_SHOWN], key=right)
    captions = [
        "\n".join(
            [
                f"labelled {CLASS_NAMES[int(faces.label[row])]}",
                f"right: {', '.join(right(row)) or 'none of these'}",
                *(f"{letter}: P(male) {_male(c, row):.3f}" for letter, c in named.items()),
                Path(str(faces.path[row])).stem,
            ]
        )
        for row in rows
    ]
    which = f"The {len(rows)} furthest apart of {len(changed)}" if len(rows) < len(changed) else f"All {len(changed)}"
    title = f"{which} images that are not answered alike; labels are perceived gender\n"
    title += "; ".join(f"{letter}: {c.name}" for letter, c in named.items())
    contact_sheet([pictures(str(faces.path[row])) for row in rows], captions, path, columns=6, cell=143, title=title)


def terminal_tables(comparison: Comparison) -> Group:
    """Lay out models and differences for the terminal; they fit 100 columns.

    Args:
        comparison: of `metrics.comparison.compare`.

    Returns:
        What a console of `rich` prints: a table of the models, then sentences.
    """
    models = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    models.add_column("model", overflow="fold")
    for name in NAMES.values():
        models.add_column(name, justify="right")
    for model in comparison.models:
        models.add_row(Text(model.name), *(measured_cell(metric, model).split()[0] for metric in METRICS))
    parts: list[RenderableType] = [Text(_plain(line), style="bold red") for line in _no_better(comparison)]
    parts += [models, Text("")]
    parts += [Text(_plain(line)) for line in _findings(comparison)]
    parts += [Text(f"\n{notes(comparison)[1]}")]
    parts.append(Text(f"\nPer cent; ROC AUC and ECE from 0 to 1. {PERCEIVED}", style="italic"))
    return Group(*parts)
