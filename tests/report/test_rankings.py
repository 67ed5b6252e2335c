"""What is drawn of scores is what the scores say: lines, dots and bars are read back from the figures."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from gender_classifier.metrics.classification import metrics_at
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.report import rankings
from gender_classifier.report.rankings import Shown
from gender_classifier.report.style import FEMALE, MALE

CUT = 0.4
SOMEWHERE = Path("not written")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    figures: list[Figure] = []
    monkeypatch.setattr(rankings, "save", lambda figure, _path: figures.append(figure))
    return figures


@pytest.fixture
def shown(run_scores: Scores) -> dict[str, Shown]:
    views = {"plain": "identity", "TTA": "tta"}
    return {name: Shown(run_scores.select("val", view), CUT + i) for i, (name, view) in enumerate(views.items())}


def points(line: Line2D) -> np.ndarray:
    return np.column_stack(line.get_data()).astype(float)


def dots(axis: Axes) -> list[list[float]]:
    return [points(line)[0].tolist() for line in axis.get_lines() if line.get_marker() == "o" and len(points(line))]


def test_roc_and_precision_recall_are_those_of_scikit_learn(shown: dict[str, Shown], drawn: list[Figure]) -> None:
    sk = pytest.importorskip("sklearn.metrics")
    rankings.roc_and_precision_recall(shown, SOMEWHERE)
    left, right = drawn[0].axes[:2]
    for i, table in enumerate(shown.values()):
        y, z = table.scores.label, table.scores.logit
        roc = next(line for line in left.get_lines() if str(line.get_label()).startswith(list(shown)[i]))
        x, recall = points(roc)[::-1].T
        assert sk.auc(x, recall) == pytest.approx(sk.roc_auc_score(y, z), abs=1e-3)
        assert str(roc.get_label()).endswith(f"{sk.roc_auc_score(y, z):.4f}")
        at = metrics_at(y, z, table.cut)
        assert dots(left)[i] == pytest.approx([1 - at["recall_female"], at["recall"]])
        assert dots(right)[i] == pytest.approx([at["recall"], at["precision"]])
        precision, recall, _ = sk.precision_recall_curve(y, z)
        curve = points([line for line in right.get_lines() if len(points(line)) > 2][i])
        for place in (0, len(y) // 2, len(y) - 1):
            assert np.abs(curve - [recall[place], precision[place]]).sum(axis=1).min() < 1e-3
    assert (left.get_xlabel()[:19], left.get_ylabel()) == ("false positive rate", "recall of men")
    assert (right.get_xlabel(), right.get_ylabel()) == ("recall of men", "precision")


def heights(patch: Polygon, bins: int) -> list[int]:
    """Heights of the bins of a filled staircase; where it stands on the floor, none."""
    corners = patch.get_xy()
    found = [0] * bins
    for (x0, y0), (x1, y1) in pairwise(corners):
        if y0 == y1 and x1 > x0 and y0 >= 1:
            for place in range(round(x0 * bins), round(x1 * bins)):
                found[place] = round(y0)
    return found


def test_bars_count_the_pictures_of_their_own_label(shown: dict[str, Shown], drawn: list[Figure]) -> None:
    rankings.histogram(shown, SOMEWHERE)
    for axis, table in zip(drawn[0].axes, shown.values(), strict=True):
        assert len(axis.patches) == 2
        for patch in axis.patches:
            label = {to_rgb(MALE): 1, to_rgb(FEMALE): 0}[patch.get_edgecolor()[:3]]
            assert patch.get_label() == f"labelled {('female', 'male')[label]}"
            p = sigmoid(table.scores.logit)[table.scores.label == label]
            bins = 20  # 100 images
            assert heights(patch, bins) == np.histogram(p, np.linspace(0, 1, bins + 1))[0].tolist()
        (cut,) = [line for line in axis.get_lines() if line.get_label() == "chosen threshold"]
        assert cut.get_xdata()[0] == pytest.approx(float(sigmoid(table.cut)))


def test_each_curve_is_the_metric_that_it_is_named_after(shown: dict[str, Shown], drawn: list[Figure]) -> None:
    names = {
        "accuracy": "accuracy",
        "balanced accuracy": "balanced_accuracy",
        "F1 of men": "f1",
        "recall of men": "recall",
        "recall of women": "recall_female",
        "f1 macro (chosen by)": "f1_macro",
    }
    rankings.metric_curves(shown, "f1_macro", SOMEWHERE)
    for axis, table in zip(drawn[0].axes, shown.values(), strict=True):
        lines = {str(line.get_label()): points(line) for line in axis.get_lines()}
        assert lines.pop("chosen threshold")[0, 0] == pytest.approx(float(sigmoid(table.cut)))
        assert set(lines) == set(names)
        for label, line in lines.items():
            for threshold in (0.211, 0.503, 0.787):
                logit = float(np.log(threshold / (1 - threshold)))
                expected = metrics_at(table.scores.label, table.scores.logit, logit)[names[label]]
                assert np.interp(threshold, *line.T) == pytest.approx(expected, abs=1e-9)
