"""Confusion matrices."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from gender_classifier.report.style import WIDTH, new_figure, save
from gender_classifier.runs.report import ProtocolResult, Row

SHOWN = (("train", "disabled"), ("val", "disabled"), ("val", "enabled"))


def confusion(protocol: ProtocolResult, path: Path) -> None:
    """Draw confusion matrices: counts, and shares of each labelled class.

    Args:
        protocol: train, validation and validation with TTA are drawn, as far as it has rows of them; else its first
            three rows.
        path: PNG to write.
    """
    rows = [row for key in SHOWN if (row := protocol.row(*key)) is not None] or protocol.rows[:3]
    figure = new_figure(WIDTH / 3 + 0.7)
    axes = figure.subplots(1, len(rows), squeeze=False)[0]
    for axis, row in zip(axes, rows, strict=True):
        _matrix(axis, row)
    figure.suptitle(f"Confusion matrices of perceived gender ({protocol.name}): images, and share of each label")
    save(figure, path)


def _matrix(axis: Axes, row: Row) -> None:
    counts = np.array([[row.tn, row.fp], [row.fn, row.tp]], np.int64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for y in range(2):
        for x in range(2):
            ink = "white" if shares[y, x] > 0.55 else "black"
            axis.text(x, y - 0.09, f"{counts[y, x]}", ha="center", va="center", color=ink, fontsize=16)
            share = f"{100 * shares[y, x]:.1f} %" if counts[y].any() else "none there"
            axis.text(x, y + 0.17, share, ha="center", va="center", color=ink, fontsize=10)
    axis.set_xticks([0, 1], ["female", "male"])
    axis.set_yticks([0, 1], ["female", "male"], rotation=90, va="center")
    axis.tick_params(length=0)
    axis.set(xlabel="predicted", ylabel="labelled")
    axis.grid(False)
    axis.spines[:].set_visible(False)
    tta = ", TTA" if row.tta == "enabled" else ""
    axis.set_title(f"{row.phase}{tta}\naccuracy {100 * row.accuracy:.2f} %")
