"""What a person sees of a training: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import time
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gender_classifier.system.console import clock, say
from gender_classifier.training.loop import Trainer


class TrainingProgress:
    """Epoch, step, rate, loss, the last validation's metrics and the time left; shown within a `with` block.

    Args:
        trainer: whose steps are shown.
        quiet: show nothing.
    """

    def __init__(self, trainer: Trainer, quiet: bool = False) -> None:
        console = Console(stderr=True)
        self.fancy = console.is_terminal and not quiet
        self.plain = not console.is_terminal and not quiet
        self.trainer = trainer
        self.validation = ""
        self.started, self.first = time.monotonic(), self._done()
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("loss {task.fields[loss]:.4f}  rate {task.fields[rate]:.2e}  {task.fields[validation]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not self.fancy,
        )
        self.task = self.bar.add_task(
            "training",
            total=trainer.total_steps,
            completed=self.first,
            loss=math.nan,
            rate=math.nan,
            validation="",
        )

    def _done(self) -> int:
        return self.trainer.epoch * len(self.trainer.batches) + self.trainer.step

    def __enter__(self) -> TrainingProgress:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()

    def step(self, loss: float) -> None:
        """Show a step; called after every optimizer step.

        Args:
            loss: of its batch.
        """
        if not self.fancy:
            return
        epochs = self.trainer.config.train.epochs
        self.bar.update(
            self.task,
            completed=self._done(),
            description=f"epoch {self.trainer.epoch + 1}/{epochs}",
            loss=loss,
            rate=self.trainer.rate,
            validation=self.validation,
        )

    def line(self, line: dict[str, Any]) -> None:
        """Show a line of the run's log; called with each.

        Args:
            line: as `RunLog` writes it; those of kind `epoch` and `step` are shown.
        """
        if line["kind"] == "epoch":
            seen = {split: line[split] for split in ("choose", "val") if split in line}
            self.validation = ", ".join(f"{split} {found['accuracy']:.3f}" for split, found in seen.items())
            judged = "; ".join(
                f"{split} loss {found['loss']:.4f} accuracy {found['accuracy']:.4f} "
                f"recall of women {found['recall_female']:.4f}"
                for split, found in seen.items()
            )
            text = (
                f"epoch {line['epoch'] + 1}/{self.trainer.config.train.epochs} "
                f"({line['size']} px, {line['seconds']:.0f} s): "
                f"train loss {line['train']['loss']:.4f} accuracy {line['train']['accuracy']:.4f}; "
                f"{judged}" + (" *" if line["best"] else "")
            )
            if self.fancy:
                self.bar.console.print(text)
            elif self.plain:
                say(text)
        elif line["kind"] == "step" and self.plain:
            say(
                f"epoch {line['epoch'] + 1} step {line['step']}/{len(self.trainer.batches)} loss {line['loss']:.4f} "
                f"rate {line['rates']['classifier']:.2e} {line['pictures_per_second']:.1f} images/s "
                f"{self._left()} left"
            )

    def _left(self) -> str:
        done = self._done()
        spent = time.monotonic() - self.started
        return clock(spent / max(1, done - self.first) * (self.trainer.total_steps - done))
