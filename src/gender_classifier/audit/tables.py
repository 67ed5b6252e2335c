"""What the audit found as tables and JSON, for programs and for reviewing in a spreadsheet."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from gender_classifier import CLASS_NAMES
from gender_classifier.audit.duplicates import Pair, joined
from gender_classifier.audit.effects import Effect
from gender_classifier.audit.findings import Finding, leaks, ordered
from gender_classifier.audit.looks import Look
from gender_classifier.audit.quality import flags
from gender_classifier.runs.audit_report import AuditReport, ClassDifference, FoundRecord
from gender_classifier.runs.context import Counts
from gender_classifier.system.texts import CsvWriter

SCHEMA = 1


def duplicates_csv(looks: Sequence[Look], pairs: Sequence[Pair]) -> str:
    """Write the table of copies, `duplicates.csv`, a row a pair.

    Args:
        looks: all images.
        pairs: by `find_pairs`; their rows are places in `looks`.

    Returns:
        CSV text with a heading: `group` from 1, `path`, `split` and `label` of both images, `across_splits`, `kind`
        (`same file` or `near`), `mirrored` and `correlation`; rows by group.
    """
    group_of = {row: number for number, group in enumerate(joined(pairs), 1) for row in group}
    head = ["group", *(f"{what}_{side}" for side in "ab" for what in ("path", "split", "label"))]
    rows = [
        [
            group_of[pair.a],
            *_named(looks[pair.a]),
            *_named(looks[pair.b]),
            "yes" if looks[pair.a].split != looks[pair.b].split else "no",
            "same file" if pair.same_file else "near",
            "yes" if pair.mirrored else "no",
            f"{pair.correlation:.4f}",
        ]
        for pair in sorted(pairs, key=lambda pair: (group_of[pair.a], pair.a, pair.b))
    ]
    return _csv([*head, "across_splits", "kind", "mirrored", "correlation"], rows)


def quality_csv(looks: Sequence[Look], probabilities: Mapping[int, float] | None = None) -> str:
    """Write the table of images, `quality.csv`, a row an image.

    Args:
        looks: all images.
        probabilities: of male, as a model gives them, by row; None: the column is left out.

    Returns:
        CSV text with a heading, rows in the order of `looks`: what was measured (empty where it cannot be read), its
        flags, and `probability_male`, empty where the model was not asked.
    """
    head = [
        "path",
        "split",
        "label",
        "flags",
        "reason",
        "width",
        "height",
        "sharpness",
        "brightness",
        "faces",
        "face_px",
    ]
    rows: list[list[Any]] = []
    for row, look in enumerate(looks):
        measured = ["", "", "", "", "", ""]
        if not look.reason:
            measured = [str(look.width), str(look.height), f"{look.sharpness:.1f}", f"{look.brightness:.1f}"]
            measured += [str(len(look.faces)), f"{look.faces[0]:.0f}" if look.faces else ""]
        known = [] if probabilities is None else [f"{probabilities[row]:.4f}" if row in probabilities else ""]
        rows.append([*_named(look), "; ".join(flags(look)), look.reason, *measured, *known])
    return _csv(head + ([] if probabilities is None else ["probability_male"]), rows)


def audit_report(
    title: str,
    findings: Sequence[Finding],
    counts: Mapping[str, Mapping[str, int]],
    effects: Sequence[Effect],
    notes: Sequence[str],
) -> AuditReport:
    """Gather all that was found as it stands in `audit.json`.

    Args:
        title: what was audited.
        findings: in any order.
        counts: images by split and class.
        effects: measures compared between classes.
        notes: how things were measured, a paragraph each.

    Returns:
        The report, with the gravest finding first.
    """
    return AuditReport(
        schema_version=SCHEMA,
        data=title,
        leaks=leaks(findings),
        counts={split: Counts(**of) for split, of in counts.items()},
        findings=[_finding(finding) for finding in ordered(findings)],
        classes=[_effect(effect) for effect in effects],
        notes=list(notes),
    )


def _finding(finding: Finding) -> FoundRecord:
    return FoundRecord(
        key=finding.key,
        severity=finding.severity.name.lower(),
        title=finding.title,
        count=finding.count,
        text=finding.text,
        action=finding.action,
        lines=list(finding.lines),
        shown=[[tile.name for tile in group] for group in finding.groups],
    )


def _effect(effect: Effect) -> ClassDifference:
    low, high = effect.interval
    women, men = effect.counts
    return ClassDifference(
        split=effect.split,
        measure=effect.measure.name,
        unit=effect.measure.unit,
        delta=round(effect.delta, 4),
        interval=(round(low, 4), round(high, 4)),
        size=effect.size,
        quantiles={
            name: [round(value, 3) for value in effect.quantiles[label]] for label, name in enumerate(CLASS_NAMES)
        },
        counts=Counts(female=women, male=men),
    )


def _named(look: Look) -> list[str]:
    return [look.sample.name, look.split, CLASS_NAMES[look.sample.label]]


def _csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = CsvWriter(text)
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()
