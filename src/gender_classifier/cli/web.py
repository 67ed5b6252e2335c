"""`web`: write a page on which pictures never leave the browser."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import OUTPUT, Model, Overwrite, examples

app = typer.Typer()

ARCHIVE = "onnxruntime-web-1.30.0.tgz"
"""As `web.runtime.VERSION`, which loads more than help needs; a test holds them equal."""


@app.command(epilog=examples("web --out site", f"web --out site --runtime {ARCHIVE}"))
def web(
    out: Annotated[Path, typer.Option(rich_help_panel=OUTPUT, help="folder to write")],
    model: Model = None,
    runtime: Annotated[
        Path | None,
        typer.Option(help="onnxruntime-web's archive, as `npm pack` gives it; none: it is fetched from npm's registry"),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write a static site that finds and answers faces in the browser: pictures never leave it."""
    from gender_classifier.web.site import web as run

    raise typer.Exit(run(out, model, runtime, overwrite))
