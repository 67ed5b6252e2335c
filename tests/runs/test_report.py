"""The report comes back from its file as it was written; older ones are read, and what is none is said to be none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gender_classifier.errors import UnreadableError
from gender_classifier.model_files.registry import SHIPPED
from gender_classifier.runs.folder import EvaluationFolder, RunFolder
from gender_classifier.runs.report import Report

STORED = Path(__file__).parents[1] / "report" / "report.json"


@pytest.fixture
def stored() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    return content


@pytest.mark.parametrize("kind", [RunFolder, EvaluationFolder])
def test_a_folder_reads_what_it_wrote(kind: type[RunFolder | EvaluationFolder], tmp_path: Path) -> None:
    report = Report.read(STORED)
    kind(tmp_path).write_report(report)
    assert kind(tmp_path).read_report() == report
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_nothing_is_lost_between_reading_and_writing(stored: dict[str, Any], tmp_path: Path) -> None:
    Report.read(STORED).write(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8")) == stored


def test_rows_are_found_by_split_and_mode(stored: dict[str, Any]) -> None:
    protocol = Report.read(STORED).protocols[0]
    row = protocol.row("val", "enabled")
    assert row is not None
    (expected,) = (r for r in stored["protocols"][0]["rows"] if (r["split"], r["tta"]) == ("val", "enabled"))
    assert row.document() == expected
    assert row.share("recall") == (expected["recall"], tuple(expected["intervals"]["recall"]))
    assert sum(row.counts.values()) == row.count
    assert protocol.row("test") is None
    assert [r.key for r in protocol.validation] == [("val", "disabled"), ("val", "enabled")]


def test_groups_stand_flat_in_the_file_and_together_in_the_record(stored: dict[str, Any]) -> None:
    groups = Report.read(STORED).groups
    assert groups is not None
    assert groups.results.columns["race"][0].accuracy.hits == stored["groups"]["columns"]["race"][0]["accuracy"]["hits"]
    assert groups.document() == stored["groups"]


def test_a_report_of_an_older_version_gets_defaults(stored: dict[str, Any], tmp_path: Path) -> None:
    """Before tolerance, majority, band, groups and figures were written."""
    for name in ("groups", "schema_version"):
        del stored[name]
    for protocol in stored["protocols"]:
        for name in ("threshold_asked", "threshold_tolerance", "uncertain"):
            del protocol[name]
        for row in protocol["rows"]:
            del row["majority"]
    (tmp_path / "report.json").write_text(json.dumps(stored), encoding="utf-8")
    report = EvaluationFolder(tmp_path).read_report()
    first = report.protocols[0]
    assert (report.groups, report.figures, first.uncertain, first.threshold_asked) == (None, [], None, None)
    assert (first.threshold_tolerance, first.rows[0].majority) == (0.0, None)


def test_the_shipped_model_s_report_is_one() -> None:
    report = EvaluationFolder(SHIPPED[0].path.parent).read_report()
    assert report.protocols[0].row("val", "enabled") is not None
    assert report.context.settings is not None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[1]", "not a report that `train` or `evaluate` wrote"),
        ('{"context": {}}', "not a report that `train` or `evaluate` wrote"),
        ('{"context": {}, "protocols": [{"rows": []}]}', r"not a whole report of this version \(`protocols\.0\.name`"),
    ],
)
def test_what_is_no_report_is_one_line(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "report.json").write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableError, match=message):
        RunFolder(tmp_path).read_report()
