"""`audit`: know the data: copies, leaks across splits, bad images, doubtful labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    MODELS,
    OUTPUT,
    Overwrite,
    Threads,
    examples,
    model_option,
)
from gender_classifier.system.files import refuse_existing

app = typer.Typer()


@app.command(epilog=examples("audit faces --out audited", "audit faces --model release --out audited"))
def audit(
    data: Annotated[list[Path], typer.Argument(help="labelled images: folders or CSV manifests")],
    model: Annotated[
        Path | None,
        model_option(f"model file (.onnx), run folder or name ({MODELS}), for what it says of faces and labels"),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="instead, for labels: a scores table, as of `train --folds`")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="folder for the page, the tables and the JSON")
    ] = None,
    person: Annotated[str, typer.Option(help="regex; its first group in a file's name tells the person")] = "",
    threads: Threads = None,
    overwrite: Overwrite = False,
) -> None:
    """Know the data: copies, leaks across splits, bad images, doubtful labels. Exit code 1 where splits leak."""
    from gender_classifier.audit.run import audit as run

    refuse_existing(out, overwrite, holding="audit.json")
    raise typer.Exit(run(data, model=model, scores=scores, out=out, person=person, threads=threads))
