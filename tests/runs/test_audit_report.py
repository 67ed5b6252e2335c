"""An audit comes back from its file: findings with the images they show, and how the classes differ."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.runs.audit_report import AuditReport, ClassDifference, FoundRecord
from gender_classifier.runs.context import Counts


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    found = FoundRecord(
        key="copied_class",
        severity="leak",
        title="All",
        count=2,
        text="why",
        action="do",
        lines=[],
        shown=[["a.jpg", "b.jpg"]],
    )
    difference = ClassDifference(
        split="val",
        measure="sharpness",
        unit="variance",
        delta=0.2,
        interval=(-0.1, 0.5),
        size="negligible",
        quantiles={"female": [1.0, 2.0], "male": [1.5, 2.5]},
        counts=Counts(female=10, male=11),
    )
    counts = {"train": Counts(female=1, male=2)}
    report = AuditReport(data="faces", leaks=True, counts=counts, findings=[found], classes=[difference], notes=["how"])
    report.write(tmp_path / "audit.json")
    assert AuditReport.read(tmp_path / "audit.json") == report
