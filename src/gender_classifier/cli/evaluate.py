"""`evaluate`: score labelled images; writes scores, report and figures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    ANSWERS,
    DATA,
    MODELS,
    OUTPUT,
    Overwrite,
    Threads,
    examples,
    model_source,
)
from gender_classifier.errors import UserError

app = typer.Typer()


@app.command(
    epilog=examples(
        "evaluate run",
        "evaluate release labelled --out judged",
        "evaluate model.onnx manifest.csv --tta --prior male=0.77",
    )
)
def evaluate(
    source: Annotated[
        Path,
        typer.Argument(parser=model_source, metavar="MODEL", help=f"a run folder, a model file (.onnx) or {MODELS}"),
    ],
    data: Annotated[
        list[Path] | None, typer.Argument(help="labelled folders or manifests; none: the run's own")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="folder for scores, report and figures")
    ] = None,
    tta: Annotated[
        bool | None, typer.Option(rich_help_panel=ANSWERS, help="also score the model's other views")
    ] = None,
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", rich_help_panel=DATA, help="leave out what cannot be read")
    ] = False,
    threads: Threads = None,
    prior: Annotated[
        str | None, typer.Option(rich_help_panel=ANSWERS, help="correct for a population, for example male=0.77")
    ] = None,
    corrections: Annotated[
        Path | None, typer.Option(rich_help_panel=DATA, help="CSV of reviewed labels: columns path, decision")
    ] = None,
    photos: Annotated[
        bool, typer.Option("--photos", rich_help_panel=DATA, help="find each image's face first; not found is wrong")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Score labelled images; writes scores, report and figures."""
    if not data:
        if skip_unreadable or overwrite:
            raise UserError(
                f"{source}: --skip-unreadable and --overwrite go with images to evaluate on; "
                "without any, a run's own report is made again"
            )
        from gender_classifier.training.again import evaluate_again

        evaluate_again(source, threads, out=out, tta=tta, prior=prior, corrections=corrections, photos=photos)
        return
    from gender_classifier.evaluation.evaluate import evaluate as run

    run(
        source,
        data,
        out=out,
        tta=tta,
        skip_unreadable=skip_unreadable,
        threads=threads,
        prior=prior,
        corrections=corrections,
        photos=photos,
        overwrite=overwrite,
    )
