"""Training runs as benchmarks need them: by the command line, resumed where they stand, read from their reports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def trained(
    data: Path, run: Path, *, config: str, seed: int, changes: Sequence[str], init: Path | None
) -> dict[str, Any]:
    """The report of a run, which is trained, or resumed, unless it is finished already."""
    report = run / "report.json"
    if not report.is_file():
        command = [sys.executable, "-m", "gender_classifier", "train", str(data), "--out", str(run)]
        if (run / "checkpoints" / "last.safetensors").is_file():
            command.append("--resume")
        else:
            command += ["--config", config, "--set", f"train.seed={seed}"]
            command += [part for change in changes for part in ("--set", change)]
            command += ["--init-weights", str(init)] if init is not None else []
        subprocess.run(command, check=True)
    loaded: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return loaded


def row(report: dict[str, Any], protocol: str, split: str, tta: str) -> dict[str, Any]:
    """One row of a report's table."""
    protocols = {p["name"]: p for p in report["protocols"]}
    found: dict[str, Any] = next(r for r in protocols[protocol]["rows"] if (r["split"], r["tta"]) == (split, tta))
    return found
