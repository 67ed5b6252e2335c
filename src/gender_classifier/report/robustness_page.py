"""What robustness shows: one figure, a Markdown page, JSON, and a contact sheet of every degradation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gender_classifier import PERCEIVED
from gender_classifier.images.contact_sheet import contact_sheet
from gender_classifier.metrics.robustness import LEVELS, Cell, CellResult, Mean, Robustness
from gender_classifier.report.tables import NONE, markdown_table, percent, with_interval
from gender_classifier.runs.robustness_report import Anchor, ModelRobustness, Parts, RobustnessContext, RobustnessReport
from gender_classifier.system.files import atomic_path

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ANCHOR = Anchor(
    accuracy=0.989,
    corrupted=0.968,
    kept=0.968 / 0.989,
    source=(
        'Greco, Saggese, Vento and Vigilante, "Gender recognition in the wild: a robustness evaluation over corrupted '
        'images", 2020: SE-ResNet-50 on LFW+'
    ),
)
"""The field's figure to stand beside: accuracy on clean images and the mean over its own corruptions."""

Sheet = Sequence[tuple[Cell, str, NDArray[np.uint8]]]
"""Cells, what each does in its unit, and how it looks, uint8 (H, W, 3); each kind begins with the clean image."""

_SCALES = {"accuracy": ("accuracy, %", "viridis"), "ece": ("expected calibration error, %", "cividis_r")}


def build(
    tables: Mapping[str, Robustness], amounts: Mapping[tuple[str, int], str], context: RobustnessContext
) -> RobustnessReport:
    """Gather the report.

    Args:
        tables: by the models' names.
        amounts: what each kind does at each level, in its unit.
        context: what was measured.

    Returns:
        What `write` and `markdown` take.
    """
    models = {}
    for name, table in tables.items():
        pictures = [kind for kind in table.by_kind if kind not in context.framings]
        parts = {"pictures": table.mean_of(pictures), "framings": table.mean_of(context.framings)}
        models[name] = ModelRobustness(
            **vars(table),
            parts=Parts(**{part: mean for part, mean in parts.items() if mean is not None}),
            worst=table.worst(),
        )
    strengths: dict[str, list[str]] = {}
    for (kind, level), text in amounts.items():
        if level:
            strengths.setdefault(kind, []).append(text)
    return RobustnessReport(perceived=PERCEIVED, context=context, anchor=ANCHOR, models=models, amounts=strengths)


def write(report: RobustnessReport, tables: Mapping[str, Robustness], folder: Path, sheet: Sheet) -> None:
    """Write `robustness.json`, `.md` and `.png`, and the contact sheet `degradations.png`.

    Args:
        report: of `build`.
        tables: by the models' names, for the figure.
        folder: made where it is not there.
        sheet: what every degradation looks like.
    """
    from gender_classifier.report.style import figure_style, save

    folder.mkdir(parents=True, exist_ok=True)
    with figure_style():
        save(heat_maps(tables), folder / "robustness.png")
    write_sheet(sheet, folder / "degradations.png")
    report.write(folder / "robustness.json", ascii_only=False)
    with atomic_path(folder / "robustness.md") as partial:
        partial.write_text(markdown(report), encoding="utf-8")


def write_sheet(sheet: Sheet, path: Path) -> None:
    """Draw every degradation as it looks, a row a kind, the unchanged image first.

    Args:
        sheet: cells in the order of rows.
        path: PNG to write.
    """
    captions = [
        f"{_said(cell.kind)} {cell.level or ''}\n{text}" if cell.level else "clean\n" for cell, text, _ in sheet
    ]
    title = "What each degradation looks like, from 1 to 5; lengths are pixels of a crop of 224"
    contact_sheet([picture for _, _, picture in sheet], captions, path, columns=LEVELS + 1, cell=144, title=title)


def _said(kind: str) -> str:
    return kind.replace("_", " ")


