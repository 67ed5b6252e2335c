"""What `video` says on the screen: a table with a row a film, and which share to quote."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gender_classifier.names import printable
from gender_classifier.video.result import VideoResult
from gender_classifier.video.screen_time import Errors
from gender_classifier.video.tables import Row


def films_table(rows: Sequence[Row]) -> None:
    """Print the summary on standard output, a line a film; a share that is not to be quoted stands in brackets.

    Args:
        rows: one a film, of `tables.summary_row` or `tables.empty_row`.
    """
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    table.add_column("film", overflow="fold")
    for heading in ("women, s", "men, s", "uncertain, s", "women, % [95 %]"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("status", overflow="fold")
    for row in rows:
        share = row["share_female"]
        women = "" if share is None else f"{100 * share:.0f} {_interval(row)}"
        seconds = (row["female_s"], row["male_s"], row["uncertain_s"])
        table.add_row(
            Text(row["path"]),
            *("" if value is None else f"{value:.1f}" for value in seconds),
            women if share is None or row["quotable"] else f"({women})",
            Text(printable("; ".join(filter(None, (row["status"], row["note"]))))),
        )
    Console().print(table)


def _interval(row: Row) -> str:
    return f"[{100 * row['share_female_low']:.0f}, {100 * row['share_female_high']:.0f}]"


def sentences(result: VideoResult, errors: Errors | None) -> Iterator[str]:
    """Say which share of a film to quote, and what speaks against it or is to be said with it.

    Args:
        result: of a film.
        errors: of the model; None: not known.

    Yields:
        Lines for a person: the share, the reasons, then the seconds in which women, men, both or nobody are seen.
    """
    time = result.screen_time
    yield f"{result.path}: {time.line()}"
    if errors is None:
        yield "- no report beside the model tells how often it errs: name labelled --confusion SCORES for a share"
    for reason in time.against:
        yield f"- {'Against it' if reason.forbids else 'Say with it'}: {reason.text}"
    yield (
        f"In {time.watched:.1f} s, {len(result.shots)} shots and {time.tracks} tracks: at least one woman "
        f"{time.with_female:.1f} s, one man {time.with_male:.1f} s, both {time.with_both:.1f} s, nobody "
        f"{time.with_nobody:.1f} s"
    )
