"""What README and site say of runs on FACECOM: taken from their reports, and shown beside the origin's."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from gender_classifier.report.origins import WEIGHTS
from gender_classifier.report.tables import markdown_table
from gender_classifier.runs.folder import RunFolder
from readme_release import share

REPOSITORY = Path(__file__).resolve().parents[1]
FACECOM = REPOSITORY / "docs" / "results" / "facecom.json"
PHASES = (("train", "disabled"), ("validation", "disabled"), ("validation", "enabled"))
SHOWN = ("accuracy", "precision", "recall", "f1", "recall_female")
ORIGIN = {
    ("train", "disabled"): (0.9901, 0.9987, 0.9889, 0.9938, 392 / 394),
    ("validation", "disabled"): (0.9573, 0.9657, 0.9779, 0.9718, 94 / 105),
    ("validation", "enabled"): (0.9573, 0.9687, 0.9748, 0.9717, 95 / 105),
}
"""`SHOWN` of the origin, a public solution of the same task (EfficientNet-B1 from ImageNet weights, 224 px, 422
validation images). It states the first four; the last follows from them, since 394 and 105 of its images show women."""


def facecom() -> str:
    """The table Phase x TTA of one run beside the origin's."""
    found = json.loads(FACECOM.read_text(encoding="utf-8"))
    ours = {(row["phase"], row["tta"]): [row[name] for name in SHOWN] for row in found["rows"]}
    rows = []
    for phase, tta in PHASES:
        on = "on" if tta == "enabled" else "off"
        pairs = list(zip(ours.get((phase, tta), (None,) * len(SHOWN)), ORIGIN[phase, tta], strict=True))
        rows.append([phase, on, "this", *(_better(mine, theirs) for mine, theirs in pairs)])
        rows.append(["", "", "origin", *(_better(theirs, mine) for mine, theirs in pairs)])
    names = ("Phase", "TTA", "Model", "Accuracy", "Precision", "Recall", "F1", "Recall of women")
    return "\n".join([*markdown_table(names, rows, left=3), "", found["note"]])


def quick() -> str:
    """What the README's four lines reach on FACECOM: one sentence."""
    reached = json.loads(FACECOM.read_text(encoding="utf-8"))["quick"]
    return (
        f"On FACECOM this takes minutes on two cores and is right on {share(reached['accuracy'])} %, women "
        f"{share(reached['recall_female'])}, held out, from {reached['start']} ([how](docs/how-to/retrain.md))."
    )


def _better(value: float | None, other: float | None) -> str:
    """A share in per cent, bold where it is above the other."""
    shown = share(value, 2)
    return f"**{shown}**" if value is not None and other is not None and value > other else shown


def take_facecom(run: Path) -> None:
    """Write `facecom.json` from a run on FACECOM: the protocol of the origin, and in the note what held out gives."""
    report = json.loads(RunFolder(run).report.read_text(encoding="utf-8"))
    protocols = {protocol["name"]: protocol for protocol in report["protocols"]}
    rows = [
        {"phase": row["phase"], "tta": row["tta"], **{name: row[name] for name in SHOWN}}
        for row in protocols["as the origin"]["rows"]
        if (row["phase"], row["tta"]) in PHASES
    ]
    single = next(r for r in protocols["held out"]["rows"] if (r["split"], r["tta"]) == ("val", "disabled"))
    context = report["context"]
    note = (
        f"One run: recipe `{context['recipe']}` from {_start(context['init'])}, {context['size']} px, seed "
        f"{context['config']['train']['seed']}; epoch and threshold chosen on the validation set, as the origin did. "
        f"Chosen on held-out images instead: {share(single['accuracy'])} %, women {share(single['recall_female'])}."
    )
    _keep(run=run.name, digest=context["digest"], note=note, rows=rows)


def _start(init: dict[str, Any] | None) -> str:
    """The weights that a run began with: a release of ours by its number, others by their file's name."""
    if init is None:
        return "random layers"
    number = re.match(r"this project's (\w+ release)\b", WEIGHTS.get(init["sha256"], ""))
    return f"the {number[1]}" if number else str(init["source"])


def take_quick(run: Path) -> None:
    """Note in `facecom.json` what a run by the recipe `quick` reaches, held out, TTA where chosen."""
    report = json.loads(RunFolder(run).report.read_text(encoding="utf-8"))
    protocol = next(protocol for protocol in report["protocols"] if protocol["name"] == "held out")
    mode = "enabled" if (protocol["tta"] or {}).get("chosen") else "disabled"
    row = next(row for row in protocol["rows"] if (row["split"], row["tta"]) == ("val", mode))
    context = report["context"]
    of_run = {"recipe": context["recipe"], "start": _start(context["init"])}
    _keep(quick={name: row[name] for name in ("accuracy", "recall_female")} | of_run)


def _keep(**parts: Any) -> None:
    """Put parts into `facecom.json`; the others stay."""
    kept = json.loads(FACECOM.read_text(encoding="utf-8")) if FACECOM.is_file() else {}
    FACECOM.write_text(json.dumps({**kept, **parts}, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
