"""The reliability diagram and the risk-coverage figure show what the evidence says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from gender_classifier.metrics.calibration import Calibration, ece, reliability
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.report import calibration as figures
from gender_classifier.report.build import build_report
from gender_classifier.report.calibration import Judged
from gender_classifier.report.groups import uncertain_lines
from gender_classifier.report.protocol import Protocol

SOMEWHERE = Path("not written")
PLATT = Calibration(2.0, -0.5)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    found: list[Figure] = []
    monkeypatch.setattr(figures, "save", lambda figure, _path: found.append(figure))
    return found


@pytest.fixture
def validation(run_scores: Scores) -> Scores:
    return run_scores.select("val", "identity")


def test_reliability_s_dots_are_the_bins_before_and_after(validation: Scores, drawn: list[Figure]) -> None:
    figures.reliability_diagram(validation, PLATT, SOMEWHERE)
    tops = [axis for axis in drawn[0].axes if axis.containers and "ECE" in axis.get_title()]
    assert [axis.get_title().split(":")[0] for axis in tops] == ["as scored", "calibrated"]
    for axis, line in zip(tops, (Calibration(), PLATT), strict=True):
        p = sigmoid(line.apply(validation.logit))
        bins = reliability(validation.label, p)
        dots, _, (whiskers,) = axis.containers[0]
        assert np.column_stack(dots.get_data()) == pytest.approx(np.array([(b.probability, b.share) for b in bins]))
        ends = np.array([segment[:, 1] for segment in whiskers.get_segments()])
        assert ends == pytest.approx(np.array([b.interval for b in bins]))
        assert f"ECE {ece(validation.label, p):.4f}" in axis.get_title()


def test_without_a_calibration_there_is_one_half(validation: Scores, drawn: list[Figure]) -> None:
    figures.reliability_diagram(validation, None, SOMEWHERE)
    assert [axis.get_title() != "" for axis in drawn[0].axes].count(True) == 1


def test_risk_against_coverage_ends_at_all_answers_and_marks_the_band(validation: Scores, drawn: list[Figure]) -> None:
    rule = DecisionRule(0.2, PLATT, (0.3, 0.7))
    figures.risk_against_coverage({"validation": Judged(validation, rule)}, 0.9, SOMEWHERE)
    curve, dot, *_ = (np.column_stack(line.get_data()) for line in drawn[0].axes[0].get_lines())
    right = rule.right(validation.label, validation.logit)
    assert curve[-1].tolist() == pytest.approx([1.0, 1 - right.mean()])
    answered = rule.answered(validation.logit)
    assert dot[0].tolist() == pytest.approx([answered.mean(), 1 - right[answered].mean()])
    assert "promised: 10 %" in [text.get_text() for text in drawn[0].axes[0].get_legend().get_texts()]


@pytest.mark.parametrize(
    ("logits", "verdict"),
    [
        ([-3.0] * 300 + [3.0] * 300, "is kept here"),
        ([-3.0] * 285 + [3.0] * 315, "is **not kept** here"),
        ([-3.0] * 292 + [3.0] * 308, "though the interval holds 98 %"),
    ],
)
def test_the_report_says_whether_the_promise_is_kept(make_scores: Any, logits: list[float], verdict: str) -> None:
    scores = make_scores([0] * 300 + [1] * 300, logits)
    protocol = Protocol("x", scores, None, "f1", (0.0, 0.0), calibration=PLATT, band=(0.2, 0.8), wanted=0.98)
    found = build_report([protocol], context={}).protocols[0]
    assert verdict in uncertain_lines(found)[-1]
    assert found.uncertain.rows[0].promise.wanted == 0.98
