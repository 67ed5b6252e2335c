"""A comparison comes back from its file: metrics with intervals, differences, groups."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.metrics.comparison import Difference, GroupDifference, Measured
from gender_classifier.metrics.groups import Groups
from gender_classifier.metrics.majority import Majority
from gender_classifier.runs.comparison_report import ComparisonReport


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    majority = Majority("male", 0.6, 0.01, "better")
    report = ComparisonReport(
        perceived="as annotators saw",
        notes=["a: 0.5."],
        count=10,
        changed=2,
        models=[Measured("a", 0.0, {"accuracy": 0.9}, {"accuracy": (0.8, 0.95)}, majority)],
        differences=[Difference("accuracy", "a", "b", 0.1, (0.0, 0.2), 0.04, None, "mcnemar", 3, 1)],
        groups={"a": Groups(30, None, None, {}, {}, {}, [], [], {}, ["path"])},
        group_differences=[GroupDifference({"race": "x"}, 5, "a", "b", 0.1, 1, 0, None, None)],
        draws=100,
    )
    report.write(tmp_path / "comparison.json")
    assert ComparisonReport.read(tmp_path / "comparison.json") == report
