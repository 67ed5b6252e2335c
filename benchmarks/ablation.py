"""One technique off at a time: what each is worth on a folder of faces, with paired intervals over seeds.

    python benchmarks/ablation.py DATA --out RUNS [--init FILE] [--seeds 3] [--set data.size=128 ...]

Runs that are finished are read, so the script may be stopped and started again.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Annotated

import typer

from _runs import row, trained
from gender_classifier.evidence.metrics import mean_interval

VARIANTS: dict[str, list[str]] = {
    "all techniques": [],
    "no layer-wise decay": ["optimizer.layer_decay=1.0"],
    "no weighted sampler": ["sampler.balanced=false"],
    "one augmentation policy": ["augment.per_class=false"],
    "no augmentation": ["augment.enabled=false"],
    "cross-entropy": ["loss.name=bce"],
    "threshold 0.5": ["threshold.enabled=false"],
    "constant rate": ["schedule.name=constant"],
    "no early stopping": ["stopping.enabled=false"],
    "Adam": ["optimizer.name=adam"],
    "no averaged weights": ["average.enabled=false"],
    "bfloat16": ["train.precision=bfloat16"],
}


def main(
    data: Path,
    out: Annotated[Path, typer.Option(help="folder of run folders")],
    init: Annotated[Path | None, typer.Option(help="starting weights")] = None,
    seeds: int = 3,
    config: str = "quick",
    changes: Annotated[list[str], typer.Option("--set")] = [],  # noqa: B006
    only: Annotated[list[str], typer.Option(help="variants by name; none: all")] = [],  # noqa: B006
) -> None:
    print("| variant | accuracy | recall of women | balanced accuracy | difference to all (accuracy, paired) |")
    print("|---|--:|--:|--:|--:|")
    full: list[float] = []
    for name, off in VARIANTS.items():
        if only and name not in only and off:
            continue
        folder = name.replace(" ", "-")
        rows = []
        try:
            for seed in range(seeds):
                run = out / f"{folder}-{seed}"
                report = trained(data, run, config=config, seed=seed, changes=[*changes, *off], init=init)
                rows.append(row(report, "held out", "val", "disabled"))
        except subprocess.CalledProcessError as error:
            # Not every processor has bfloat16; the command has said so itself.
            typer.echo(f"{name}: left out, training ended with exit code {error.returncode}", err=True)
            continue
        accuracy = [r["accuracy"] for r in rows]
        full = full or accuracy
        mean, half = mean_interval([a - b for a, b in zip(accuracy, full, strict=True)])
        cells = [
            f"{100 * sum(r[m] for r in rows) / seeds:.2f}" for m in ("accuracy", "recall_female", "balanced_accuracy")
        ]
        difference = "" if not off else f"{100 * mean:+.2f} ± {100 * half:.2f}"
        print(f"| {name} | {' | '.join(cells)} | {difference} |", flush=True)
    typer.echo("TTA is in each run's own report: the rows with it disabled and enabled.", err=True)


if __name__ == "__main__":
    typer.run(main)
