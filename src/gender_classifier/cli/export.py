"""`export`: write the run's best weights as one ONNX file that carries all it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    MODELS,
    OUTPUT,
    Overwrite,
    examples,
    model_source,
)
from gender_classifier.system.files import refuse_existing

app = typer.Typer()


@app.command(epilog=examples("export run", "export run --out model.onnx --float16", "export run --hub upload"))
def export(
    run: Annotated[
        Path, typer.Argument(parser=model_source, metavar="RUN", help=f"run folder; with --hub also {MODELS}")
    ],
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="file to write; none: RUN/model.onnx")
    ] = None,
    float16: Annotated[
        bool, typer.Option("--float16", rich_help_panel=OUTPUT, help="store weights in half the space")
    ] = False,
    hub: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=OUTPUT, help="instead: new folder in the Hugging Face hub's layout, model card included"
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the run's best weights as one ONNX file that carries all it needs."""
    from gender_classifier.training.export import export as write

    refuse_existing(out, overwrite)
    raise typer.Exit(write(run, out, float16=float16, hub=hub))
