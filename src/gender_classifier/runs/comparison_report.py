"""What `compare` writes as JSON: models on the same faces, and their differences."""

from __future__ import annotations

from gender_classifier.metrics.comparison import Difference, GroupDifference, Measured
from gender_classifier.metrics.groups import Groups
from gender_classifier.runs.records import Record


class ComparisonReport(Record):
    """A comparison; `ComparisonReport.read` reads `comparison.json`.

    Example:
        >>> report = ComparisonReport.read(Path("comparison/comparison.json"))  # doctest: +SKIP
        >>> {model.name: model.values["accuracy"] for model in report.models}  # doctest: +SKIP
        {'first': 0.962, 'second': 0.971}

    Attributes:
        perceived: what gender means here.
        notes: where each model's threshold comes from, and what was left out, a sentence each.
        count: faces compared.
        changed: of these, faces that not all models answer alike.
        models: metrics of each.
        differences: by metric and pair.
        groups: results by group of each model.
        group_differences: from the first model.
        draws: of the bootstrap.
    """

    schema_version: int = 1
    perceived: str
    notes: list[str]
    count: int
    changed: int
    models: list[Measured]
    differences: list[Difference]
    groups: dict[str, Groups]
    group_differences: list[GroupDifference]
    draws: int
