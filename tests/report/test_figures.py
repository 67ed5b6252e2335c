"""Figures are drawn for what there is, and the curves in them are those of the scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure
from PIL import Image

from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.classification import metrics_at
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import curve, sigmoid
from gender_classifier.report import examples, rankings
from gender_classifier.report.build import build_report
from gender_classifier.report.figures import write_figures
from gender_classifier.report.markdown import FIGURES
from gender_classifier.report.protocol import Protocol
from gender_classifier.report.rankings import Shown


def test_a_run_gets_every_figure_at_the_width_of_a_readme(
    tmp_path: Path, protocols: list[Protocol], log: list[dict[str, Any]], pictures: Any
) -> None:
    report = build_report(protocols, context={})
    written = write_figures(tmp_path, report, protocols, log, pictures)
    assert {path.name for path in written} == set(FIGURES) == set(report.figures)
    for path in written:
        with Image.open(path) as image:
            width, height = image.size
            colours = image.convert("RGB").getcolors(width * height)
        assert width in (1350, 900)
        assert 300 < height < 1300
        assert colours is not None
        assert len(colours) > 3
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert all(f"(figures/{name})" in text for name in FIGURES)


@pytest.mark.parametrize("chosen", [True, False])
def test_figures_get_validation_s_scores_with_their_own_thresholds(
    tmp_path: Path, protocols: list[Protocol], pictures: Any, monkeypatch: pytest.MonkeyPatch, chosen: bool
) -> None:
    report = build_report(protocols, context={})
    protocol, scores = report.protocols[0], protocols[0].scores
    protocol.tta.chosen = chosen
    given: dict[str, Any] = {}
    for room, name in ((rankings, "histogram"), (rankings, "metric_curves"), (rankings, "roc_and_precision_recall")):
        monkeypatch.setattr(room, name, lambda *args, name=name: given.update({name: args}))
    for name in ("example_inference", "mistakes"):
        monkeypatch.setattr(examples, name, lambda *args, name=name: given.update({name: args}))
    write_figures(tmp_path, report, protocols, [], pictures)
    expected = {"validation": ("identity", "disabled"), "validation, TTA": ("tta", "enabled")}
    for name in ("histogram", "metric_curves", "roc_and_precision_recall"):
        assert list(given[name][0]) == list(expected)
        for shown, (view, mode) in zip(given[name][0].values(), expected.values(), strict=True):
            assert shown.scores.logit.tolist() == scores.select("val", view).logit.tolist()
            assert shown.cut == protocol.thresholds[mode].logit
    platt = protocol.calibration.platt
    for name in ("example_inference", "mistakes"):
        shown, calibration = given[name][:2]
        assert shown.cut == protocol.thresholds["enabled" if chosen else "disabled"].logit
        assert calibration == Calibration(platt.scale, platt.offset)


def test_without_log_pictures_or_a_second_class_the_rest_is_drawn(tmp_path: Path, make_scores: Any) -> None:
    protocols = [Protocol("as released", make_scores([1, 1, 1], [0.5, -0.5, 3.0]), None, "f1", (0.0, 0.0))]
    written = write_figures(tmp_path, build_report(protocols, context={}), protocols, [], None)
    assert {path.name for path in written} == {"confusion.png", "risk_coverage.png", "scores.png", "thresholds.png"}


@pytest.mark.parametrize(("label", "recall"), [(0, "recall of women"), (1, "recall of men")])
def test_one_class_alone_shows_only_what_means_something(
    tmp_path: Path, make_scores: Any, label: int, recall: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Figure] = []
    monkeypatch.setattr(rankings, "save", lambda figure, _path: drawn.append(figure))
    rankings.metric_curves({"x": Shown(make_scores([label] * 3, [-1.0, 0.0, 1.0]), 0.0)}, "f1", tmp_path / "x.png")
    assert [text.get_text() for text in drawn[0].legends[0].get_texts()] == ["accuracy", recall, "chosen threshold"]


def test_no_mistakes_no_sheet_and_an_old_one_goes(tmp_path: Path, make_scores: Any, pictures: Any) -> None:
    protocols = [Protocol("x", make_scores([0, 1], [-1.0, 1.0]), "val", "accuracy")]
    old = tmp_path / "figures" / "mistakes.png"
    old.parent.mkdir()
    old.write_bytes(b"of a run before")
    report = build_report(protocols, context={})
    write_figures(tmp_path, report, protocols, [], pictures)
    assert not old.exists()
    assert "mistakes.png" not in report.figures


@pytest.mark.parametrize("logits", [[1.0, 1.0, 1.0, 1.0], [-5.0, -2.0, 2.0, 5.0], [5.0, 2.0, -2.0, -5.0]])
def test_equal_perfect_and_inverted_scores_are_drawn(tmp_path: Path, make_scores: Any, logits: list[float]) -> None:
    protocols = [Protocol("x", make_scores([0, 0, 1, 1], logits), "val", "youden_j")]
    written = write_figures(tmp_path, build_report(protocols, context={}), protocols, [], None)
    assert "roc_pr.png" in {path.name for path in written}


def test_bars_are_the_calibrated_probabilities_and_the_verdict_is_that_of_the_threshold(make_scores: Any) -> None:
    shown = Shown(make_scores([1, 0], [0.4, 0.4]), 0.5)
    expected = float(sigmoid(2.0 * 0.4 + 0.5))
    verdicts = []
    for row in (0, 1):
        axis = Figure().subplots()
        examples._bars(axis, shown, Calibration(2.0, 0.5), row)
        assert [bar.get_width() for bar in axis.patches] == pytest.approx([1 - expected, expected])
        assert [text.get_text() for text in axis.texts] == [f"{1 - expected:.3f}", f"{expected:.3f}"]
        assert axis.get_lines()[0].get_xdata()[0] == pytest.approx(float(sigmoid(2.0 * 0.5 + 0.5)))
        verdicts.append(axis.get_title(loc="left"))
    assert verdicts == ["wrong: labelled male", "right: female"]


def test_a_mistakes_sheet_says_how_many_there_are(make_scores: Any) -> None:
    shown = Shown(make_scores([0, 0, 0, 1], [1.0, 2.0, -1.0, 3.0]), 0.0)
    assert examples._mistakes_title(shown, 1).startswith("The 1 worst of 2 mistakes in 4 images")
    assert examples._mistakes_title(shown, 2).startswith("All 2 mistakes in 4 images")
    assert "perceived gender" in examples._mistakes_title(shown, 2)


def test_rates_at_every_cut_agree_with_scikit_learn(run_scores: Scores) -> None:
    sk = pytest.importorskip("sklearn.metrics")
    part = run_scores.select("val", "identity")
    cut = 0.4
    ranking = rankings._rank(Shown(part, cut))
    false_rate, recall, _ = sk.roc_curve(part.label, part.logit, drop_intermediate=False)
    assert ranking.false_rate[::-1] == pytest.approx(false_rate)
    assert ranking.recall[::-1] == pytest.approx(recall)
    precision, recall, _ = sk.precision_recall_curve(part.label, part.logit)
    assert ranking.precision[:-1] == pytest.approx(precision[:-1])
    at = metrics_at(part.label, part.logit, cut)
    assert ranking.recall[ranking.chosen] == pytest.approx(at["recall"])
    assert ranking.precision[ranking.chosen] == pytest.approx(at["precision"])
    assert ranking.false_rate[ranking.chosen] == pytest.approx(1 - at["recall_female"])


def test_the_staircase_has_the_metric_s_value_at_every_threshold(run_scores: Scores) -> None:
    part = run_scores.select("val", "identity")
    x, y = rankings._steps(part, curve(part.label, part.logit, "accuracy")[1])
    assert (np.diff(x) >= 0).all()
    assert (x[0], x[-1]) == (0.0, 1.0)
    for threshold in np.random.default_rng(0).uniform(0.01, 0.99, 50):
        expected = metrics_at(part.label, part.logit, np.log(threshold / (1 - threshold)))["accuracy"]
        assert np.interp(threshold, x, y) == pytest.approx(expected, abs=1e-9)


def test_thinning_keeps_the_line_within_a_pixel() -> None:
    x = np.sort(np.random.default_rng(0).random(100_000))
    y = 1.0 - x**3 + np.random.default_rng(1).normal(0, 2e-5, x.size)
    thin_x, thin_y = rankings._thinned(x, y)
    assert len(thin_x) < 20_000
    assert (thin_x[0], thin_x[-1]) == (x[0], x[-1])
    assert np.abs(np.interp(x, thin_x, thin_y) - y).max() < 1e-3


def test_the_worst_mistakes_come_first_and_none_is_right(make_scores: Any) -> None:
    shown = Shown(make_scores([0, 0, 0, 1, 1, 1], [-1.0, 0.5, 3.0, 2.0, -1.0, 0.1]), 0.2)
    assert examples.worst_mistakes(shown, 10) == [2, 4, 1, 5]
    assert examples.worst_mistakes(shown, 1) == [2]


def test_examples_are_typical_and_hardest_of_each_class(make_scores: Any) -> None:
    labels = [0] * 5 + [1] * 5
    shown = Shown(make_scores(labels, [-5, -4, -3, -1, 2, 5, 4, 3, 2, 1]), 0.0)
    # Women: two of middling certainty, the least certain right one, the wrong one. Men: none is wrong.
    assert examples.typical_and_hardest(shown) == [2, 3, 4, 7, 8, 9]


def test_a_caption_names_label_probability_and_picture(make_scores: Any) -> None:
    scores = make_scores([1], [-1.0])
    expected = float(sigmoid(-2.0 + 0.5))
    assert (
        examples._caption(scores, Calibration(2.0, 0.5), 0) == f"labelled male\nP(male) {expected:.3f}\nSomebody_0000"
    )
