"""Results by group as readers see them: the worst first, marks on few faces, nothing said that there is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.groups import results_by_group
from gender_classifier.metrics.scores import Scores
from gender_classifier.report.build import build_report
from gender_classifier.report.groups import group_lines, uncertain_lines
from gender_classifier.report.markdown import markdown
from gender_classifier.report.protocol import Protocol
from gender_classifier.runs.report import Report

from .conftest import scores_of


@pytest.fixture
def grouped(run_scores: Scores) -> Scores:
    """The run's scores with races and ages; old people are few."""
    n = len(run_scores)
    race = np.array([("White", "Black_African")[i % 2] for i in range(n)], dtype=object)
    age = np.array(["3-9" if i % 5 == 0 else "70+" if i % 25 == 1 else "20-29" for i in range(n)], dtype=object)
    return replace(run_scores, extra={"race": race, "age": age})


def report_of(scores: Scores, **changes: Any) -> Report:
    return build_report([Protocol("held out", scores, "choose", "accuracy", **changes)], context={})


def test_the_report_s_groups_are_those_of_validation_at_its_threshold(grouped: Scores) -> None:
    report = report_of(grouped)
    protocol, groups = report.protocols[0], report.groups
    (row,) = [row for row in protocol.rows if (row.split, row.tta) == ("val", "disabled")]
    by_race = groups.results.columns["race"]
    assert sum(group.count for group in by_race) == row.count == 100
    assert sum(group.recall["female"].hits for group in by_race) == row.tn
    assert sum(group.recall["male"].hits for group in by_race) == row.tp
    assert (groups.protocol, groups.split, groups.calibrated) == ("held out", "val", True)
    expected = results_by_group(grouped.select("val", "identity"), DecisionRule(protocol.thresholds["disabled"].logit))
    assert expected is not None
    assert groups.results.spreads["race"].difference == expected.spreads["race"].difference
    assert groups.results.columns["race"][0].ece != expected.columns["race"][0].ece  # which is not calibrated


def test_without_columns_there_are_no_groups(run_scores: Scores, grouped: Scores) -> None:
    report = report_of(run_scores)
    assert report.groups is None
    assert "by group" not in markdown(report)
    only_choose = grouped.take(grouped.split == "choose")
    assert report_of(only_choose).groups is None


def test_the_worst_group_and_the_largest_gap_come_first(grouped: Scores) -> None:
    text = markdown(report_of(grouped))
    section = text[text.index("## Results by group") :]
    order = [section.index(part) for part in ("**Worst group**", "**Largest gap**", "**Children** (age 3-9)", "### By")]
    assert order == sorted(order)
    assert "**The old** (age 70+)" in section
    assert "| women, age | Black African | White |" in section
    rows = [line for line in section.splitlines() if line.startswith("| 70+")]
    assert rows
    assert all("\\*" in row for row in rows)


def test_every_row_of_a_table_has_its_headings_cells(grouped: Scores) -> None:
    for lines in (
        group_lines(report_of(grouped, band=(0.3, 0.7)).groups),
        group_lines(report_of(grouped).groups),
    ):
        widths: list[int] = []
        for line in lines:
            if line.startswith("|"):
                widths.append(line.count(" | "))
                assert widths[-1] == widths[0]
            else:
                widths = []


def test_what_a_band_leaves_unanswered(grouped: Scores) -> None:
    report = report_of(grouped, band=(0.3, 0.7))
    protocol = report.protocols[0]
    assert protocol.uncertain.band == (0.3, 0.7)
    part = grouped.select("val", "identity")
    platt = protocol.calibration.platt
    p = 1 / (1 + np.exp(-(platt.scale * part.logit + platt.offset)))
    open_ = (p > 0.3) & (p < 0.7)
    (row,) = [r for r in protocol.uncertain.rows if (r.split, r.tta) == ("val", "disabled")]
    assert (row.unanswered.hits, row.unanswered.count) == (open_.sum(), 100)
    said = part.logit >= protocol.thresholds["disabled"].logit
    assert row.right.hits == ((said == (part.label == 1)) & ~open_).sum()
    assert "between 0.300 and 0.700 are answered `uncertain`" in "\n".join(uncertain_lines(protocol))
    by_race = report.groups.results.columns["race"]
    assert sum(group.unanswered.hits for group in by_race) == open_.sum()
    assert uncertain_lines(report_of(grouped).protocols[0]) == []


def test_a_value_cannot_break_the_table() -> None:
    scores = scores_of([0, 1] * 10, [-1.0, 1.0] * 10)
    scores = replace(scores, extra={"light": np.array(["a|b", "c"] * 10, dtype=object)})
    report = build_report([Protocol("x", scores, None, "accuracy", (0.0, 0.0))], context={})
    assert "| a\\|b\\* | 10 |" in "\n".join(group_lines(report.groups))
