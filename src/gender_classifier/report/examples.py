"""Figures with images in them: what the model says of a few, and where it is most wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from numpy.typing import NDArray

from gender_classifier import CLASS_NAMES
from gender_classifier.images.contact_sheet import contact_sheet
from gender_classifier.images.overlay import (
    common_scale,
    legend,
    limits,
    lines_below,
    overlay,
    scale_bar,
)
from gender_classifier.images.types import Picture
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.report.rankings import Shown
from gender_classifier.report.style import (
    BLACK,
    FEMALE,
    GREY,
    MALE,
    new_figure,
    save,
)

PictureSource = Callable[[str], Picture]
MapSource = Callable[[Sequence[str]], tuple[list[NDArray[np.float32]], str]]
"""Where the evidence in images lies, (h, w) each, by the images' paths in the scores: positive towards male; and
what to know of the maps. No maps, and why, where they do not hold."""

_KEY_HEIGHT, _WHY_HEIGHT = 0.95, 0.3  # inches


def _margin(shown: Shown) -> NDArray[np.float64]:
    """How far each score is on its label's side of the threshold, in logits; negative is wrong."""
    scores = shown.scores
    margin: NDArray[np.float64] = np.where(scores.label == 1, 1.0, -1.0) * (scores.logit - shown.cut)
    return margin


def _wrong(shown: Shown) -> NDArray[np.bool_]:
    wrong: NDArray[np.bool_] = (shown.scores.logit >= shown.cut) != (shown.scores.label == 1)
    return wrong


def worst_mistakes(shown: Shown, most: int) -> list[int]:
    """Find the mistakes that lie furthest on the wrong side of the threshold.

    Args:
        shown: labelled rows and the threshold.
        most: mistakes at most.

    Returns:
        Rows of the table, the worst first; empty where nothing is wrong.
    """
    order = np.argsort(_margin(shown), kind="stable")
    return [int(row) for row in order if _wrong(shown)[row]][:most]


def typical_and_hardest(shown: Shown) -> list[int]:
    """Choose rows to show: of each class two of middling certainty, the least certain right one, and the worst.

    Args:
        shown: labelled rows and the threshold.

    Returns:
        Rows of the table, eight at most, none twice: women first.
    """
    margin, wrong = _margin(shown), _wrong(shown)
    rows: list[int] = []
    for label in (0, 1):
        of_class = np.flatnonzero(shown.scores.label == label)
        order = of_class[np.argsort(-margin[of_class], kind="stable")]
        right = [int(row) for row in order if not wrong[row]]
        middle = len(right) // 2
        wanted = [*right[middle : middle + 2], *right[-1:], *(int(row) for row in order[-1:])]
        rows += list(dict.fromkeys(wanted))
    return rows


