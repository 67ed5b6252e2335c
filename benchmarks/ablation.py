"""One technique off at a time: what each is worth on a folder of faces, with paired intervals over seeds.

    python benchmarks/ablation.py DATA --out RUNS [--init FILE] [--seeds 3] [--set data.size=128 ...] [--keep FILE]

Metrics are validation's, threshold held out, single view; epochs are those trained, fewer than planned where a run was
stopped early. Runs that are finished are read, so the script may be stopped and started again; with `--keep` on another
machine too. What would come out the same is not trained twice: a variant of the threshold alone reads the runs with all
techniques, and so does *no early stopping* where such a run was not stopped early.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import typer

from _runs import row, trained
from gender_classifier.metrics.classification import mean_interval
from gender_classifier.runs.log import read_log
from gender_classifier.runs.records import Record
from gender_classifier.runs.report import Row

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

METRICS = {
    "accuracy": "accuracy",
    "recall_female": "recall of women",
    "balanced_accuracy": "balanced accuracy",
    "roc_auc": "ROC AUC",
}
PAIRED = ("balanced_accuracy", "roc_auc")
"""What the recipe's threshold is chosen by, and what no threshold moves."""


class Figures(Record):
    """What the table shows of a run, 0 to 1."""

    accuracy: float
    recall_female: float
    balanced_accuracy: float
    roc_auc: float


def line(name: str, rows: Sequence[Row | Figures], full: Sequence[Row | Figures] | None, epochs: Sequence[int]) -> str:
    """Means over seeds in per cent, mean epochs, and differences to `full`, seed by seed, with their intervals."""
    cells = [f"{100 * sum(getattr(r, metric) for r in rows) / len(rows):.2f}" for metric in METRICS]
    cells.append(f"{sum(epochs) / len(epochs):.1f}")
    for metric in PAIRED:
        if full is None:
            cells.append("")
            continue
        mean, half = mean_interval([getattr(a, metric) - getattr(b, metric) for a, b in zip(rows, full, strict=True)])
        cells.append(f"{100 * mean:+.2f} ± {100 * half:.2f}")
    return f"| {name} | {' | '.join(cells)} |"


def run_of(out: Path, name: str, seed: int) -> Path:
    return out / f"{name.replace(' ', '-')}-{seed}"


def epochs_of(run: Path) -> int:
    """How many epochs a run was trained for: fewer than planned where it was stopped early."""
    return sum(entry["kind"] == "epoch" for entry in read_log(run))


def ended_by_itself(run: Path) -> bool:
    """Whether a finished run went through all its epochs."""
    return [entry for entry in read_log(run) if entry["kind"] == "end"][-1]["reason"] == "finished"


def folder_of(out: Path, name: str, seed: int) -> Path:
    """The run that tells of a variant: its own, or that with all techniques where it would be the very same."""
    full = run_of(out, next(iter(VARIANTS)), seed)
    by_threshold = all(change.startswith("threshold.") for change in VARIANTS[name])
    never_stopped = VARIANTS[name] == ["stopping.enabled=false"] and ended_by_itself(full)
    return full if by_threshold or never_stopped else run_of(out, name, seed)


class Kept(Record):
    """Figures of runs by the run's name, without TTA and with it: the table can be made where the runs are not.

    Attributes:
        made_by: what all runs have in common.
        runs: a run's figures.
        epochs: for how many epochs it was trained.
    """

    made_by: dict[str, Any]
    runs: dict[str, list[Figures]]
    epochs: dict[str, int]


@dataclass(frozen=True)
class Runs:
    """The runs of one ablation, each trained when it is first asked for; fields as `main` has them."""

    data: Path
    out: Path
    init: str
    config: str
    changes: list[str]
    keep: Path | None

    @cached_property
    def kept(self) -> Kept:
        """What `keep` holds. A file of other runs is refused."""
        made_by = {"data": self.data.name, "init": Path(self.init).name, "config": self.config, "changes": self.changes}
        if self.keep is None or not self.keep.is_file():
            return Kept(made_by=made_by, runs={}, epochs={})
        kept = Kept.read(self.keep)
        if kept.made_by != made_by:
            raise typer.BadParameter(f"{self.keep} is of {kept.made_by}, not of {made_by}: name another file")
        return kept

    def rows(self, name: str, seed: int) -> list[Row] | list[Figures]:
        """A run's rows, without TTA and with it."""
        run = run_of(self.out, name, seed).name
        if run in self.kept.runs:
            return self.kept.runs[run]
        report = trained(
            self.data,
            folder_of(self.out, name, seed),
            config=self.config,
            seed=seed,
            changes=[*self.changes, *VARIANTS[name]],
            init=self.init,
            judged=[change for change in VARIANTS[name] if change.startswith("threshold.")],
        )
        rows = [row(report, "held out", "val", tta) for tta in ("disabled", "enabled")]
        if self.keep is not None:
            self.kept.runs[run] = [Figures.model_validate(found, from_attributes=True) for found in rows]
            self.kept.epochs[run] = epochs_of(folder_of(self.out, name, seed))
            self.kept.write(self.keep)
        return rows

    def epochs(self, name: str, seed: int) -> int:
        """For how many epochs a run was trained that `rows` has asked for."""
        run = run_of(self.out, name, seed).name
        return self.kept.epochs[run] if run in self.kept.epochs else epochs_of(folder_of(self.out, name, seed))


def main(
    data: Path,
    out: Annotated[Path, typer.Option(help="folder of run folders")],
    init: Annotated[str, typer.Option(help="starting weights, as `train --init-weights` takes them")] = "none",
    seeds: int = 3,
    config: str = "quick",
    changes: Annotated[list[str], typer.Option("--set")] = [],  # noqa: B006
    only: Annotated[list[str], typer.Option(help="variants by name; none: all")] = [],  # noqa: B006
    keep: Annotated[
        Path | None, typer.Option(help="file for the figures of each run; a run in it needs no folder")
    ] = None,
) -> None:
    runs = Runs(data, out, init, config, changes, keep)
    print(
        f"| variant | {' | '.join(METRICS.values())} | epochs |"
        + "".join(f" difference in {METRICS[m]} |" for m in PAIRED)
    )
    print("|---" + "|--:" * (len(METRICS) + 1 + len(PAIRED)) + "|")
    full: list[Row] | list[Figures] = []
    for name, off in VARIANTS.items():
        if only and name not in only and off:
            continue
        try:
            single, with_tta = zip(*(runs.rows(name, seed) for seed in range(seeds)), strict=True)
        except subprocess.CalledProcessError as error:
            # Not every processor has bfloat16; the command has said so itself.
            typer.echo(f"{name}: left out, training ended with exit code {error.returncode}", err=True)
            continue
        full = full or list(single)
        epochs = [runs.epochs(name, seed) for seed in range(seeds)]
        print(line(name, single, full if off else None, epochs), flush=True)
        if not off:
            print(line("with TTA", with_tta, full, epochs), flush=True)


if __name__ == "__main__":
    typer.run(main)
