"""`models`: list the models that come with the package: size, accuracy, speed, SHA-256."""

from __future__ import annotations

from typing import Annotated

import typer

from gender_classifier.cli.options import OUTPUT, examples

app = typer.Typer()


@app.command(epilog=examples("models", "models --json"))
def models(
    as_json: Annotated[bool, typer.Option("--json", rich_help_panel=OUTPUT, help="as JSON, with all figures")] = False,
) -> None:
    """List the models that come with the package: size, accuracy, speed, SHA-256. Exit code 1 where one was changed."""
    from gender_classifier.model_files.listing import models as run

    raise typer.Exit(run(as_json))