def heat_maps(tables: Mapping[str, Robustness]) -> Figure:
    """Draw accuracy and calibration error of every cell: a row of two maps a model, clean on top.

    Args:
        tables: by the models' names; one at least.

    Returns:
        The figure, not saved yet.
    """
    from gender_classifier.report.style import new_figure

    rows = max(len(table.by_kind) for table in tables.values()) + 2
    figure = new_figure(0.6 + len(tables) * (0.95 + 0.27 * rows))
    axes = figure.subplots(len(tables), 2, squeeze=False, sharey="row")
    spans = {what: _span(tables.values(), what) for what in _SCALES}
    for pair, (name, table) in zip(axes, tables.items(), strict=True):
        for axis, what in zip(pair, _SCALES, strict=True):
            _map(axis, table, what, spans[what])
        title = f"{name}: {_SCALES['accuracy'][0]}\nmean {_kept(table.mean)} of clean"
        pair[0].set_title(title, loc="left", parse_math=False)  # a dollar in a file's name begins no formula
        by_chance = f"by chance alone {100 * table.ece_by_chance:.1f}"
        pair[1].set_title(f"{_SCALES['ece'][0]}\nmean {100 * table.mean.ece:.1f}, {by_chance}", loc="left")
    count = next(iter(tables.values())).count
    figure.suptitle(f"Perceived gender under degradations from 1 to 5, {count:,} images a cell")
    return figure


def _kept(mean: Mean) -> str:
    return NONE if mean.kept is None else f"{100 * mean.kept:.1f} %"


def _span(tables: Iterable[Robustness], what: str) -> tuple[float, float]:
    """What the colours span: all models' values, but at least ten points, so that small differences look small."""
    values = np.concatenate([_values(table, what).ravel() for table in tables])
    high = float(np.nanmax(values))
    return min(float(np.nanmin(values)), high - 0.1), high


def _map(axis: Axes, table: Robustness, what: str, span: tuple[float, float]) -> None:
    kinds, values = list(table.by_kind), _values(table, what)
    image = axis.imshow(values, cmap=_SCALES[what][1], vmin=span[0], vmax=span[1], aspect="auto")
    colours = image.to_rgba(values)
    for (y, x), value in np.ndenumerate(values):
        if np.isfinite(value):
            red, green, blue, _ = colours[y, x]
            ink = "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"
            axis.text(x, y, f"{100 * value:.1f}", ha="center", va="center", color=ink, fontsize=9)
    columns = [*map(str, range(1, LEVELS + 1)), "mean"]
    axis.set_xticks(range(len(columns)), columns)
    axis.set_yticks(range(len(kinds) + 2), ["clean", *map(_said, kinds), "mean"])
    axis.xaxis.tick_top()
    axis.tick_params(length=0)
    axis.grid(False)
    axis.spines[:].set_visible(False)
    for line in (0.5, len(kinds) + 0.5):
        axis.axhline(line, color="white", linewidth=3)
    axis.axvline(LEVELS - 0.5, color="white", linewidth=3)


def _values(table: Robustness, what: str) -> NDArray[np.float64]:
    """Kinds by levels with their means, clean on top in the last column: float64 (kinds + 2, levels + 1)."""
    kinds = list(table.by_kind)
    values = np.full((len(kinds) + 2, LEVELS + 1), np.nan)
    values[0, LEVELS] = _of(table.clean, what)
    for cell in table.cells:
        values[1 + kinds.index(cell.kind), cell.level - 1] = _of(cell, what)
    for place, mean in enumerate(table.by_kind.values()):
        values[1 + place, LEVELS] = getattr(mean, what)
    for level, mean in table.by_level.items():
        values[-1, level - 1] = getattr(mean, what)
    values[-1, LEVELS] = getattr(table.mean, what)
    return values


def _of(cell: CellResult, what: str) -> float:
    return cell.ece if what == "ece" else cell.accuracy.share or 0.0


def markdown(report: RobustnessReport) -> str:
    """Write `robustness.md`.

    Args:
        report: of `build`.

    Returns:
        The page's text; its images are linked beside it.
    """
    context, models = report.context, report.models
    lines = ["# Robustness", "", f"{report.perceived} {_data_sentence(context)}", "", *_models(models), ""]
    lines += [_anchor_sentence(report.anchor), "", "![Accuracy and calibration error of every cell](robustness.png)"]
    for name, model in models.items():
        lines += ["", f"## {name}", "", *_worst(model), "", *_table(model)]
    lines += ["", "## What the strengths are", "", _strength_sentence(context), ""]
    rows = [[_said(kind), *texts] for kind, texts in report.amounts.items()]
    lines += markdown_table(("kind", *map(str, range(1, LEVELS + 1))), rows, left=1)
    lines += ["", "![What each degradation looks like](degradations.png)"]
    return "\n".join(lines) + "\n"


