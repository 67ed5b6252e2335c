"""What a person sees while a command runs: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gender_classifier import streams
from gender_classifier.commands.pace import Pace
from gender_classifier.names import printable

if TYPE_CHECKING:
    from gender_classifier.training.loop import Trainer


def say(text: str) -> None:
    """One line to the person, on stderr, so that stdout stays for results."""
    streams.tell(text)


@contextmanager
def steps_left(what: str, total: int, every: float = 30.0) -> Iterator[Callable[[], None]]:
    """Count steps with the time left: a bar on a terminal, else a line from time to time; call it after each step.

    Args:
        what: is counted.
        total: steps.
        every: seconds between lines.
    """
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    said = time.monotonic()
    pace = Pace(total, said)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task, done = bar.add_task(escape(printable(what)), total=total), 0

        def step() -> None:
            nonlocal done, said
            done += 1
            bar.advance(task)
            now = time.monotonic()
            pace.step(now)
            left = pace.seconds_left(now)
            if not console.is_terminal and now - said >= every and left is not None:
                said = now
                say(f"{what} {done}/{total} {clock(left)} left")

        yield step


def clock(seconds: float) -> str:
    """Write seconds as hours, minutes and seconds, 1:02:03."""
    return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{int(seconds % 60):02d}"


class TrainingProgress:
    """Epoch, step, rate, loss, the last validation's metrics and the time left."""

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
        """Called after every optimizer step."""
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
        """Called with each line of the run's log."""
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
                f"rate {line['rates']['classifier']:.2e} {line['pictures_per_second']:.1f} pictures/s "
                f"{self._left()} left"
            )

    def _left(self) -> str:
        done = self._done()
        spent = time.monotonic() - self.started
        return clock(spent / max(1, done - self.first) * (self.trainer.total_steps - done))
