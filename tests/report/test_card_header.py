"""The hub's header: valid YAML whose figures are the report's, and a licence in the hub's own names."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from gender_classifier.report.card_header import calibration_error, header
from gender_classifier.report.card_subject import subject_of
from gender_classifier.runs.report import Report

from .conftest import tell


def header_of(report: Report) -> dict[str, Any]:
    text = header(subject_of(report))
    assert text.startswith("---\n")
    assert text.endswith("---\n")
    content: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return content


@pytest.mark.parametrize(
    ("licence", "expected"),
    [
        (None, {"license": "unknown"}),
        ("CC-BY-4.0", {"license": "cc-by-4.0"}),
        ("Ours: 1.0", {"license": "other", "license_name": "Ours: 1.0"}),
    ],
)
def test_a_licence_is_the_hub_s_or_another_by_name(
    report: Report, licence: str | None, expected: dict[str, str]
) -> None:
    tell(report, config={"export": {"licence": licence}})
    found = header_of(report)
    assert {key: value for key, value in found.items() if key.startswith("license")} == expected


def test_each_view_s_figures_are_shares_of_the_report(report: Report) -> None:
    (result,) = header_of(report)["model-index"][0]["results"]
    protocol = report.protocols[0]
    values = {metric["name"]: metric["value"] for metric in result["metrics"]}
    for row, view in zip(protocol.validation, ("single view", "mean over views (TTA)"), strict=True):
        assert values[f"Accuracy, {view}"] == round(row.accuracy, 4)
        assert values[f"Recall of men, {view}"] == round(row.recall or 0, 4)
        assert values[f"Expected calibration error, {view}"] == round(calibration_error(row, protocol) or 0, 4)


def test_the_calibration_error_is_that_of_what_is_answered(report: Report) -> None:
    protocol = report.protocols[0]
    row = protocol.validation[0]
    (of,) = (r for r in protocol.calibration.rows if r.key == row.key)
    assert of.calibrated is not None
    assert calibration_error(row, protocol) == of.calibrated.ece != of.raw.ece
    of.calibrated = None
    assert calibration_error(row, protocol) == of.raw.ece
    protocol.calibration.rows = []
    assert calibration_error(row, protocol) is None
