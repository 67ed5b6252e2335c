"""`card` through the command line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gender_classifier.report.build import build_report, write_report
from gender_classifier.report.protocol import Protocol

from ..report.conftest import scores_of
from ..running import call


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A folder with a report such as a run leaves."""
    labels = np.tile([0, 1], 40)
    logits = (2.0 * labels - 1) * np.where(np.arange(80) % 8, 1.0, -0.3) + np.arange(80) / 200
    val, choose = scores_of(labels, logits), scores_of(labels, logits, "choose")
    scores = replace(val.concat(choose), extra={"race": np.array([("White", "Black")[i % 3 > 0] for i in range(160)])})
    write_report(build_report([Protocol("held out", scores, "choose", "accuracy")], context={}), tmp_path / "run")
    return tmp_path / "run"


def test_of_a_run_to_standard_output_and_of_its_report_to_a_file(run: Path, tmp_path: Path) -> None:
    printed = call("card", run)
    assert (printed.code, printed.err) == (0, "")
    assert printed.out.startswith("---\nlicense: unknown\n")
    assert "#### By race" in printed.out
    written = call("card", run / "report.json", "--out", tmp_path / "new" / "CARD.md")
    assert (written.code, written.out) == (0, "")
    assert (tmp_path / "new" / "CARD.md").read_text(encoding="utf-8") == printed.out


def test_further_figures_are_part_of_it(run: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    figures.write_text(json.dumps({"tables": [{"title": "Small faces", "columns": ["px"], "rows": [[20]]}]}))
    done = call("card", run, "--figures", figures)
    assert done.code == 0
    assert "#### Small faces\n\n| px |\n| --- |\n| 20 |\n" in done.out


def test_a_page_by_the_file_s_name_or_by_the_option(run: Path, tmp_path: Path) -> None:
    (run / "figures").mkdir(exist_ok=True)
    for name in ("roc_pr.png", "mistakes.png"):
        (run / "figures" / name).write_bytes(b"\x89PNG" + name.encode())
    report = json.loads((run / "report.json").read_text())
    (run / "report.json").write_text(json.dumps({**report, "figures": ["roc_pr.png", "mistakes.png"]}))
    printed = call("card", run, "--html")
    assert (printed.code, printed.err) == (0, "")
    assert printed.out.startswith("<!doctype html>")
    assert printed.out.count("data:image/png;base64,") == 1
    assert call("card", run, "--out", tmp_path / "CARD.html").code == 0
    assert (tmp_path / "CARD.html").read_text(encoding="utf-8") == printed.out


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no report to read"),
        ("{", "not a report, which is JSON"),
        ("[1]", "not a report that `train` or `evaluate` wrote"),
        ({"context": {}, "protocols": [{"chosen_on": None, "rows": [{"split": "val"}]}]}, "not a whole report"),
    ],
)
def test_what_is_no_report_is_one_clear_line(tmp_path: Path, content: Any, message: str) -> None:
    path = tmp_path / "report.json"
    if content is not None:
        path.write_text(content if isinstance(content, str) else json.dumps(content))
    done = call("card", tmp_path)
    assert (done.code, done.out) == (3, "")
    assert message in done.error
    assert str(path) in done.error


def test_a_folder_is_no_file_to_write(run: Path, tmp_path: Path) -> None:
    done = call("card", run, "--out", tmp_path)
    assert done.code == 2
    assert "is a folder" in done.error
