"""The application: its commands, in the order of its help, and how it runs."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gender_classifier import __version__
from gender_classifier.cli import (
    align,
    audit,
    card,
    compare,
    count,
    demo,
    doctor,
    evaluate,
    export,
    models,
    predict,
    robustness,
    serve,
    summary,
    train,
    video,
    web,
)
from gender_classifier.cli.exit_codes import run_to_exit
from gender_classifier.cli.options import examples
from gender_classifier.system import streams
from gender_classifier.system.cores import let_waiting_threads_sleep

FIRST = ("predict", "demo", "train", "evaluate")
"""Commands that the help lists before the others."""


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        others = [name for name in super().list_commands(ctx) if name not in FIRST]
        return [*FIRST, *others]


app = typer.Typer(
    cls=_Commands,
    help="Perceived gender of faces: predict, train, evaluate.",
    epilog=examples("predict holiday.jpg", "predict photos -r --out faces.csv", "COMMAND --help"),
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"gender-classifier {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Perceived gender of faces, in the two classes that annotators used: train, evaluate, predict."""


for part in (
    train,
    evaluate,
    export,
    summary,
    card,
    predict,
    video,
    demo,
    align,
    robustness,
    count,
    audit,
    compare,
    models,
    doctor,
    serve,
    web,
):
    app.add_typer(part.app)  # without a name: its command stands beside the others


def main() -> None:
    """Run the command line; a user's error is one line on stderr and its exit code."""
    streams.prepare()
    let_waiting_threads_sleep()
    run_to_exit(app)
