"""What `predict` shows on a terminal: a bar while it works, and a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from gender_classifier.inference.annotate import COLOURS
from gender_classifier.inference.results import Prediction
from gender_classifier.inference.writers import values_of
from gender_classifier.system.console import clock
from gender_classifier.system.pace import Pace


class _Rate(ProgressColumn):
    def __init__(self, pace: Pace) -> None:
        super().__init__()
        self._pace = pace

    def render(self, task: Task) -> Text:
        now = time.monotonic()
        rate, left = self._pace.rate(now), self._pace.seconds_left(now)
        return Text("" if rate is None or left is None else f"{rate:.1f}/s {clock(left)} left")


@contextmanager
def counting(what: str, total: int, before: int = 0) -> Iterator[Callable[[int], None]]:
    """Show a bar of progress on standard error, if that is a terminal.

    Args:
        what: name of what is counted, before the bar.
        total: images in all.
        before: those of them that an earlier run did.

    Yields:
        A function to call after each image, with the number of faces found so far.
    """
    pace = Pace(total - before, time.monotonic())
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[faces]} faces"),
        _Rate(pace),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total, completed=before, faces=0)

        def tick(faces: int) -> None:
            pace.step(time.monotonic())
            bar.update(task, advance=1, faces=faces)

        yield tick


def predictions_table(rows: Sequence[Prediction]) -> Table:
    """Make a table of answers, for people to read.

    Args:
        rows: in their order.

    Returns:
        A table of `rich`, a line a row: image, face, label, probability of male, size of the face, status.
    """
    table = Table(caption="Perceived gender, in the two classes that annotators used; no fact about a person.")
    table.add_column("image", overflow="fold")
    for name in ("face", "label", "probability of male", "face, pixels"):
        table.add_column(name, justify="right" if name != "label" else "left")
    table.add_column("status", overflow="fold")
    for row in rows:
        values = values_of(row)
        red, green, blue = COLOURS.get(row.label, (0, 0, 0))
        table.add_row(
            Text(values["path"]),  # as Text: a name with brackets is not markup
            "" if row.face is None else str(row.face),
            Text(row.label, f"rgb({red},{green},{blue}) bold" if row.label else ""),
            "" if row.probability_male is None else f"{100 * row.probability_male:.1f} %",
            "" if row.face_px is None else f"{row.face_px:.0f}",
            Text("; ".join(filter(None, (row.status, f"turned by {row.turned}°" if row.turned else "", row.note)))),
        )
    return table
