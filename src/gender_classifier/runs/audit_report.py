"""What `audit` writes as JSON: what was found in a set of labelled images, the gravest first."""

from __future__ import annotations

from gender_classifier.runs.context import Counts
from gender_classifier.runs.records import Record


class FoundRecord(Record):
    """Something found.

    Attributes:
        key: what kind it is, a word for programs.
        severity: how grave, in lower case.
        title, text, action: what it is, why it matters, what to do.
        count: images, pairs or people that it is about.
        lines: more of it, a line each.
        shown: names of images, those that belong together in a list each.
    """

    key: str
    severity: str
    title: str
    count: int
    text: str
    action: str
    lines: list[str]
    shown: list[list[str]]


class ClassDifference(Record):
    """A measure compared between women's and men's images of a split.

    Attributes:
        delta: Cliff's delta, -1 to 1: above 0 where men's images have more of it; with its interval at 95 %.
        size: `large`, `medium`, `small` or `negligible`.
        quantiles: 5, 25, 50, 75 and 95 %, in `unit`, by class.
        counts: images by class.
    """

    split: str
    measure: str
    unit: str
    delta: float
    interval: tuple[float, float]
    size: str
    quantiles: dict[str, list[float]]
    counts: Counts


class AuditReport(Record):
    """All of it; `AuditReport.read` reads `audit.json`.

    Example:
        >>> counts = {"train": Counts(female=3, male=4)}
        >>> report = AuditReport(data="faces", leaks=False, counts=counts, findings=[], classes=[], notes=[])
        >>> report.counts["train"].male
        4

    Attributes:
        data: what was audited.
        leaks: whether splits share images or people.
        counts: images by split.
        findings: the gravest first.
        classes: measures compared between the classes.
        notes: how things were measured, a paragraph each.
    """

    schema_version: int = 1
    data: str
    leaks: bool
    counts: dict[str, Counts]
    findings: list[FoundRecord]
    classes: list[ClassDifference]
    notes: list[str]
