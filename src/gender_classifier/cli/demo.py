"""`demo`: predict the photograph that comes with the package and write the annotated result."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    OUTPUT,
    Overwrite,
    Threads,
    examples,
)
from gender_classifier.system.files import refuse_existing

app = typer.Typer()


@app.command(epilog=examples("demo", "demo --out answer.png"))
def demo(
    out: Annotated[Path, typer.Option(rich_help_panel=OUTPUT, help="annotated image to write, .jpg or .png")] = Path(
        "demo.jpg"
    ),
    threads: Threads = None,
    overwrite: Overwrite = False,
) -> None:
    """Predict the photograph that comes with the package and write the annotated result."""
    from gender_classifier.inference.demo import demo as run

    refuse_existing(out, overwrite)
    raise typer.Exit(run(out, threads))
