"""Pages open with the result and one figure, and nothing is lost on the way."""

from __future__ import annotations

import re
from pathlib import Path

from gender_classifier.report.build import build_report, write_report
from gender_classifier.report.opening import opened, pictures_of, report_page
from gender_classifier.report.protocol import Protocol

from .conftest import scores_of

TEXT = """# Report

> **A warning.**

Gender is perceived.

**Held out: accuracy 97.20 %** (410 of 422 validation images), recall of women 89.50 %, TTA disabled.

## Example inference

![Example inference](figures/example.png)

Faces.

## Confusion matrices

![Confusion matrices](figures/confusion.png)

Counts.
"""
PICTURES = {"figures/example.png": b"\x89PNG1", "figures/confusion.png": b"\x89PNG2"}


def test_result_and_figure_come_first() -> None:
    lines = [line for line in opened(TEXT, PICTURES).splitlines() if line]
    assert lines[0] == "# Report"
    assert lines[1].startswith("**Held out: accuracy 97.20 %**")
    assert lines[2] == "![Confusion matrices](figures/confusion.png)"
    assert lines[3] == "> **A warning.**"
    assert sorted(lines) == sorted(line for line in TEXT.splitlines() if line)


def test_without_figures_or_result_nothing_moves() -> None:
    plain = "# Report\n\nGender is perceived.\n\n## Results\n"
    assert opened(plain, PICTURES).split() == plain.split()
    assert "![" not in opened(TEXT).split("> **A warning")[0]
    assert opened("no title", PICTURES) == "no title"


def test_a_card_opens_with_its_first_paragraph() -> None:
    text = (
        "# Card\n\nSays of a face.\nRight on 92 %.\n\n## Results\n\n![Scores by class](figures/scores.png)\n\nNone.\n"
    )
    lines = [line for line in opened(text, {"figures/scores.png": b""}).splitlines() if line]
    assert lines[1:5] == ["Says of a face.", "Right on 92 %.", "![Scores by class](figures/scores.png)", "## Results"]


def test_a_header_of_a_hub_stays_before_the_title() -> None:
    text = opened("---\nlicense: mit\n---\n" + TEXT, PICTURES)
    assert text.startswith("---\nlicense: mit\n---\n# Report\n\n**Held out")


def test_the_page_holds_its_images_and_fetches_nothing() -> None:
    page = report_page(TEXT, PICTURES)
    assert page.count("data:image/png;base64,") == 2
    assert "<title>Report</title>" in page
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)
    assert page.index("Held out: accuracy") < page.index("data:image/png") < page.index("A warning")


def test_it_lies_beside_the_report(tmp_path: Path) -> None:
    protocol = Protocol("held out", scores_of([0, 1] * 10, [-1.0, 1.0] * 10), None, "accuracy", (0.0, 0.0))
    write_report(build_report([protocol], context={}), tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    body = page[page.index("<main") :]
    assert re.search(r"<h1[^>]*>Report</h1>\s*<p><strong>Held out: accuracy 100.00 %", body)
    assert pictures_of(tmp_path, (tmp_path / "report.md").read_text(encoding="utf-8")) == {}