def example_inference(
    shown: Shown, calibration: Calibration, pictures: PictureSource, path: Path, maps: MapSource | None = None
) -> None:
    """Draw images beside the probabilities of both classes; right and wrong answers are named.

    Args:
        shown: labelled rows and the threshold; `typical_and_hardest` chooses among them.
        calibration: from logit to probability; `Calibration()`: as scored.
        pictures: gives an image, uint8 (H, W, 3), by its path in the scores.
        path: PNG to write.
        maps: gives where the evidence in images lies, to stand beside each; None: not shown.
    """
    rows = typical_and_hardest(shown)
    women = [row for row in rows if shown.scores.label[row] == 0]
    # Women stand in the left half and men in the right; one class alone takes both.
    first = len(women) if 0 < len(women) < len(rows) else -(-len(rows) // 2)
    halves = rows[:first], rows[first:]
    lines = max(len(half) for half in halves)
    found, known = maps([str(shown.scores.path[row]) for row in rows]) if maps is not None else ([], "")
    evidence = dict(zip(rows, found, strict=True)) if found else {}
    scale = common_scale(list(evidence.values())) if evidence else 1.0
    block = (1.0, 1.0, 1.9) if evidence else (1.0, 2.2)
    height = 1.42 * lines + 0.55
    below = (_KEY_HEIGHT if evidence else _WHY_HEIGHT) if known else 0.0
    figure = new_figure(height + below)
    body: Figure | SubFigure = figure
    if known:
        body, foot = figure.subfigures(2, 1, squeeze=False, height_ratios=(height, below))[:, 0]
        if evidence:
            _key(foot.subplots(), scale, next(iter(evidence.values())), known)
        else:
            foot.text(0.5, 0.5, known, ha="center", va="center", fontsize=9.5)
    axes = body.subplots(lines, 2 * len(block), squeeze=False, width_ratios=2 * block)
    for axis in axes.flat:
        axis.set_axis_off()
    for side, half in enumerate(halves):
        for line, row in enumerate(half):
            left, *middle, right = axes[line, side * len(block) : (side + 1) * len(block)]
            picture = pictures(str(shown.scores.path[row]))
            left.imshow(picture)
            for axis in middle:
                axis.imshow(overlay(picture, evidence[row], scale))
            right.set_axis_on()
            _bars(right, shown, calibration, row, room=1.5 if evidence else 1.25)
    body.suptitle("Probability of each perceived gender; where male reaches the dashed line, the answer is male")
    save(figure, path)


def _key(axis: Axes, scale: float, values: NDArray[np.float32], known: str) -> None:
    """The maps' colours and what they stand for."""
    axis.imshow(scale_bar(600, 12), aspect="auto", extent=(-scale, scale, 0, 1))
    axis.set_yticks([])
    axis.grid(False)
    axis.set_xticks([-scale, 0, scale], [f"−{scale:.2f}, female", "0", f"+{scale:.2f}, male"])
    axis.set_xlim(-1.3 * scale, 1.3 * scale)
    axis.set_xlabel(f"What covering the place takes off the logit. {known}\n{limits(values)}")
    axis.spines[:].set_visible(False)


def _bars(axis: Axes, shown: Shown, calibration: Calibration, row: int, room: float = 1.25) -> None:
    """Bars of both probabilities on an axis that is `room` long, so that the figures stand beside them."""
    logit = float(shown.scores.logit[row])
    male, threshold = (float(sigmoid(calibration.apply(z))) for z in (logit, shown.cut))
    said, labelled = CLASS_NAMES[int(logit >= shown.cut)], CLASS_NAMES[int(shown.scores.label[row])]
    axis.barh([1, 0], [1 - male, male], color=[FEMALE, MALE], height=0.62)
    axis.plot([threshold, threshold], [-0.42, 0.42], color=BLACK, linestyle="--", linewidth=1.3)
    for y, value in ((1, 1 - male), (0, male)):
        axis.text(room - 0.02, y, f"{value:.3f}", va="center", ha="right", fontsize=9.5)
    axis.set_yticks([1, 0], CLASS_NAMES)
    axis.set(xlim=(0, room), ylim=(-0.6, 1.6), xticks=[])
    axis.tick_params(length=0)
    axis.grid(False)
    axis.spines[["bottom", "right", "top"]].set_visible(False)
    verdict = f"right: {said}" if said == labelled else f"wrong: labelled {labelled}"
    axis.set_title(verdict, loc="left", fontsize=9.5, color=BLACK if said == labelled else FEMALE)
    axis.spines["left"].set_color(GREY)


def mistakes(
    shown: Shown,
    calibration: Calibration,
    pictures: PictureSource,
    path: Path,
    maps: MapSource | None = None,
    most: int = 24,
) -> bool:
    """Draw a contact sheet of the worst mistakes.

    Args:
        shown: labelled rows and the threshold.
        calibration: from logit to probability; `Calibration()`: as scored.
        pictures: gives an image, uint8 (H, W, 3), by its path in the scores.
        path: PNG to write.
        maps: gives where the evidence in images lies, to stand beside each; None: not shown.
        most: mistakes at most.

    Returns:
        True; False where there are no mistakes, and then nothing is written.
    """
    rows = worst_mistakes(shown, most)
    if not rows:
        return False
    names = [str(shown.scores.path[row]) for row in rows]
    captions = [_caption(shown.scores, calibration, row) for row in rows]
    drawn, foot = [pictures(name) for name in names], None
    if maps is not None:
        evidence, known = maps(names)
        if evidence:
            scale = common_scale(evidence)
            pairs = zip(drawn, evidence, strict=True)
            drawn = [cell for picture, values in pairs for cell in (picture, overlay(picture, values, scale))]
            captions = [text for caption in captions for text in (caption, "")]
            notes = (f"The colour: what covering the place takes off the logit. {limits(evidence[0])}", known)
            foot = legend(6 * 149, f"female  -{scale:.2f}", f"+{scale:.2f}  male", notes)
        else:
            foot = lines_below(6 * 149, (known,))
    title = _mistakes_title(shown, len(rows))
    contact_sheet(drawn, captions, path, columns=6, cell=143, title=title, foot=foot)
    return True


def _mistakes_title(shown: Shown, drawn: int) -> str:
    total = int(_wrong(shown).sum())
    which = f"The {drawn} worst of {total} mistakes" if drawn < total else f"All {total} mistakes"
    which = "The only mistake" if total == 1 else which
    return f"{which} in {len(shown.scores)} images, worst first; labels are perceived gender"


def _caption(scores: Scores, calibration: Calibration, row: int) -> str:
    male = float(sigmoid(calibration.apply(scores.logit[row])))
    labelled = CLASS_NAMES[int(scores.label[row])]
    return f"labelled {labelled}\nP(male) {male:.3f}\n{Path(str(scores.path[row])).stem}"
