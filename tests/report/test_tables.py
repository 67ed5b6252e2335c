"""What stands in the terminal's tables and in report.md."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

from rich.console import Console

from gender_classifier.report.build import build_report
from gender_classifier.report.markdown import markdown
from gender_classifier.report.protocol import Protocol
from gender_classifier.report.tables import (
    HEADINGS,
    cells,
    terminal_table,
    threshold_sentence,
    tta_sentence,
)
from gender_classifier.runs.report import PairedTest, Report, TtaResult


def shown(report: Report) -> str:
    out = io.StringIO()
    Console(width=80, file=out).print(terminal_table(report))
    return out.getvalue()


def test_cells_are_the_row_s_figures(report: Report) -> None:
    row = report.protocols[0].rows[-1]
    found = dict(zip(HEADINGS, cells(row), strict=True))
    low, high = row.intervals.accuracy
    assert found["accuracy [95 %]"] == f"{100 * row.accuracy:.2f} [{100 * low:.1f}, {100 * high:.1f}]"
    low, high = row.intervals.precision
    assert found["precision [95 %]"] == f"{100 * row.precision:.2f} [{100 * low:.1f}, {100 * high:.1f}]"
    assert (found["phase"], found["TTA"], found["n"], found["chosen on"]) == ("validation", "enabled", "100", "choose")
    half = dict(zip(HEADINGS, cells(row, at_half=True), strict=True))
    assert half["recall of women [95 %]"].startswith(f"{100 * row.at_half.recall_female:.2f} [")
    assert half["threshold"] == "0.500"


def test_the_terminal_shows_every_row_whole_in_80_columns(report: Report) -> None:
    text = shown(report)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    for protocol in report.protocols:
        assert protocol.name in text
        for row in protocol.rows:
            for at in (row, row.at_half):
                figures = [f"{100 * share:.2f}"[:5] for share in (at.precision, at.recall, at.f1, at.recall_female)]
                assert re.search(rf"{row.phase} .*{' +'.join(map(re.escape, figures))} ", text), figures
    assert "perceived" in text


def test_undefined_figures_are_dashes(make_scores: Any) -> None:
    protocol = Protocol("x", make_scores([1, 1], [1.0, 2.0]), None, "accuracy", (0.0, 0.0))
    report = build_report([protocol], context={})
    assert cells(report.protocols[0].rows[0])[7:10] == ["–", "–", "–"]
    assert "100.0" in shown(report)
    assert "| – | – | – |" in markdown(report)


def test_the_sentence_on_tta_says_what_the_test_says(report: Report) -> None:
    half = PairedTest(only_without=5, only_with=6, p=0.75)
    protocol = report.protocols[0]
    protocol.tta = tta = TtaResult(chosen=False, only_without=3, only_with=4, p=1.0, at_half=half)
    text = tta_sentence(protocol)
    assert "not used, because it is not better on `choose`" in text
    assert "4 are right only with it and 3 only without: no evidence of a difference" in text
    assert "p = 1.000" in text
    assert "With both at 0.5: 6 and 5, p = 0.750." in text
    tta.chosen, tta.p = True, 1e-9
    assert "p < 0.001" in tta_sentence(protocol)
    assert "used, because it is better" in tta_sentence(protocol)
    assert "no evidence" not in tta_sentence(protocol)
    protocol.tta = None
    assert tta_sentence(protocol) == ""


def useless(report: Report) -> Report:
    """The report of a model that always says male, on 25 women and 75 men."""
    for protocol in report.protocols:
        for row in protocol.rows:
            if row.split == "val":
                row.tp, row.fp, row.tn, row.fn = 75, 25, 0, 0
                row.accuracy, row.balanced_accuracy = 0.75, 0.5
    return report


def test_every_report_names_the_majority_baseline(report: Report) -> None:
    for text in (markdown(report), shown(report)):
        plain = " ".join(text.split())
        assert plain.count("Majority baseline, the accuracy of always saying the larger class: train") == 2
        assert re.search(r"validation 75\.00 % \(male", plain)
    row = next(r for r in report.protocols[0].rows if r.split == "val")
    assert (row.majority.label, row.majority.share) == ("male", 0.75)


def test_a_model_no_better_than_the_baseline_is_named_so_first(report: Report) -> None:
    assert "NO BETTER" not in markdown(report) + shown(report)
    said = "NO BETTER than always saying male: accuracy 75.00 %, always saying male 75.00 % of these 100 images"
    useless(report)
    assert said in markdown(report).splitlines()[2]
    assert said in " ".join(shown(report).split())
    report.protocols = report.protocols[:1]
    assert markdown(report).splitlines()[2].startswith("> **NO BETTER than")


def test_the_threshold_s_sentence_says_what_auto_chose(protocols: list[Protocol]) -> None:
    for asked, said in (
        ("auto", "for the best balanced accuracy (`auto`: the smaller class is less than 40 % there)"),
        ("balanced_accuracy", "for the best balanced accuracy, with"),
    ):
        held_out = build_report([replace(protocols[0], threshold_metric=asked)], context={}).protocols[0]
        assert held_out.threshold_metric == "balanced_accuracy"
        assert said in threshold_sentence(held_out)
