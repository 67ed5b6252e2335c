"""What a person sees while a command runs: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gender_classifier.names import printable
from gender_classifier.system import streams
from gender_classifier.system.pace import Pace


def say(text: str) -> None:
    """Say a line to the person, on standard error, so that standard output stays for results.

    Args:
        text: one line, without its end; names in it are made safe.
    """
    streams.tell(text)


@contextmanager
def steps_left(what: str, total: int, every: float = 30.0) -> Iterator[Callable[[], None]]:
    """Show how many steps are done and the time left: a bar on a terminal, else a line from time to time.

    Args:
        what: is counted, "images" say; stands before the numbers.
        total: steps.
        every: seconds between lines, where standard error is no terminal.

    Yields:
        A function without arguments, to call after each step.
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
    """Write seconds as hours, minutes and seconds.

    Args:
        seconds: from 0; a broken second is cut off.

    Returns:
        Text such as `1:02:03`.
    """
    return f"{int(seconds // 3600)}:{int(seconds % 3600 // 60):02d}:{int(seconds % 60):02d}"
