"""Figures over the run's time."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from gender_classifier.report.style import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    VERMILION,
    new_figure,
    percent_ticks,
    save,
)
from gender_classifier.runs.report import Row

Line = dict[str, Any]
PANELS = (
    ("loss", "loss"),
    ("accuracy", "accuracy"),
    ("balanced_accuracy", "balanced accuracy"),
    ("precision", "precision (male)"),
    ("recall", "recall (male)"),
    ("recall_female", "recall of women"),
    ("f1", "F1 (male)"),
    ("threshold", "swept threshold"),
)
SPLITS = {
    "train": ("train (as seen in training)", GREY, "s", "--"),
    "choose": ("choose (held out of train)", ORANGE, "^", "-"),
    "val": ("validation", BLUE, "o", "-"),
}


def training_curves(epochs: list[Line], path: Path, result: Row | None = None) -> None:
    """Draw loss, metrics and the swept threshold over the epochs.

    The kept epochs are marked in each panel. Each split's line is at the threshold that is best on that split in that
    epoch, validation's too; the number above a panel is not, or it would be better than what the table can promise.

    Args:
        epochs: the log's epoch lines.
        path: PNG to write.
        result: the report's row of the held-out protocol for validation, single view: what stands above the panels.
            None: the log's own values at the epoch kept.
    """
    figure = new_figure(7.6)
    axes = figure.subplots(3, 3)
    x = [line["epoch"] + 1 for line in epochs]
    for axis, (key, title) in zip(axes.flat, PANELS, strict=False):
        for split, (name, colour, marker, style) in SPLITS.items():
            if not any(split in line for line in epochs):  # validation may have stayed closed
                continue
            values = [_number(line.get(split, {}).get(key)) for line in epochs]
            axis.plot(x, values, style, marker=marker, markersize=3.5, color=colour, label=name)
        share = key not in ("loss", "threshold")
        _mark_kept(axis, epochs, key, share, result)
        axis.set_title(title, loc="left")
        if share:
            axis.yaxis.set_major_formatter(percent_ticks())
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=6, min_n_ticks=1))
    handles, labels = axes[0, 0].get_legend_handles_labels()
    axes[2, 2].set_axis_off()
    axes[2, 2].legend(handles, labels, loc="upper left", borderaxespad=0)
    if any(line.get("best") and "val" in line for line in epochs):
        note = "In blue above each panel: validation\nat the epoch kept (held out)"
        if result is not None:
            note += ", as in\nthe table: single view, threshold of\n`choose`; the lines have their own best"
        axes[2, 2].text(0.0, -0.06, note, transform=axes[2, 2].transAxes, color=BLUE, fontsize=9.5)
    figure.supxlabel("epoch", fontsize=10)
    figure.suptitle("Training curves: perceived gender, male is the positive class")
    save(figure, path)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _mark_kept(axis: Axes, epochs: list[Line], key: str, share: bool, result: Row | None = None) -> None:
    """Upright lines at the epochs that were kept, by the held-out share and by validation for comparison."""
    for mark, split, colour, style, shape, whose in (
        ("best_on_val", "val", BLUE, ":", "D", "as the origin"),
        ("best", "choose", BLACK, "--", "*", "held out"),
    ):
        kept = [line for line in epochs if line.get(mark)][-1:]
        for line in kept:
            x, label = line["epoch"] + 1, f"kept ({whose}): epoch {line['epoch'] + 1}"
            axis.axvline(x, color=colour, linestyle=style, linewidth=1.1)
            drawn: dict[str, Any] = {"markersize": 11 if shape == "*" else 7, "markeredgecolor": BLACK, "zorder": 5}
            y = _number(line.get(split, {}).get(key))
            axis.plot([x], [y], shape, color=SPLITS[split][1], label=label, linestyle="", **drawn)
            if mark == "best":
                of_row = result is not None and hasattr(result, key)
                _note_value(axis, _number(getattr(result, key) if of_row else line.get("val", {}).get(key)), share)


def _note_value(axis: Axes, value: float, share: bool) -> None:
    """Validation's value at the held-out protocol's epoch, in the panel's corner above the axes."""
    text = f"{100 * value:.1f} %" if share else f"{value:.3f}"
    if math.isfinite(value):
        axis.set_title(text, loc="right", color=BLUE, fontsize=10.5, fontweight="bold")


def learning_rates(log: list[Line], path: Path) -> None:
    """Draw the learning rate of each layer over the steps, and mark the end of the kept epoch.

    Args:
        log: lines of the run's log, at least one of an epoch; rates stand by epoch where fewer than two are of steps.
        path: PNG to write.
    """
    steps = [line for line in log if line["kind"] == "step"]
    epochs = [line for line in log if line["kind"] == "epoch"]
    by_step = len(steps) > 1
    shown = steps if by_step else epochs
    x = [line["global_step"] if by_step else line["epoch"] + 1 for line in shown]
    layers = list(shown[0]["rates"])
    figure = new_figure(4.2)
    axis = figure.subplots()
    # Cividis stops short of its yellow, which is too pale on white.
    shades = colormaps["cividis"]
    for i, layer in enumerate(layers):
        shade = shades(0.9 * i / max(1, len(layers) - 1))
        axis.plot(x, [line["rates"][layer] for line in shown], color=shade, label=layer, marker="" if by_step else "o")
    kept = [line["epoch"] for line in epochs if line.get("best")]
    if kept:
        where = _last_step(steps, kept[-1]) if by_step else kept[-1] + 1
        axis.axvline(where, color=VERMILION, linestyle="--", linewidth=1.3, label=f"kept: epoch {kept[-1] + 1}")
    axis.set_yscale("log")
    xlabel = "step" if by_step else "epoch (rate at its end)"
    axis.set(xlabel=xlabel, ylabel="learning rate (logarithmic)", title="Learning rates by layer")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    handles, labels = axis.get_legend_handles_labels()
    order = [*reversed(range(len(layers))), *range(len(layers), len(handles))]
    # The legend's top is the fastest layer, as in the figure.
    axis.legend([handles[i] for i in order], [labels[i] for i in order], loc="center left", bbox_to_anchor=(1.0, 0.5))
    save(figure, path)


def _last_step(steps: list[Line], epoch: int) -> float:
    """The step at which an epoch ended: the length of an epoch is told by where the next one's count begins."""
    for before, after in pairwise(steps):
        if before["epoch"] <= epoch < after["epoch"]:
            return float(after["global_step"] - after["step"])
    return float(steps[-1]["global_step"])
