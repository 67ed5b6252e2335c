"""One look for all figures: readable at the width of a README, safe for the colour-blind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from gender_classifier.system.files import atomic_path

# Okabe and Ito's palette, in which all eight are told apart with any common colour blindness.
BLUE, ORANGE, GREEN, VERMILION, PURPLE, BLACK = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#CC79A7",
    "#000000",
)
FEMALE, MALE = VERMILION, BLUE
GREY = "#767676"
WIDTH = 9.0
"""Inches. A README shows about 900 pixels, so that ten points are about fourteen pixels there."""


@contextmanager
def figure_style() -> Iterator[None]:
    """Set matplotlib up for the block, and as it was after it.

    Yields:
        Nothing; figures are made and saved within `with figure_style():`.
    """
    settings: dict[Any, Any] = {
        "savefig.dpi": 150,
        "font.family": "DejaVu Sans",  # comes with matplotlib: figures look the same on every machine
        "font.size": 10,
        "axes.titlesize": 10.5,
        "axes.labelsize": 10,
        "figure.titlesize": 12,
        "legend.fontsize": 9.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.alpha": 0.3,
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "hatch.linewidth": 0.6,
    }
    with rc_context(settings):
        yield


def new_figure(height: float) -> Figure:
    """Make an empty figure of a README's width, without a window or any global state.

    Args:
        height: inches.

    Returns:
        The figure, `WIDTH` inches wide, 150 pixels an inch within `figure_style`.
    """
    return Figure(figsize=(WIDTH, height), layout="constrained")


def percent_ticks() -> FuncFormatter:
    """Write the ticks of an axis of shares as percent, with as many digits as they need.

    Returns:
        What an axis of matplotlib takes by `set_major_formatter`: 0.25 becomes `25 %`.
    """
    return FuncFormatter(lambda share, _place: f"{100 * share:.4g} %")


def save(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, whole or not at all; the same figure gives the same bytes.

    Args:
        figure: of `new_figure`.
        path: PNG to write, in a folder that is there.
    """
    with atomic_path(path) as partial:
        figure.savefig(partial, format="png", metadata={"Software": None})
