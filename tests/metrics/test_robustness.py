"""The robustness table: counted by hand, and what must hold of any scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import Calibration, ece
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.robustness import (
    CLEAN,
    LEVELS,
    Cell,
    cells_of,
    robustness,
)
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import sigmoid

LABELS = np.array([0, 0, 1, 1, 1])


def table(logits: dict[Cell, list[float]], labels: NDArray[np.int64] = LABELS, paths: str = "abcde") -> Scores:
    rows = [(cell, i, z) for cell, values in logits.items() for i, z in enumerate(values)]
    return Scores(
        path=np.array([paths[i] for _, i, _ in rows], dtype=object),
        face=np.zeros(len(rows), np.int64),
        label=np.array([labels[i] for _, i, _ in rows], np.int64),
        logit=np.array([z for _, _, z in rows], np.float64),
        view=np.full(len(rows), "identity", dtype=object),
        split=np.full(len(rows), "val", dtype=object),
        extra={
            "kind": np.array([cell.kind for cell, _, _ in rows], dtype=object),
            "level": np.array([str(cell.level) for cell, _, _ in rows], dtype=object),  # text, as from CSV
        },
    )


LOGITS = {
    CLEAN: [-2.0, -1.0, 1.0, 2.0, 3.0],
    Cell("fog", 1): [-2.0, 1.0, 1.0, 2.0, 3.0],
    Cell("fog", 2): [2.0, 1.0, 1.0, 2.0, 3.0],
    Cell("rain", 1): [-2.0, -1.0, -1.0, 2.0, 3.0],
    Cell("rain", 2): [2.0, 1.0, -1.0, -2.0, -3.0],
}


def test_counted_by_hand() -> None:
    found = robustness(table(LOGITS), DecisionRule())
    assert found.count == 5
    assert found.clean.accuracy.share == 1.0
    assert [(c.kind, c.level, c.accuracy.hits) for c in found.cells] == [
        ("fog", 1, 4),
        ("fog", 2, 3),
        ("rain", 1, 4),
        ("rain", 2, 0),
    ]
    assert found.cells[1].recall["female"].share == 0.0
    assert found.cells[1].recall["male"].share == 1.0
    assert found.mean.accuracy == found.mean.kept == pytest.approx((0.8 + 0.6 + 0.8 + 0.0) / 4)
    assert found.by_kind["fog"].accuracy == pytest.approx(0.7)
    assert found.by_level[2].accuracy == pytest.approx(0.3)
    assert [(c.kind, c.level) for c in found.worst(2)] == [("rain", 2), ("fog", 2)]
    rain = found.mean_of(["rain"])
    assert rain is not None
    assert rain == found.by_kind["rain"]
    assert found.mean_of(["snow"]) is None


def test_the_model_s_threshold_and_calibration_count() -> None:
    rule = DecisionRule(1.5, Calibration(2.0, -1.0))
    found = robustness(table(LOGITS), rule)
    assert found.clean.accuracy.hits == 4  # the man at 1.0 is said to be a woman
    assert found.mean.kept == pytest.approx(found.mean.accuracy / 0.8)
    values = np.array(LOGITS[Cell("fog", 2)])
    assert found.cells[1].ece == pytest.approx(ece(LABELS, sigmoid(2.0 * values - 1.0)))
    assert found.mean.ece == pytest.approx(np.mean([cell.ece for cell in found.cells]))


@given(st.lists(st.floats(-5, 5), min_size=4, max_size=30), st.integers(0, 2**31))
def test_a_degradation_that_does_nothing_keeps_everything(values: list[float], seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, 2, len(values))
    labels[0] = values[0] >= 0  # something is right
    paths = "".join(chr(97 + i) for i in range(len(values)))
    found = robustness(
        table({CLEAN: values, Cell("fog", 1): values, Cell("snow", 5): values}, labels, paths), DecisionRule()
    )
    assert found.mean.kept == pytest.approx(1.0)
    assert found.mean.ece == pytest.approx(found.clean.ece)
    assert {cell.accuracy for cell in found.cells} == {found.clean.accuracy}


def test_nothing_kept_of_nothing() -> None:
    found = robustness(
        table({CLEAN: [1.0, 1.0, -1.0, -1.0, -1.0], Cell("fog", 1): [-1.0, -1.0, 1.0, 1.0, 1.0]}), DecisionRule()
    )
    assert (found.clean.accuracy.share, found.mean.accuracy, found.mean.kept) == (0.0, 1.0, None)


def test_calibration_error_by_chance_shrinks_with_the_pictures() -> None:
    def by_chance(count: int) -> float:
        values = np.random.default_rng(count).normal(0, 2, count).tolist()
        paths = "".join(chr(256 + i) for i in range(count))
        labels = np.arange(count) % 2
        return robustness(table({CLEAN: values, Cell("fog", 1): values}, labels, paths), DecisionRule()).ece_by_chance

    few, many = by_chance(60), by_chance(960)
    assert 0.05 < few < 0.2
    assert few / many == pytest.approx(4.0, rel=0.25)  # as the root of the number


def test_cells() -> None:
    cells = cells_of(["fog", "rain"])
    assert cells[0] == CLEAN
    assert cells[1:] == [Cell(kind, level) for kind in ("fog", "rain") for level in range(1, LEVELS + 1)]


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        (table({CLEAN: LOGITS[CLEAN]}), "at least one degradation"),
        (table({Cell("fog", 1): LOGITS[CLEAN]}), "clean images"),
        (table({CLEAN: LOGITS[CLEAN], Cell("fog", 1): [1.0]}), "fog 1 has other images"),
    ],
)
def test_tables_that_are_none(scores: Scores, message: str) -> None:
    with pytest.raises(UserError, match=message):
        robustness(scores, DecisionRule())


def test_a_table_without_cells() -> None:
    scores = table(LOGITS)
    scores.extra.clear()
    with pytest.raises(UserError, match="columns kind and level"):
        robustness(scores, DecisionRule())
