"""How far a film has got: its time, the speed as a multiple of real time, and the time left."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn

from gender_classifier.names import printable, to_text
from gender_classifier.system.console import clock, say
from gender_classifier.system.pace import Pace
from gender_classifier.video.reading import Film

EVERY = 30.0
"""Seconds between lines where there is no terminal."""


@contextmanager
def film_progress(
    film: Film, begin: float, end: float | None, what: str = ""
) -> Iterator[Callable[[float, int], None]]:
    """Show on stderr how far a film has got: a bar on a terminal, else a line from time to time.

    Args:
        film: that is read.
        begin: seconds of film at which reading begins.
        end: seconds of film at which it stops; None: at the film's end.
        what: a word for what is made of the film, as `annotated`; empty: faces are sought, and their number is told.

    Yields:
        A function to call after each look with its time (seconds of film) and its number of faces.
    """
    name = " ".join(filter(None, (printable(to_text(os.path.basename(film.path))), what)))
    last = min((value for value in (film.length, end) if value is not None), default=None)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[said]}"))
    now = said = time.monotonic()
    pace = Pace(max(1, round((last or begin) - begin)), now)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(escape(name), total=last and max(last - begin, 0.1), said="")
        stepped, faces = 0, 0

        def tick(at: float, seen: int) -> None:
            nonlocal stepped, faces, said
            faces += seen
            while stepped < int(at - begin):
                pace.step(time.monotonic())
                stepped += 1
            now = time.monotonic()
            text = _text(pace, now, at, last, "" if what else f"{faces} faces")
            bar.update(task, completed=at - begin, said=text)
            if not console.is_terminal and now - said >= EVERY:
                said = now
                say(f"{name}: {text}")

        yield tick


def _text(pace: Pace, now: float, at: float, last: float | None, found: str) -> str:
    rate, left = pace.rate(now), pace.seconds_left(now)
    parts = [clock(at) + ("" if last is None else f" of {clock(last)}"), *([found] if found else [])]
    if rate is not None:
        parts.append(f"{rate:.1f} times real time")
    if left is not None and last is not None:
        parts.append(f"{clock(max(0.0, left))} left")
    return ", ".join(parts)
