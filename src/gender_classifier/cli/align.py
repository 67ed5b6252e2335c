"""`align`: find the face in each image and write its canonical crop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    FACES,
    OUTPUT,
    Detector,
    NoRotate,
    choice,
    examples,
)

app = typer.Typer()


@app.command(epilog=examples("align photos crops", "align photos crops --margin 1.3 --no-face skip --format png"))
def align(
    source: Annotated[Path, typer.Argument(help="folder of images")],
    target: Annotated[Path, typer.Argument(help="new folder for the crops, same layout")],
    margin: Annotated[float, typer.Option(help="1: the canonical crop; more shows more hair and chin")] = 1.0,
    min_face: Annotated[int, typer.Option(rich_help_panel=FACES, help="smallest face sought, pixels")] = 24,
    no_face: Annotated[
        str, choice(("centre", "skip"), group=FACES, help="without a face: the central square instead, or leave out")
    ] = "centre",
    image_format: Annotated[str, choice(("jpg", "png"), "--format", group=OUTPUT, help="of the crops")] = "jpg",
    detector: Detector = None,
    no_rotate: NoRotate = False,
) -> None:
    """Find the face in each image and write its canonical crop."""
    from gender_classifier.faces.align_folder import align as run

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
