"""`count`: count women and men behind predictions: shares corrected for the model's errors, with intervals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    MODELS,
    OUTPUT,
    Overwrite,
    examples,
    model_option,
)
from gender_classifier.system.files import refuse_existing

app = typer.Typer()


@app.command(
    epilog=examples("count faces.csv", "count scores.parquet --model run --confusion labelled.parquet --out count.json")
)
def count(
    scores: Annotated[Path, typer.Argument(help="scores table, or what `predict` wrote: .csv, .jsonl or .parquet")],
    model: Annotated[
        Path | None,
        model_option(f"what scored them: file, run folder or name ({MODELS}); none: `release`", group=None),
    ] = None,
    confusion: Annotated[
        Path | None, typer.Option(help="labelled scores that tell the errors; none: report.json beside the model")
    ] = None,
    tta: Annotated[bool, typer.Option("--tta", help="made with --tta; of a scores table, its view `tta`")] = False,
    out: Annotated[Path | None, typer.Option(rich_help_panel=OUTPUT, help="JSON file to write as well")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Count women and men behind predictions: shares corrected for the model's errors, with intervals."""
    from gender_classifier.evaluation.count import count as run

    refuse_existing(out, overwrite)
    raise typer.Exit(run(scores, model=model, confusion=confusion, tta=tta, out=out))
