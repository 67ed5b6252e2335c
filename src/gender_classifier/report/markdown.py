"""``report.md`` from the report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from gender_classifier.report.tables import (
    HEADINGS,
    NONE,
    cells,
    percent,
    threshold_sentence,
    tta_sentence,
)

FIGURES = {
    "example.png": ("Example inference", "Typical pictures of each class and its hardest, beside what the model says."),
    "confusion.png": ("Confusion matrices", "Counts, and shares of each labelled class."),
    "roc_pr.png": ("ROC and precision-recall", "Validation; the dots are the chosen thresholds."),
    "scores.png": ("Scores by class", "Validation; sigmoid of the logit, not calibrated."),
    "thresholds.png": ("Metrics against the threshold", "The chosen threshold is the upright line."),
    "curves.png": (
        "Training curves",
        "Each split at the threshold that is best on it in that epoch; train as seen, augmented.",
    ),
    "rates.png": ("Learning rates by layer", "As the optimizer had them, step by step."),
    "mistakes.png": (
        "The worst mistakes",
        "Validation, furthest on the wrong side of the threshold first; P(male) is calibrated.",
    ),
}
SPLIT_USES = {"train": "fitted on", "choose": "chosen on (held out)", "val": "reported"}


def markdown(report: dict[str, Any]) -> str:
    """The report as GitHub reads it; figures are linked from ``figures/``."""
    lines = ["# Report", "", report["perceived"], "Male is the positive class; figures are percent;"]
    lines[-1] += " intervals are Wilson's at 95 %."
    lines += ["", *_headline(report["protocols"][0])]
    for protocol in report["protocols"]:
        lines += ["", *_protocol(protocol)]
    present = set(report.get("figures", ()))
    for name, (title, caption) in FIGURES.items():
        if name in present:
            lines += ["", f"## {title}", "", f"![{title}](figures/{name})", "", caption]
    lines += ["", "## The run", "", *_context(report["context"])]
    return "\n".join(lines) + "\n"


def _headline(protocol: dict[str, Any]) -> list[str]:
    """The one result that is worth quoting: validation, with TTA if that was chosen."""
    mode = "enabled" if protocol["tta"] and protocol["tta"]["chosen"] else "disabled"
    rows = [row for row in protocol["rows"] if (row["split"], row["tta"]) == ("val", mode)]
    return [
        f"**{protocol['name'][0].upper()}{protocol['name'][1:]}: accuracy {percent(row['accuracy'])} %** "
        f"({row['tp'] + row['tn']} of {row['count']} validation pictures), recall of women "
        f"{percent(row['recall_female'])} %, recall of men {percent(row['recall'])} %, TTA {mode}."
        for row in rows
    ]


def table(headings: Sequence[str], rows: Iterable[Sequence[str]], left: int = 2) -> list[str]:
    """Lines of a Markdown table; the first ``left`` columns left, the others right."""
    rule = ["---" if i < left else "--:" for i in range(len(headings))]
    return [f"| {' | '.join(row)} |" for row in (headings, rule, *rows)]


def _protocol(protocol: dict[str, Any]) -> list[str]:
    note, rows = protocol["note"], protocol["rows"]
    lines = [f"## Results: {protocol['name']}", ""]
    lines += [f"{note[0].upper()}{note[1:]}.", ""] if note else []
    lines += [*table(HEADINGS, [cells(row) for row in rows]), "", threshold_sentence(protocol)]
    if protocol["tta"] is not None:
        lines += ["", tta_sentence(protocol)]
    if protocol["unlabelled"]:
        lines += ["", f"{protocol['unlabelled']} rows without a label are left out."]
    lines += ["", "The same at the threshold 0.5:", ""]
    lines += table(HEADINGS[:-2], [cells(row, at_half=True)[:-2] for row in rows])
    lines += ["", "Counts at the chosen threshold:", "", *_counts(rows), "", *_calibration(protocol["calibration"])]
    return lines


def _counts(rows: list[dict[str, Any]]) -> list[str]:
    headings = ("phase", "TTA", "women right", "women said male", "men right", "men said female")
    return table(headings, [[r["phase"], r["tta"], *(str(r[key]) for key in ("tn", "fp", "tp", "fn"))] for r in rows])


def _calibration(calibration: dict[str, Any]) -> list[str]:
    platt = calibration["platt"]
    lines = ["Calibration: expected calibration error (15 bins of equal mass) and Brier score", ""]
    if platt:
        lines[0] += (
            f", as scored and after Platt scaling (scale {platt['scale']:.4f}, offset {platt['offset']:.4f}, fitted on "
            f"the {platt['fitted_on']} scores)"
        )
    lines[0] += ":"
    rows = []
    for row in calibration["rows"]:
        pair = [*_errors(row["raw"]), *(_errors(row["calibrated"]) if row["calibrated"] else (NONE, NONE))]
        rows.append([row["phase"], row["tta"], *pair])
    return lines + table(("phase", "TTA", "ECE", "Brier", "ECE calibrated", "Brier calibrated"), rows)


def _errors(errors: dict[str, float]) -> tuple[str, str]:
    return f"{errors['ece']:.4f}", f"{errors['brier']:.4f}"


def _context(context: dict[str, Any]) -> list[str]:
    lines = []
    if context.get("counts"):
        counted = [
            [split, SPLIT_USES.get(split, ""), *(str(c[name]) for name in ("female", "male"))]
            for split, c in context["counts"].items()
        ]
        lines += [*table(("split", "use", "women", "men"), counted), ""]
    lines += [f"- {line}" for line in (*_made_of(context), *_went(context), *_with(context))]
    return lines


def _made_of(context: dict[str, Any]) -> list[str]:
    """What went into the run: pictures and starting weights."""
    lines = []
    if context.get("model"):
        lines.append(f"Model file `{context['model']}` on {', '.join(f'`{d}`' for d in context['data'])}.")
    if context.get("digest"):
        lines.append(f"Digest of the list of pictures, labels and splits: `{context['digest']}`.")
    if "geometry" in context:
        lines.append("Pictures are crops aligned by landmarks." if context["geometry"] else "Pictures are not aligned.")
    unreadable = context.get("unreadable")
    if unreadable:
        named = ", ".join(f"`{name}`" for name in list(unreadable)[:10])
        more = f" and {len(unreadable) - 10} more" if len(unreadable) > 10 else ""
        lines.append(f"Pictures left out because they cannot be read: {len(unreadable)} ({named}{more}).")
    init = context.get("init")
    if init:
        lines.append(
            f"Starting weights: `{init['source']}`, {init['used']} tensors used, {len(init['missing'])} missing, "
            f"{len(init['left_over'])} left over; SHA-256 `{init['sha256']}`."
        )
    elif "init" in context:
        lines.append("Starting weights: none; the network started at random.")
    return lines


def _went(context: dict[str, Any]) -> list[str]:
    """How the run went."""
    if "best_epoch" not in context:
        return []
    epochs = f"{context['epochs']} epochs" if context["epochs"] != 1 else "1 epoch"
    return [
        f"Recipe `{context['recipe']}` at {context['size']} px: {epochs} in {context['seconds'] / 60:.1f} minutes on "
        f"{context['device']}; ended: {context['reason'] or 'not yet'}.",
        f"Kept epoch: {context['best_epoch'] + 1} (held out), {context['best_epoch_on_val'] + 1} (as the origin).",
    ]


def _with(context: dict[str, Any]) -> list[str]:
    versions = context.get("versions")
    return [f"Versions: {', '.join(f'{name} {number}' for name, number in versions.items())}."] if versions else []
