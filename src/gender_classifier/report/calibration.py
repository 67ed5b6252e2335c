"""Figures of what probabilities are worth: reliability, and risk against coverage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import StrMethodFormatter

from gender_classifier.metrics.calibration import (
    Calibration,
    brier,
    ece,
    reliability,
)
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.selective import risk_coverage
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.report.style import (
    BLACK,
    BLUE,
    FEMALE,
    GREY,
    MALE,
    ORANGE,
    new_figure,
    percent_ticks,
    save,
)


@dataclass(frozen=True)
class Judged:
    """Labelled rows of one view in a figure, and how they are answered.

    Attributes:
        scores: at least one row; labels are 0 or 1.
        rule: calibration, threshold and band: how their logits become answers.
    """

    scores: Scores
    rule: DecisionRule


def reliability_diagram(scores: Scores, calibration: Calibration | None, path: Path) -> None:
    """Draw the share of men against the probability given, as scored and calibrated; below, how many faces.

    Args:
        scores: labelled rows of one view.
        calibration: what the right half shows; None: there is none, and no right half.
        path: PNG to write.
    """
    panels = {"as scored": Calibration()} | ({"calibrated": calibration} if calibration is not None else {})
    figure = new_figure(5.4)
    axes = figure.subplots(2, len(panels), squeeze=False, sharex=True, height_ratios=(4, 1))
    for place, (name, line) in enumerate(panels.items()):
        probabilities = sigmoid(line.apply(scores.logit))
        top, bottom = axes[0, place], axes[1, place]
        _dots(top, scores, probabilities.tolist())
        errors = f"ECE {ece(scores.label, probabilities):.4f}, Brier {brier(scores.label, probabilities):.4f}"
        top.set_title(f"{name}: {errors}")
        for label, colour, hatch in ((1, MALE, ""), (0, FEMALE, "////")):
            style = {"facecolor": (colour, 0.35), "edgecolor": colour, "hatch": hatch, "histtype": "stepfilled"}
            name_of = "labelled male" if label else "labelled female"
            bottom.hist(probabilities[scores.label == label], np.linspace(0, 1, 31), label=name_of, **style)
        bottom.set(xlabel="probability of male that was given", yscale="log", ylim=(0.7, None))
        bottom.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes[0, 0].set_ylabel("share labelled male")
    axes[1, 0].set_ylabel("faces")
    handles = [axis.get_legend_handles_labels() for axis in (axes[0, 0], axes[1, 0])]
    figure.legend(*(a + b for a, b in zip(*handles, strict=True)), loc="outside lower center", ncols=4)
    figure.suptitle(f"Reliability: {len(scores)} faces; gender is what annotators perceived, in two classes")
    save(figure, path)


def _dots(axis: Axes, scores: Scores, probabilities: list[float]) -> None:
    bins = reliability(scores.label, probabilities)
    share = np.array([found.share for found in bins])
    whiskers = np.abs(np.array([found.interval for found in bins]).T - share)
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="probabilities that are what they say")
    x = [found.probability for found in bins]
    axis.errorbar(
        x, share, whiskers, fmt="o", color=BLACK, markersize=4.5, elinewidth=1.3, capsize=2, label="share [95 %]"
    )
    axis.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axis.yaxis.set_major_formatter(percent_ticks())


def risk_against_coverage(shown: Mapping[str, Judged], wanted: float | None, path: Path) -> None:
    """Draw the share of wrong answers against the share of faces answered, by name of the table.

    Args:
        shown: tables by name, of which the first two are drawn; the dot is where the band of each leaves off.
        wanted: share of right answers that the band promises, a level line; None: it promises nothing.
        path: PNG to write.
    """
    figure = new_figure(4.2)
    axis = figure.subplots()
    highest = 0.02
    for (name, table), colour, style in zip(shown.items(), (BLUE, ORANGE), ("-", "--"), strict=False):
        right = table.rule.right(table.scores.label, table.scores.logit)
        curve = risk_coverage(right, table.rule.probabilities(table.scores.logit))
        axis.plot(curve.coverage, curve.risk, color=colour, linestyle=style, label=f"{name}: area {curve.area:.4f}")
        # The first few answers say little of a risk and may send it anywhere.
        highest = max(highest, float(curve.risk[curve.coverage >= min(0.1, curve.coverage[-1])].max()))
        answered = table.rule.answered(table.scores.logit)
        if table.rule.band is not None and answered.any():
            dot = (answered.mean(), 1 - right[answered].mean())
            axis.plot(*dot, "o", color=colour, markersize=7, markeredgecolor=BLACK, zorder=4)
            told = f"answers outside the band: {100 * dot[1]:.1f} % wrong of {100 * dot[0]:.0f} %"
            axis.plot([], [], "o", color=colour, markeredgecolor=BLACK, label=told)
    if wanted is not None:
        promised = f"promised: {100 - 100 * wanted:.4g} %"
        axis.axhline(1 - wanted, color=GREY, linewidth=1.3, linestyle=":", label=promised)
        highest = max(highest, 1 - wanted)
    axis.set(xlabel="coverage: share of faces answered, the surest first", ylabel="risk: share of wrong answers")
    axis.set(xlim=(0, 1.01), ylim=(-0.02 * highest, 1.15 * highest))
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_formatter(percent_ticks())
    axis.legend(loc="upper left")
    figure.suptitle("Risk against coverage; gender is what annotators perceived, in two classes")
    save(figure, path)
