"""`report.md` shows what the report holds, table by table."""

from __future__ import annotations

import re

import pytest

from gender_classifier.report.markdown import FIGURES, markdown
from gender_classifier.report.opening import opened
from gender_classifier.report.tables import (
    cells,
)
from gender_classifier.runs.report import Report

from .test_detection import detection


def test_markdown_names_both_protocols_and_what_gender_means(report: Report) -> None:
    text = markdown(report)
    assert "perceived" in text.splitlines()[2]
    assert "## Results: held out" in text
    assert "## Results: as the origin" in text
    assert "Optimistic, for comparison only." in text
    assert "McNemar" in text
    assert text.count("The same at the threshold 0.5") == 2


def test_markdown_s_first_result_is_that_of_the_chosen_mode(report: Report) -> None:
    protocol = report.protocols[0]
    for chosen, mode in ((True, "enabled"), (False, "disabled")):
        protocol.tta.chosen = chosen
        (row,) = [r for r in protocol.rows if (r.split, r.tta) == ("val", mode)]
        right = row.tp + row.tn
        expected = f"**Held out: accuracy {right:.2f} %** ({right} of 100 validation images)"
        assert expected in markdown(report)


def test_of_photos_the_first_result_says_what_faces_not_found_make_of_it(report: Report) -> None:
    report.context.detection = detection(4).model_copy(update={"protocol": "held out"})
    line = next(line for line in markdown(report).splitlines() if line.startswith("**Held out: accuracy"))
    assert "abled. A face was found in 96 of 100 photos. From photo to answer (held out, single view)" in line
    assert opened(markdown(report)).splitlines()[2] == line


def tables(text: str) -> list[list[list[str]]]:
    """Markdown's tables as cells, without headings and rule."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [[[cell.strip() for cell in line.split("|")[1:-1]] for line in b.splitlines()[2:]] for b in blocks]


def test_each_table_s_body_is_the_report_s(report: Report) -> None:
    for protocol in report.protocols:
        section = markdown(report).split(f"## Results: {protocol.name}\n")[1].split("\n## ")[0]
        chosen, at_half, counts, calibration = tables(section)
        rows = protocol.rows
        assert chosen == [cells(row) for row in rows]
        assert at_half == [cells(row, at_half=True)[:-2] for row in rows]
        assert chosen != [[*row, *chosen[i][-2:]] for i, row in enumerate(at_half)]
        for row, (phase, tta, women_right, women_male, men_right, men_female) in zip(rows, counts, strict=True):
            assert (phase, tta) == (row.phase, row.tta)
            right, wrong = int(women_right) + int(men_right), int(women_male) + int(men_female)
            assert right / (right + wrong) == pytest.approx(row.accuracy)
            assert int(women_right) / (int(women_right) + int(women_male)) == pytest.approx(row.recall_female)
        for row, found in zip(protocol.calibration.rows, calibration, strict=True):
            calibrated = (row.calibrated.ece, row.calibrated.brier) if row.calibrated is not None else (None, None)
            values = (row.raw.ece, row.raw.brier, *calibrated)
            assert found == [row.phase, row.tta, *("–" if v is None else f"{v:.4f}" for v in values)]


def test_markdown_tables_have_as_many_cells_in_every_line(report: Report) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", markdown(report), re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1, block


def test_probabilities_are_called_calibrated_only_where_they_are(report: Report) -> None:
    report.figures = ["mistakes.png", "example.png"]
    assert markdown(report).count("Probabilities are calibrated.") == 2
    report.protocols[0].calibration.platt = None
    text = markdown(report)
    assert text.count("Probabilities are as scored, not calibrated.") == 2
    assert "as scored; none was fitted on these scores" in text


def test_only_figures_that_were_drawn_are_linked(report: Report) -> None:
    assert "![" not in markdown(report)
    report.figures = ["confusion.png"]
    assert re.findall(r"\((figures/\S+)\)", markdown(report)) == ["figures/confusion.png"]
    assert "confusion.png" in FIGURES
