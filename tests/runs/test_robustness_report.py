"""Robustness comes back from its file: cells, means by kind and level, and parts that may be missing."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.metrics.groups import Share
from gender_classifier.metrics.robustness import CellResult, Mean
from gender_classifier.runs.context import Counts
from gender_classifier.runs.robustness_report import (
    Anchor,
    ModelRobustness,
    Parts,
    RobustnessContext,
    RobustnessReport,
)

CELL = CellResult("fog", 2, Share(3, 4, 0.75, (0.3, 0.95)), {"female": Share(0, 0, None, (0.0, 1.0))}, 0.1)
MEAN = Mean(0.75, None, 0.1)


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    context = RobustnessContext(
        data="façade",
        counts=Counts(female=2, male=2),
        side=224,
        framings=["box_shift"],
        drawn=False,
        unreadable={},
        seed=0,
    )
    model = ModelRobustness(
        count=4,
        clean=CELL,
        cells=[CELL],
        mean=MEAN,
        by_kind={"fog": MEAN},
        by_level={2: MEAN},
        ece_by_chance=0.05,
        parts=Parts(pictures=MEAN),
        worst=[CELL],
    )
    anchor = Anchor(accuracy=0.9, corrupted=0.8, kept=8 / 9, source="somebody")
    report = RobustnessReport(context=context, anchor=anchor, models={"ours": model}, amounts={"fog": ["1", "2"]})
    report.write(tmp_path / "robustness.json", ascii_only=False)
    back = RobustnessReport.read(tmp_path / "robustness.json")
    assert back == report
    assert (back.models["ours"].by_level, back.models["ours"].parts.framings) == ({2: MEAN}, None)
    assert "façade" in (tmp_path / "robustness.json").read_text(encoding="utf-8")
