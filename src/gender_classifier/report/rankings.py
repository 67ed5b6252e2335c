"""Figures of how scores tell the classes apart, and what the threshold makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from gender_classifier.metrics.classification import roc_auc
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import curve, cuts, sigmoid
from gender_classifier.report.style import (
    BLACK,
    BLUE,
    FEMALE,
    GREEN,
    GREY,
    MALE,
    ORANGE,
    PURPLE,
    new_figure,
    percent_ticks,
    save,
)

Curve = NDArray[np.float64]


@dataclass(frozen=True)
class Shown:
    """One table of scores in a figure.

    Attributes:
        scores: labelled rows of one view.
        cut: threshold, as a logit.
    """

    scores: Scores
    cut: float


@dataclass(frozen=True)
class _Ranking:
    """Rates at every cut, from all male to all female, and the place of the chosen cut among them."""

    recall: Curve
    false_rate: Curve
    precision: Curve
    chosen: int


def _rank(shown: Shown) -> _Ranking:
    _, (tp, fp, tn, fn) = cuts(shown.scores.label, shown.scores.logit)
    # Nothing said to be male: precision is that of the most certain cut, not a point of its own.
    precision = np.divide(tp, tp + fp, out=np.zeros_like(tp), where=tp + fp > 0)
    precision[-1] = precision[-2]
    # A cut decides as the last of `at` that leaves the same scores above it.
    above = int((shown.scores.logit >= shown.cut).sum())
    chosen = int(np.searchsorted(-(tp + fp), -above))
    return _Ranking(tp / (tp + fn), fp / (fp + tn), precision, chosen)


def roc_and_precision_recall(shown: Mapping[str, Shown], path: Path) -> None:
    """Draw ROC and precision-recall curves, the chosen thresholds marked.

    Args:
        shown: tables by name, each with both classes; the first two are drawn.
        path: PNG to write.
    """
    figure = new_figure(4.6)
    left, right = figure.subplots(1, 2)
    lowest = 1.0
    for (name, table), colour, style in zip(shown.items(), (BLUE, ORANGE), ("-", "--"), strict=False):
        ranking = _rank(table)
        area = roc_auc(table.scores.label, table.scores.logit)
        # The first few images say little of precision and may send it anywhere.
        settled = ranking.precision[ranking.recall >= min(0.1, float(ranking.recall[ranking.chosen]))]
        lowest = min(lowest, float(table.scores.label.mean()), float(settled.min()))
        for axis, x, y, label in (
            (left, ranking.false_rate, ranking.recall, f"{name}: ROC area {area:.4f}"),
            (right, ranking.recall, ranking.precision, None),
        ):
            axis.plot(*_thinned(x, y), color=colour, linestyle=style, label=label)
            axis.plot(
                x[ranking.chosen], y[ranking.chosen], "o", color=colour, markersize=7, markeredgecolor=BLACK, zorder=4
            )
    left.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="chance")
    figure.suptitle("How well scores tell perceived gender apart")
    left.set(xlabel="false positive rate (women said male)", ylabel="recall of men", title="ROC")
    left.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    if min(roc_auc(table.scores.label, table.scores.logit) for table in shown.values()) > 0.95:
        _enlarge_corner(left)
    prevalence = float(next(iter(shown.values())).scores.label.mean())
    right.axhline(prevalence, color=GREY, linewidth=1, linestyle=":")
    right.set(xlabel="recall of men", ylabel="precision", title="Precision-recall")
    right.set(xlim=(-0.02, 1.02), ylim=(lowest - 0.12 * (1.02 - lowest), 1.0 + 0.03 * (1.02 - lowest)))
    left.plot([], [], "o", color="white", markersize=7, markeredgecolor=BLACK, label="chosen threshold")
    figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    save(figure, path)


def _enlarge_corner(axis: Axes) -> None:
    """A good model's curve hugs the corner: its lines and dots again, five times as large."""
    inset = axis.inset_axes((0.42, 0.3, 0.54, 0.54), xlim=(-0.004, 0.2), ylim=(0.8, 1.004))
    for line in axis.get_lines():
        inset.plot(
            *line.get_data(),
            color=line.get_color(),
            linestyle=line.get_linestyle(),
            marker=line.get_marker(),
            markersize=line.get_markersize(),
            markeredgecolor=line.get_markeredgecolor(),
            zorder=line.get_zorder(),
        )
    inset.set_title("top left corner", fontsize=9, pad=3)
    inset.tick_params(labelsize=8.5)
    inset.set_xticks([0, 0.1, 0.2])
    inset.set_yticks([0.8, 0.9, 1])


