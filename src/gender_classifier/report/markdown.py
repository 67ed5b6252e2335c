"""`report.md` from the report."""

from __future__ import annotations

from collections.abc import Sequence

from gender_classifier.report.detection import found_lines, found_sentence
from gender_classifier.report.groups import group_lines, uncertain_lines
from gender_classifier.report.provenance import (
    augmentation_sentence,
    corrections_sentence,
    labels_sentence,
    run_lines,
)
from gender_classifier.report.tables import (
    HEADINGS,
    NONE,
    baseline_sentence,
    cells,
    markdown_table,
    percent,
    quoted_row,
    threshold_sentence,
    tta_sentence,
    warnings_of,
)
from gender_classifier.runs.context import Detection
from gender_classifier.runs.report import CalibrationResult, Errors, ProtocolResult, Report, Row

_MAPS = (
    "In grey, if mirrored images give mirrored maps: where in the image the evidence of the single view lies, not "
    "why (occlusion sensitivity: Zeiler and Fergus, ECCV 2014)."
)
FIGURES = {
    "example.png": (
        "Example inference",
        f"Typical images of each label and its hardest, beside what the model says. {_MAPS}",
    ),
    "confusion.png": ("Confusion matrices", "Counts, and shares of each labelled class."),
    "roc_pr.png": ("ROC and precision-recall", "Validation; the dots are the chosen thresholds."),
    "scores.png": ("Scores by class", "Validation; sigmoid of the logit, not calibrated."),
    "reliability.png": (
        "Reliability",
        "Validation, single view: bins of equal mass with Wilson intervals at 95 %; on the line, probabilities are "
        "what they say. ECE: mean distance from it.",
    ),
    "risk_coverage.png": (
        "Risk against coverage",
        "Validation: how often answers are wrong where only the surest are given; the band's answers are the dots.",
    ),
    "thresholds.png": ("Metrics against the threshold", "The chosen threshold is the upright line."),
    "curves.png": (
        "Training curves",
        "Each line at the threshold that is best on its split in that epoch, which on validation is optimistic; train "
        "as it was seen in training. The numbers above the panels are the table's: validation, single view, at the "
        "epoch kept and the threshold chosen on `choose` (held out).",
    ),
    "rates.png": ("Learning rates by layer", "As the optimizer had them, step by step."),
    "mistakes.png": (
        "The worst mistakes",
        f"Validation, furthest on the wrong side of the threshold first. {_MAPS}",
    ),
}


def markdown(report: Report) -> str:
    """Write `report.md` as GitHub reads it.

    Args:
        report: with at least one protocol; the figures that it names are linked from `figures/`.

    Returns:
        The page's text.
    """
    context, first = report.context, report.protocols[0]
    lines = ["# Report", ""]
    for text in warnings_of(report):
        lines += [f"> **{text}**", ""]
    lines += [report.perceived, "Male is the positive class; figures are percent;"]
    lines[-1] += " intervals are Wilson's at 95 %."
    lines += [text for text in (labels_sentence(context), corrections_sentence(context)) if text]
    lines += ["", *_headline(first, context.detection)]
    for protocol in report.protocols:
        lines += ["", *_protocol(protocol)]
    if context.detection is not None:
        lines += ["", "## Faces found", "", *found_lines(context.detection)]
    if report.groups is not None:
        lines += ["", "## Results by group", "", *group_lines(report.groups)]
    for name, (title, caption) in FIGURES.items():
        if name in report.figures:
            caption += _what_probability(first) if name in ("example.png", "mistakes.png") else ""
            lines += ["", f"## {title}", "", f"![{title}](figures/{name})", "", caption]
    if context.augmentation:
        lines += ["", "## Augmentation", "", f"![Augmentation]({context.augmentation})", ""]
        lines += [f"A row an image: as read, then as training may show it. {augmentation_sentence(context)}"]
    lines += ["", "## The run", "", *run_lines(context)]
    return "\n".join(lines) + "\n"


def _headline(protocol: ProtocolResult, detection: Detection | None) -> list[str]:
    """The one result that is worth quoting, in a sentence; of photos, one line with what faces not found make of it."""
    row = quoted_row(protocol)
    if row is None:
        return []
    recalls = "".join(
        f", recall of {who} {percent(value)} %"
        for who, value in (("women", row.recall_female), ("men", row.recall))
        if value is not None
    )
    said = (
        f"**{protocol.name[0].upper()}{protocol.name[1:]}: accuracy {percent(row.accuracy)} %** "
        f"({row.tp + row.tn} of {row.count} validation images){recalls}, TTA {row.tta}."
    )
    return [said if detection is None else f"{said} {found_sentence(detection)}"]


def _what_probability(protocol: ProtocolResult) -> str:
    return f" Probabilities are {'calibrated' if protocol.calibration.platt else 'as scored, not calibrated'}."


def _protocol(protocol: ProtocolResult) -> list[str]:
    note, rows = protocol.note, protocol.rows
    lines = [f"## Results: {protocol.name}", ""]
    lines += [f"{note[0].upper()}{note[1:]}.", ""] if note else []
    lines += [*markdown_table(HEADINGS, [cells(row) for row in rows]), ""]
    lines += [baseline_sentence(rows), "", threshold_sentence(protocol)]
    if protocol.tta is not None:
        lines += ["", tta_sentence(protocol)]
    if protocol.unlabelled:
        lines += ["", f"{protocol.unlabelled} rows without a label are left out."]
    lines += ["", "The same at the threshold 0.5:", ""]
    lines += markdown_table(HEADINGS[:-2], [cells(row, at_half=True)[:-2] for row in rows])
    lines += ["", "Counts at the chosen threshold:", "", *_counts(rows), "", *_calibration(protocol.calibration)]
    uncertain = uncertain_lines(protocol)
    return [*lines, "", *uncertain] if uncertain else lines


def _counts(rows: Sequence[Row]) -> list[str]:
    headings = ("phase", "TTA", "women right", "women said male", "men right", "men said female")
    return markdown_table(headings, [[r.phase, r.tta, *map(str, (r.tn, r.fp, r.tp, r.fn))] for r in rows])


def _calibration(calibration: CalibrationResult) -> list[str]:
    platt = calibration.platt
    lines = ["Calibration: expected calibration error (15 bins of equal mass) and Brier score", ""]
    if platt:
        fitted = platt.fitted_on != "model file"
        whence = f"fitted on the `{platt.fitted_on}` scores" if fitted else "as in the model file"
        lines[0] += (
            f", as scored and after Platt scaling (scale {platt.scale:.4f}, offset {platt.offset:.4f}, {whence})"
        )
    else:
        lines[0] += ", as scored; none was fitted on these scores"
    lines[0] += ":"
    rows = []
    for row in calibration.rows:
        pair = [*_errors(row.raw), *(_errors(row.calibrated) if row.calibrated else (NONE, NONE))]
        rows.append([row.phase, row.tta, *pair])
    return lines + markdown_table(("phase", "TTA", "ECE", "Brier", "ECE calibrated", "Brier calibrated"), rows)


def _errors(errors: Errors) -> tuple[str, str]:
    return f"{errors.ece:.4f}", f"{errors.brier:.4f}"