def _data_sentence(context: RobustnessContext) -> str:
    women, men = context.counts.female, context.counts.male
    drawn = ", drawn by a hash of their names" if context.drawn else ""
    text = (
        f"{women + men:,} images of `{context.data}` ({women:,} women, {men:,} men"
        f"{drawn}), taken as crops; the same changes for every model, seed {context.seed}. Figures are percent at "
        "each model's own threshold and calibration, single view."
    )
    broken = len(context.unreadable)
    if not broken:
        return text
    left_out = "1 image cannot be read and is" if broken == 1 else f"{broken} images cannot be read and are"
    return f"{text} {left_out} left out."


def _models(models: Mapping[str, ModelRobustness]) -> list[str]:
    headings = (
        "model",
        "clean [95 %]",
        "mean",
        "of clean",
        "image kinds",
        "framings",
        "ECE clean",
        "ECE mean",
        "by chance",
    )
    rows = []
    for name, model in models.items():
        parts = [part.kept if part is not None else None for part in (model.parts.pictures, model.parts.framings)]
        accuracy, mean = model.clean.accuracy, model.mean
        shares = (mean.accuracy, mean.kept, *parts, model.clean.ece, mean.ece, model.ece_by_chance)
        rows.append([name, with_interval(accuracy.share, accuracy.interval), *map(percent, shares)])
    return [
        *markdown_table(headings, rows, left=1),
        "",
        "*Mean* is over all kinds and strengths alike; *of clean*, *image kinds* and *framings*: means of accuracy "
        "as shares of the clean accuracy. ECE: expected calibration error; *by chance*, what a perfectly "
        "calibrated model would show on so few images.",
    ]


def _anchor_sentence(anchor: Anchor) -> str:
    return (
        f"Beside it: accuracy {anchor.accuracy:.3f} on clean images and {anchor.corrupted:.3f} under "
        f"corruptions, {percent(anchor.kept)} % of it ({anchor.source}). Its images, corruptions and strengths "
        "are others: a landmark, no comparison."
    )


def _worst(model: ModelRobustness) -> list[str]:
    named = (f"{_said(c.kind)} {c.level} ({percent(c.accuracy.share)})" for c in model.worst)
    return [f"The worst cells: {', '.join(named)}."]


def _table(model: ModelRobustness) -> list[str]:
    """Accuracy / ECE of each cell."""
    by_kind: dict[str, dict[int, str]] = {}
    for cell in model.cells:
        by_kind.setdefault(cell.kind, {})[cell.level] = _both(cell.accuracy.share, cell.ece)
    clean = _both(model.clean.accuracy.share, model.clean.ece)
    rows = [["clean", *[""] * LEVELS, clean, percent(1.0)]]
    for kind, cells in by_kind.items():
        rows.append([_said(kind), *_levels(cells), *_means(model.by_kind[kind])])
    by_level = {level: _both(mean.accuracy, mean.ece) for level, mean in model.by_level.items()}
    rows.append(["**mean**", *_levels(by_level), *_means(model.mean)])
    headings = ("accuracy / ECE", *map(str, range(1, LEVELS + 1)), "mean", "of clean")
    return markdown_table(headings, rows, left=1)


def _levels(cells: Mapping[int, str]) -> Iterable[str]:
    return (cells.get(level, NONE) for level in range(1, LEVELS + 1))


def _means(mean: Mean) -> tuple[str, str]:
    return _both(mean.accuracy, mean.ece), percent(mean.kept)


def _both(accuracy: float | None, ece: float) -> str:
    return f"{_short(accuracy)} / {_short(ece)}"


def _short(share: float | None) -> str:
    return NONE if share is None else f"{100 * share:.1f}"


def _strength_sentence(context: RobustnessContext) -> str:
    return (
        f"On a crop of {context.side} × {context.side} pixels, whatever the network takes. The third is a plainly bad "
        "photo; the fifth is as hard as a person can still tell. EV: doublings of the light. Rotation, shift, scale "
        "and jitter cut the crop wrongly; what lies outside it is not known, and repeats its border."
    )
