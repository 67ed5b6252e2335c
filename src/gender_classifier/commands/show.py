"""What ``predict`` shows on a terminal: a bar while it works, and a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from gender_classifier.commands.rows import values_of
from gender_classifier.inference.annotate import COLOURS
from gender_classifier.inference.prediction import Prediction


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on standard error, if that is a terminal; call it after each picture with the faces so far."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[faces]} faces"),
        _Rate(),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=total, faces=0)
        yield lambda faces: bar.update(task, advance=1, faces=faces)


def predictions_table(rows: Sequence[Prediction]) -> Table:
    """A row a face, for people: path, face, label, probability, size, status."""
    table = Table(caption="Perceived gender, in the two classes that annotators used; no fact about a person.")
    table.add_column("picture", overflow="fold")
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
            Text(row.status),
        )
    return table
