"""Where a card's report is looked for, and what lies beside it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.report.build import write_report
from gender_classifier.report.write_card import card, card_text, page_text
from gender_classifier.runs.report import Report


@pytest.fixture
def run(report: Report, tmp_path: Path) -> Path:
    report.figures = ["confusion.png", "mistakes.png"]
    write_report(report, tmp_path / "run")
    return tmp_path / "run"


def test_a_folder_a_report_and_a_model_file_beside_it_give_the_same(run: Path) -> None:
    assert card_text(run) == card_text(run / "report.json") == card_text(run / "model.onnx")


def test_figures_beside_a_model_file_alone_are_part_of_it(run: Path) -> None:
    tables = {"tables": [{"title": "Small faces", "columns": ["px"], "rows": [[20]]}]}
    (run / "figures.json").write_text(json.dumps(tables), encoding="utf-8")
    assert "#### Small faces" in card_text(run / "model.onnx")
    assert "#### Small faces" not in card_text(run)
    assert "Small faces" in page_text(run / "model.onnx")
    assert "Small faces" not in page_text(run)


def test_a_page_holds_the_figures_that_show_no_face(run: Path) -> None:
    (run / "figures").mkdir()
    for name in ("confusion.png", "mistakes.png", "roc_pr.png"):  # the last is no figure of this report
        (run / "figures" / name).write_bytes(b"\x89PNG" + name.encode())
    assert page_text(run).count("data:image/png;base64,") == 1


def test_a_card_is_written_whole_or_refused(run: Path, tmp_path: Path) -> None:
    card(run, out=tmp_path / "new" / "CARD.md")
    assert (tmp_path / "new" / "CARD.md").read_text(encoding="utf-8") == card_text(run)
    card(run, out=tmp_path / "CARD.HTM")
    assert (tmp_path / "CARD.HTM").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(UserError, match="is a folder"):
        card(run, out=tmp_path)


def test_a_report_without_validation_is_named(run: Path) -> None:
    (run / "report.json").write_text('{"context": {}, "protocols": []}', encoding="utf-8")
    with pytest.raises(UnreadableError, match=r"report\.json: no validation results in this report"):
        card_text(run)