def histogram(shown: Mapping[str, Shown], path: Path) -> None:
    """Draw the scores of each class, with the threshold.

    Args:
        shown: tables by name, a panel each.
        path: PNG to write.
    """
    figure = new_figure(3.9)
    axes = figure.subplots(1, len(shown), squeeze=False, sharey=True)[0]
    # About ten images a bin where there are few.
    bins = np.linspace(0, 1, 1 + min(40, max(20, min(len(table.scores) for table in shown.values()) // 10)))
    for axis, (name, table) in zip(axes, shown.items(), strict=True):
        p = sigmoid(table.scores.logit)
        for label, labelled, colour, hatch in ((1, "male", MALE, ""), (0, "female", FEMALE, "////")):
            style = {"facecolor": (colour, 0.35), "edgecolor": colour, "hatch": hatch, "histtype": "stepfilled"}
            axis.hist(p[table.scores.label == label], bins, label=f"labelled {labelled}", **style)
        _mark_cut(axis, table.cut)
        # Most scores stand at the ends: without a logarithm the few between, which matter, cannot be seen.
        axis.set_yscale("log")
        axis.set_ylim(0.7, max(15.0, axis.get_ylim()[1]))
        axis.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.yaxis.set_minor_formatter(NullFormatter())
        axis.set(xlabel="sigmoid of the logit, not calibrated", xlim=(0, 1))
        axis.set_title(f"{name}: {len(p)} images, threshold {float(sigmoid(table.cut)):.3f}")
    axes[0].set_ylabel("images (logarithmic)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.suptitle("Scores by perceived gender")
    save(figure, path)


def metric_curves(shown: Mapping[str, Shown], metric: str, path: Path) -> None:
    """Draw metrics against the threshold.

    Args:
        shown: tables by name, a panel each.
        metric: name of the one that chose the threshold, not `auto`; its line stands out.
        path: PNG to write.
    """
    lines: dict[str, tuple[str, str, Any]] = {
        "accuracy": ("accuracy", BLACK, "-"),
        "balanced_accuracy": ("balanced accuracy", GREEN, "--"),
        "f1": ("F1 of men", ORANGE, "-."),
        "recall": ("recall of men", MALE, (0, (1, 1))),
        "recall_female": ("recall of women", FEMALE, (0, (5, 1, 1, 1))),
    }
    # With one class alone only its own recall means anything, and is the accuracy.
    here = {int(label) for table in shown.values() for label in table.scores.label}
    if len(here) == 1:
        lines = {key: lines[key] for key in ("accuracy", "recall" if 1 in here else "recall_female")}
    elif metric not in lines:
        lines[metric] = (metric.replace("_", " "), PURPLE, "-")
    figure = new_figure(4.2)
    axes = figure.subplots(1, len(shown), squeeze=False, sharey=True)[0]
    best = min(float(curve(table.scores.label, table.scores.logit, metric)[1].max()) for table in shown.values())
    bottom = 0.5 if best > 0.7 and len(here) == 2 else 0.0
    for axis, (name, table) in zip(axes, shown.items(), strict=True):
        for key, (label, colour, style) in lines.items():
            _, values = curve(table.scores.label, table.scores.logit, key)
            drawn = {"color": colour, "linestyle": style, "linewidth": 2.8 if key == metric else 1.5}
            axis.plot(*_steps(table.scores, values), label=label + (" (chosen by)" if key == metric else ""), **drawn)
        _mark_cut(axis, table.cut)
        axis.set(xlabel="threshold (sigmoid of the logit)", xlim=(0, 1), ylim=(bottom, 1.005))
        axis.yaxis.set_major_formatter(percent_ticks())
        axis.set_title(f"{name}: threshold {float(sigmoid(table.cut)):.3f}")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    figure.suptitle("Metrics against the threshold: perceived gender, male is the positive class")
    save(figure, path)


def _steps(scores: Scores, values: Curve) -> tuple[Curve, Curve]:
    """A metric's values at every cut (M,) as corners of a staircase over the threshold, 0 to 1.

    Each value holds from just above one distinct score up to and with the next.
    """
    edges = np.concatenate([[0.0], sigmoid(np.unique(scores.logit)), [1.0]])
    return _thinned(np.repeat(edges, 2)[1:-1], np.repeat(values, 2))


def _thinned(x: Curve, y: Curve, across: int = 3000) -> tuple[Curve, Curve]:
    """The same line without the points that fall on the pixel of the point before: dashes of 100,000 take minutes."""
    place = np.round(np.stack([x, y]) * across)
    kept = np.ones(x.size, bool)
    kept[1:-1] = (place[:, 1:-1] != place[:, :-2]).any(axis=0)
    return x[kept], y[kept]


def _mark_cut(axis: Axes, cut: float) -> None:
    axis.axvline(float(sigmoid(cut)), color=BLACK, linestyle="--", linewidth=1.3, label="chosen threshold")
