"""`robustness`: models under degradations at five strengths."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    MODELS,
    OUTPUT,
    Threads,
    examples,
    model_source,
)

app = typer.Typer()


@app.command(
    epilog=examples(
        "robustness release labelled --out robust",
        "robustness a.onnx b.onnx manifest.csv --out robust --kinds jpeg,noise --limit 500",
    )
)
def robustness(
    models: Annotated[
        list[Path],
        typer.Argument(
            parser=model_source,
            metavar="MODEL...",
            help=f"model files (.onnx), run folders or names ({MODELS}), and then the data",
        ),
    ],
    data: Annotated[Path, typer.Argument(help="labelled crops: a folder or a CSV manifest")],
    out: Annotated[
        Path,
        typer.Option(rich_help_panel=OUTPUT, help="folder for tables, figures and scores; goes on with what it holds"),
    ],
    kinds: Annotated[
        list[str] | None, typer.Option(help="a degradation; may be repeated, or joined by commas; none: all")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="so many of the images")] = None,
    threads: Threads = None,
    seed: Annotated[int, typer.Option(min=0, help="of what is random in the degradations")] = 0,
) -> None:
    """Measure accuracy and calibration of models under degradations at five strengths, on the same images."""
    from gender_classifier.evaluation.robustness import run_robustness

    raise typer.Exit(run_robustness(models, data, out, kinds=kinds or (), limit=limit, threads=threads, seed=seed))
