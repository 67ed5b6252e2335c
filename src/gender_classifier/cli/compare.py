"""`compare`: models, runs or scores side by side on the same images."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    DATA,
    MODELS,
    OUTPUT,
    Overwrite,
    Threads,
    examples,
    model_source,
)

app = typer.Typer()


@app.command(epilog=examples("compare release run/model.onnx labelled", "compare run judged --out comparison --tta"))
def compare(
    sources: Annotated[
        list[Path],
        typer.Argument(
            parser=model_source,
            metavar="A B... [DATA]",
            help=f"model files (.onnx), names ({MODELS}), run or evaluation folders, scores tables; then the labelled "
            "images, a folder or a CSV manifest, which scores alone can do without",
        ),
    ],
    out: Annotated[
        Path, typer.Option(rich_help_panel=OUTPUT, help="folder for page, tables, changed images and scores")
    ] = Path("comparison"),
    tta: Annotated[bool, typer.Option("--tta", help="each also with test-time augmentation, where it has it")] = False,
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", rich_help_panel=DATA, help="leave out images that cannot be read")
    ] = False,
    draws: Annotated[int, typer.Option(min=100, help="of the bootstrap")] = 2000,
    threads: Threads = None,
    overwrite: Overwrite = False,
) -> None:
    """Compare models, runs or scores on the same images: paired tests, tables for a paper, what changed."""
    from gender_classifier.evaluation.compare import CompareOptions, compare_models

    options = CompareOptions(
        out, tta=tta, skip_unreadable=skip_unreadable, draws=draws, threads=threads, overwrite=overwrite
    )
    raise typer.Exit(compare_models(sources, options))
