"""How much accuracy and calibration a model keeps under degradations: a table of kinds by strengths, from scores."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gender_classifier import CLASS_NAMES
from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import ece
from gender_classifier.metrics.classification import checked
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.groups import Share, share_of
from gender_classifier.metrics.scores import Scores

LEVELS = 5


class Cell(NamedTuple):
    """A kind of degradation at a level.

    Attributes:
        kind: one of `evaluation.degraded.KINDS`; `clean` for images as they are.
        level: 1 (hardly changed) to `LEVELS` (as hard as a person can still tell); 0 for images as they are.

    Example:
        >>> Cell("jpeg", 3)
        Cell(kind='jpeg', level=3)
    """

    kind: str
    level: int


CLEAN = Cell("clean", 0)
"""The images as they are."""


def cells_of(kinds: Iterable[str]) -> list[Cell]:
    """List the clean cell, and every level of each kind.

    Args:
        kinds: of degradations, as `jpeg`.

    Returns:
        `CLEAN` first; then kinds in their order, levels rising.
    """
    return [CLEAN, *(Cell(kind, level) for kind in kinds for level in range(1, LEVELS + 1))]


@dataclass(frozen=True)
class CellResult:
    """One cell.

    Attributes:
        kind: of the cell.
        level: of the cell.
        accuracy: at the model's threshold.
        recall: by gender.
        ece: expected calibration error of the calibrated probabilities, 0 to 1.
    """

    kind: str
    level: int
    accuracy: Share
    recall: dict[str, Share]
    ece: float


@dataclass(frozen=True)
class Mean:
    """Means over several cells.

    Attributes:
        accuracy: mean accuracy, 0 to 1.
        kept: that as a share of the clean accuracy; None where nothing is right on clean images.
        ece: mean expected calibration error, 0 to 1.
    """

    accuracy: float
    kept: float | None
    ece: float


@dataclass(frozen=True)
class Robustness:
    """A model's table.

    Attributes:
        count: images in each cell.
        clean: as they are.
        cells: the degraded ones, kinds in their order, levels rising.
        mean: over all degraded cells, each kind and level weighing alike.
        by_kind: over a kind's levels.
        by_level: over the kinds at a level, from 1.
        ece_by_chance: what a perfectly calibrated model of the clean images' probabilities would show on so many:
            with few, much of any expected calibration error is that.

    Example:
        >>> path, view, split = (np.full(2, text, object) for text in ("a.jpg", "identity", "val"))
        >>> cell = {"kind": np.array(["clean", "jpeg"], object), "level": np.array([0, 5], object)}
        >>> scores = Scores(path, np.zeros(2, np.int64), np.ones(2, np.int64), np.array([3.0, -0.5]), view, split, cell)
        >>> robustness(scores, DecisionRule()).by_kind["jpeg"].kept
        0.0
    """

    count: int
    clean: CellResult
    cells: list[CellResult]
    mean: Mean
    by_kind: dict[str, Mean]
    by_level: dict[int, Mean]
    ece_by_chance: float

    def worst(self, count: int = 5) -> list[CellResult]:
        """Give the cells with the lowest accuracy.

        Args:
            count: of cells at most.

        Returns:
            Degraded cells, the lowest accuracy first.
        """
        return sorted(self.cells, key=lambda cell: cell.accuracy.hits)[:count]

    def mean_of(self, kinds: Sequence[str]) -> Mean | None:
        """Compute the mean over the cells of some kinds.

        Args:
            kinds: of degradations; those that the table lacks are passed over.

        Returns:
            The mean, all cells weighing alike; None where there are no such cells.
        """
        chosen = [cell for cell in self.cells if cell.kind in kinds]
        return _mean(chosen, self.clean) if chosen else None


def robustness(scores: Scores, rule: DecisionRule) -> Robustness:
    """Compute the robustness table of one model.

    Args:
        scores: a row an image and cell, with the cell in the further columns `kind` and `level`.
        rule: the model's threshold and calibration; its band plays no part.

    Returns:
        Results of each cell, and their means.

    Raises:
        UserError: no cells, no clean one or no other, cells of different images, or labels or logits that cannot be
            used (`metrics.classification.checked`).
    """
    logits, labels = _by_cell(scores)
    if CLEAN not in logits or len(logits) < 2:
        raise UserError("robustness: the clean images and at least one degradation are needed")
    clean = _result(CLEAN, logits[CLEAN], labels, rule)
    cells = [_result(cell, values, labels, rule) for cell, values in logits.items() if cell != CLEAN]
    kinds = list(dict.fromkeys(cell.kind for cell in cells))
    levels = sorted({cell.level for cell in cells})
    return Robustness(
        count=len(labels),
        clean=clean,
        cells=cells,
        mean=_mean(cells, clean),
        by_kind={kind: _mean([cell for cell in cells if cell.kind == kind], clean) for kind in kinds},
        by_level={level: _mean([cell for cell in cells if cell.level == level], clean) for level in levels},
        ece_by_chance=_by_chance(rule.probabilities(logits[CLEAN])),
    )


def _by_chance(probabilities: NDArray[np.float64], draws: int = 200) -> float:
    """Mean expected calibration error of labels that are drawn by the probabilities themselves."""
    drawn = np.random.default_rng(0).random((draws, len(probabilities))) < probabilities
    return float(np.mean([ece(labels, probabilities) for labels in drawn]))


def _by_cell(scores: Scores) -> tuple[dict[Cell, NDArray[np.float64]], NDArray[np.int64]]:
    """Logits (N,) by cell in the order of the table, and the labels (N,) that they share."""
    if not {"kind", "level"} <= set(scores.extra):
        raise UserError("robustness: a scores table with the columns kind and level is needed")
    rows: dict[Cell, list[int]] = {}
    for row, (kind, level) in enumerate(zip(scores.extra["kind"], scores.extra["level"], strict=True)):
        rows.setdefault(Cell(str(kind), int(level)), []).append(row)
    places = {cell: np.array(found) for cell, found in rows.items()}
    first = next(iter(places.values()), np.empty(0, np.int64))
    for cell, place in places.items():
        if len(place) != len(first) or (scores.path[place] != scores.path[first]).any():
            raise UserError(f"robustness: {cell.kind} {cell.level} has other images than the first cell")
    return {cell: scores.logit[place] for cell, place in places.items()}, scores.label[first]


def _result(cell: Cell, logits: NDArray[np.float64], labels: NDArray[np.int64], rule: DecisionRule) -> CellResult:
    y, z = checked(labels, logits)
    right = rule.right(y, z)
    recall = {name: share_of(right[y == label]) for label, name in enumerate(CLASS_NAMES)}
    return CellResult(cell.kind, cell.level, share_of(right), recall, ece(y, rule.probabilities(z)))


def _mean(cells: Sequence[CellResult], clean: CellResult) -> Mean:
    accuracy = float(np.mean([cell.accuracy.share or 0.0 for cell in cells]))
    of = clean.accuracy.share
    return Mean(accuracy, accuracy / of if of else None, float(np.mean([cell.ece for cell in cells])))
