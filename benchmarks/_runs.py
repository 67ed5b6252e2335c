"""Training runs as benchmarks need them: by the command line, resumed where they stand, read from their reports."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from gender_classifier.config.reading import load_config
from gender_classifier.metrics.scores import read_scores
from gender_classifier.report.build import build_report
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.report import Report, Row
from gender_classifier.training.finish import protocols_of
from gender_classifier.training.prepare import prepared


def trained(
    data: Path,
    run: Path,
    *,
    config: str,
    seed: int,
    changes: Sequence[str],
    init: Path | str,
    judged: Sequence[str] = (),
) -> Report:
    """The report of a run, which is trained, or resumed, unless it is finished already.

    Thresholds and metrics are computed anew from the run's scores, so that all runs are reported by the same code;
    `init` is what `--init-weights` takes, `none` for random layers;
    `judged` are settings of the threshold that take the place of the run's own.
    """
    if not RunFolder(run).report.is_file():
        command = [sys.executable, "-m", "gender_classifier", "train", str(data), "--out", str(run)]
        if (RunFolder(run).checkpoint("last")).is_file():
            command.append("--resume")
        else:
            command += ["--config", config, "--set", f"train.seed={seed}"]
            command += [part for change in changes for part in ("--set", change)]
            command += ["--init-weights", str(init)]
        # Standard output is for the benchmark's own table.
        subprocess.run(command, check=True, stdout=sys.stderr)
    held_out, origin = read_scores(RunFolder(run).held_out), read_scores(RunFolder(run).as_origin)
    settings = load_config(RunFolder(run).config, judged)
    return build_report(protocols_of(settings, held_out, origin, prepared(data, settings.data).index), context={})


def row(report: Report, protocol: str, split: str, tta: str) -> Row:
    """One row of a report's table."""
    found = next(p for p in report.protocols if p.name == protocol).row(split, tta)
    assert found is not None
    return found
