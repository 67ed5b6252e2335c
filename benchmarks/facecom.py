"""FACECOM, several seeds, with and without `align`, with and without TTA: the tables of docs/results/facecom.md.

    python benchmarks/facecom.py --data raw=DIR --data aligned=DIR --init NAME=FILE --out RUNS [--seeds 3]

Each DIR holds {train,val}/{female,male}; runs that are finished are read, others trained or resumed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from _runs import row, trained
from gender_classifier.metrics.classification import mean_interval

METRICS = ("accuracy", "recall_female", "recall", "balanced_accuracy", "f1", "roc_auc")


def main(
    data: Annotated[list[str], typer.Option(help="NAME=DIR, may be repeated")],
    out: Annotated[Path, typer.Option(help="folder of run folders")],
    init: Annotated[list[str], typer.Option(help="NAME=FILE of starting weights, may be repeated")] = [],  # noqa: B006
    seeds: int = 3,
    config: str = "facecom",
    changes: Annotated[list[str], typer.Option("--set")] = [],  # noqa: B006
    metric: Annotated[str | None, typer.Option(help="that thresholds are chosen by; none: each run's own")] = None,
) -> None:
    starts = dict(part.split("=", 1) for part in init) or {"random": "none"}
    print("| data | start | protocol | TTA | n | seeds | " + " | ".join(METRICS) + " |")
    print("|---|---|---|---|--:|--:|" + "--:|" * len(METRICS))
    for name, folder in (part.split("=", 1) for part in data):
        for start, weights in starts.items():
            reports = [
                trained(
                    Path(folder),
                    out / f"{name}-{start}-{seed}",
                    config=config,
                    seed=seed,
                    changes=changes,
                    init=weights,
                    judged=[f"threshold.metric={metric}"] if metric else [],
                )
                for seed in range(seeds)
            ]
            for protocol in ("held out", "as the origin"):
                for tta in ("disabled", "enabled"):
                    rows = [row(report, protocol, "val", tta) for report in reports]
                    shown = []
                    for column in METRICS:
                        mean, half = mean_interval([getattr(r, column) for r in rows])
                        shown.append(f"{100 * mean:.2f} ± {100 * half:.2f}")
                    count = rows[0].count
                    print(
                        f"| {name} | {start} | {protocol} | {tta} | {count} | {seeds} | {' | '.join(shown)} |",
                        flush=True,
                    )


if __name__ == "__main__":
    typer.run(main)
