"""`predict`: find the faces in photos and say female, male or uncertain of each, with a probability."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    ANSWERS,
    FACES,
    OUTPUT,
    Detector,
    Engine,
    Model,
    NoRotate,
    Overwrite,
    Threads,
    examples,
)
from gender_classifier.model_files.released import own_band

app = typer.Typer()


@app.command(
    epilog=examples(
        "predict holiday.jpg",
        "predict photos -r --out faces.csv",
        "predict photos -r --out faces.csv --resume",
        "predict 'photos/*.jpg' --annotate shown --right 0.95",
    )
)
def predict(
    paths: Annotated[list[str], typer.Argument(help="images, folders, patterns; `-`: a list on standard input")],
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="table to write: .csv, .jsonl or .parquet")
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="folder for images with their faces framed")
    ] = None,
    crops: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="folder for the crops that the network saw")
    ] = None,
    explain: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=OUTPUT, help="folder for each crop beside where its evidence lies; a second or so a face"
        ),
    ] = None,
    faces_only: Annotated[
        bool, typer.Option("--faces-only", rich_help_panel=FACES, help="images are crops already: seek no faces")
    ] = False,
    tta: Annotated[bool, typer.Option("--tta", rich_help_panel=ANSWERS, help="average over the model's views")] = False,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", rich_help_panel=FACES, help="folders with all below them")
    ] = False,
    min_face: Annotated[
        int | None,
        typer.Option(
            rich_help_panel=FACES, help="smallest face sought, pixels; none: 24 in a photo of 1280, in proportion"
        ),
    ] = None,
    threads: Threads = None,
    model: Model = None,
    detector: Detector = None,
    engine: Engine = "onnxruntime",
    resume: Annotated[
        bool, typer.Option("--resume", rich_help_panel=OUTPUT, help="go on with an --out that was interrupted")
    ] = False,
    prior: Annotated[
        str | None, typer.Option(rich_help_panel=ANSWERS, help="correct for a population, for example male=0.77")
    ] = None,
    overwrite: Overwrite = False,
    pages: Annotated[
        bool, typer.Option("--pages", rich_help_panel=FACES, help="all pages or frames of a file, not the first alone")
    ] = False,
    no_rotate: NoRotate = False,
    right: Annotated[
        float | None,
        typer.Option(
            rich_help_panel=ANSWERS,
            help=f"share of the answers wanted right, as 0.95; other faces are uncertain. None: {own_band()}",
        ),
    ] = None,
    answer_all: Annotated[
        bool, typer.Option("--answer-all", rich_help_panel=ANSWERS, help="no face is uncertain")
    ] = False,
) -> None:
    """Find the faces in photos and say female, male or uncertain of each, with a probability."""
    from gender_classifier.inference.predict import PredictOptions
    from gender_classifier.inference.predict import predict as run

    options = PredictOptions(
        out=out,
        annotate=annotate,
        crops=crops,
        explain=explain,
        faces_only=faces_only,
        tta=tta,
        recursive=recursive,
        min_face=min_face,
        threads=threads,
        model=model,
        detector=detector,
        engine=engine,
        resume=resume,
        prior=prior,
        overwrite=overwrite,
        pages=pages,
        rotate=not no_rotate,
        right=right,
        answer_all=answer_all,
    )
    raise typer.Exit(run(paths, options))
