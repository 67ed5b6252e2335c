"""The command line's first part: images in, answers or crops out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli_options import (
    ANSWERS,
    ENGINES,
    FACES,
    MODELS,
    OUTPUT,
    SPEED,
    Overwrite,
    Threads,
    choice,
    examples,
    model_source,
)
from gender_classifier.files import refuse_existing
from gender_classifier.released import own_band

app = typer.Typer()

NoRotate = Annotated[
    bool,
    typer.Option(
        "--no-rotate",
        rich_help_panel=FACES,
        help="do not seek turned faces where none, or only a poor one, stands upright",
    ),
]


@app.command(
    epilog=examples(
        "predict holiday.jpg",
        "predict photos -r --out faces.csv",
        "predict photos -r --out faces.csv --resume",
        "predict 'photos/*.jpg' --annotate shown --right 0.95",
    )
)
def predict(
    paths: Annotated[list[str], typer.Argument(help="pictures, folders, patterns; `-`: a list on standard input")],
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="table to write: .csv, .jsonl or .parquet")
    ] = None,
    annotate: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="folder for pictures with their faces framed")
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
        bool, typer.Option("--faces-only", rich_help_panel=FACES, help="pictures are crops already: seek no faces")
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
    model: Annotated[
        Path | None,
        typer.Option(
            parser=model_source,
            metavar="MODEL",
            rich_help_panel=SPEED,
            help=f"model file (.onnx), run folder or name: {MODELS}; none: `release`",
        ),
    ] = None,
    detector: Annotated[Path | None, typer.Option(rich_help_panel=FACES, help="another YuNet file")] = None,
    engine: Annotated[
        str, choice(ENGINES, group=SPEED, help="what runs the network; auto: the fastest that is there")
    ] = "onnxruntime",
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
    from gender_classifier.commands.predict import PredictOptions
    from gender_classifier.commands.predict import predict as run

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


@app.command(epilog=examples("demo", "demo --out answer.png"))
def demo(
    out: Annotated[Path, typer.Option(rich_help_panel=OUTPUT, help="annotated picture to write, .jpg or .png")] = Path(
        "demo.jpg"
    ),
    threads: Threads = None,
    overwrite: Overwrite = False,
) -> None:
    """Predict the photograph that comes with the package and write the annotated result."""
    from gender_classifier.commands.demo import demo as run

    refuse_existing(out, overwrite)
    raise typer.Exit(run(out, threads))


@app.command(epilog=examples("align photos crops", "align photos crops --margin 1.3 --no-face skip --format png"))
def align(
    source: Annotated[Path, typer.Argument(help="folder of pictures")],
    target: Annotated[Path, typer.Argument(help="new folder for the crops, same layout")],
    margin: Annotated[float, typer.Option(help="1: the canonical crop; more shows more hair and chin")] = 1.0,
    min_face: Annotated[int, typer.Option(rich_help_panel=FACES, help="smallest face sought, pixels")] = 24,
    no_face: Annotated[
        str, choice(("centre", "skip"), group=FACES, help="without a face: the central square instead, or leave out")
    ] = "centre",
    image_format: Annotated[str, choice(("jpg", "png"), "--format", group=OUTPUT, help="of the crops")] = "jpg",
    detector: Annotated[Path | None, typer.Option(rich_help_panel=FACES, help="another YuNet file")] = None,
    no_rotate: NoRotate = False,
) -> None:
    """Find the face in each picture and write its canonical crop."""
    from gender_classifier.commands.align import align as run

    raise typer.Exit(
        run(
            source,
            target,
            margin=margin,
            min_face=min_face,
            no_face=no_face,
            image_format=image_format,
            detector=detector,
            rotate=not no_rotate,
        )
    )
