"""The report's figures, drawn from the log, the report and the scores."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.report import (
    calibration,
    curves,
    examples,
    matrices,
    rankings,
)
from gender_classifier.report.build import write_report
from gender_classifier.report.calibration import Judged
from gender_classifier.report.examples import MapSource, PictureSource
from gender_classifier.report.markdown import FIGURES
from gender_classifier.report.protocol import MODES, Protocol, labelled_parts
from gender_classifier.report.rankings import Shown
from gender_classifier.report.style import figure_style
from gender_classifier.runs.folder import EvaluationFolder
from gender_classifier.runs.report import ProtocolResult, Report

Draw = Callable[[Path], object]


def write_figures(
    folder: Path,
    report: Report,
    protocols: list[Protocol],
    log: list[dict[str, Any]],
    pictures: PictureSource | None,
    maps: MapSource | None = None,
) -> list[Path]:
    """Draw all figures that there is something to draw for, and name them in the report.

    Args:
        folder: of the run or the evaluation; figures go into its folder `figures`, and the report is written again.
        report: of `build_report`; its first protocol is drawn. Its `figures` are set.
        protocols: those the report was built from.
        log: lines of the run's log; empty for a bare model, which has no curves.
        pictures: gives an image, uint8 (H, W, 3), by its path in the scores; None: no figures with images.
        maps: gives where the evidence in such an image lies, for the figures with images; None: they do not show it.

    Returns:
        The figures' paths.
    """
    target = EvaluationFolder(folder).figures
    target.mkdir(parents=True, exist_ok=True)
    drawn = _of_log(log, report.protocols[0]) | _of_scores(report.protocols[0], protocols[0], pictures, maps)
    written: list[Path] = []
    with figure_style():
        for name, draw in drawn.items():
            if draw(target / name) is not False:
                written.append(target / name)
    for name in sorted(set(FIGURES) - {path.name for path in written}):
        (target / name).unlink(missing_ok=True)  # of a report before
    report.figures = sorted(path.name for path in written)
    write_report(report, folder)
    return written


def _of_log(log: list[dict[str, Any]], protocol: ProtocolResult) -> dict[str, Draw]:
    epochs = [line for line in log if line["kind"] == "epoch"]
    if not epochs:
        return {}
    return {
        "curves.png": lambda path: curves.training_curves(epochs, path, protocol.row("val")),
        "rates.png": lambda path: curves.learning_rates(log, path),
    }


def _of_scores(
    protocol: ProtocolResult, source: Protocol, pictures: PictureSource | None, maps: MapSource | None
) -> dict[str, Draw]:
    parts = labelled_parts(source)
    splits = [split for split, view in parts if view == "identity"]
    split = "val" if "val" in splits else splits[-1]
    names = {"disabled": "validation" if split == "val" else split}
    names["enabled"] = f"{names['disabled']}, TTA"
    shown = {
        names[mode]: Shown(parts[split, view], protocol.thresholds[mode].logit)
        for mode, view in MODES.items()
        if (split, view) in parts
    }
    chosen = protocol.tta is not None and protocol.tta.chosen
    judged = shown[names["enabled"] if chosen and names["enabled"] in shown else names["disabled"]]
    drawn: dict[str, Draw] = {
        "confusion.png": lambda path: matrices.confusion(protocol, path),
        "scores.png": lambda path: rankings.histogram(shown, path),
        "thresholds.png": lambda path: rankings.metric_curves(shown, protocol.threshold_metric, path),
    }
    platt = _calibration(protocol)
    told = {
        name: Judged(s.scores, DecisionRule(s.cut, platt or Calibration(), source.band)) for name, s in shown.items()
    }
    single = shown[names["disabled"]].scores
    drawn["risk_coverage.png"] = lambda path: calibration.risk_against_coverage(told, source.wanted, path)
    if 0 < judged.scores.label.mean() < 1:
        drawn["reliability.png"] = lambda path: calibration.reliability_diagram(single, platt, path)
        drawn["roc_pr.png"] = lambda path: rankings.roc_and_precision_recall(shown, path)
    if pictures is not None:
        line = platt or Calibration()  # as scored where there is none
        drawn["example.png"] = lambda path: examples.example_inference(judged, line, pictures, path, maps)
        drawn["mistakes.png"] = lambda path: examples.mistakes(judged, line, pictures, path, maps)
    return drawn


def _calibration(protocol: ProtocolResult) -> Calibration | None:
    """The protocol's calibration, where there is one."""
    platt = protocol.calibration.platt
    return Calibration(platt.scale, platt.offset) if platt is not None else None
