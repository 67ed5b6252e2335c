"""`video`: films in, screen time out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    ANSWERS,
    FACES,
    OUTPUT,
    Engine,
    Model,
    Overwrite,
    Threads,
    choice,
    examples,
)

app = typer.Typer()

FILM = "{name}"
FORMATS = ("own", "ina")


def _one_each(help: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(
        rich_help_panel=OUTPUT, help=f"{help}; of several films with {FILM} in it"
    )
    return option


@app.command(
    epilog=examples(
        "video film.mp4",
        "video film.mp4 --out faces.csv --tracks tracks.csv --page film.html",
        "video film.mp4 --subtitles film.ass --annotate annotated.mp4",
        "video *.mp4 --out faces.csv --summary films.csv --page '{name}.html' --resume",
    )
)
def video(
    films: Annotated[list[str], typer.Argument(help="films, in any format that FFmpeg reads")],
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="table of faces: .csv, .jsonl or .parquet")
    ] = None,
    tracks: Annotated[Path | None, typer.Option(rich_help_panel=OUTPUT, help="table of tracks")] = None,
    shots: Annotated[Path | None, typer.Option(rich_help_panel=OUTPUT, help="table of shots")] = None,
    summary: Annotated[Path | None, typer.Option(rich_help_panel=OUTPUT, help="table with a row a film")] = None,
    subtitles: Annotated[
        Path | None, _one_each(".ass (frames and answers in place), .srt or .vtt (answers as text)")
    ] = None,
    annotate: Annotated[Path | None, _one_each("the film with faces framed and its sound, .mp4")] = None,
    page: Annotated[Path | None, _one_each("page with timeline, tracks and totals, .html")] = None,
    timeline: Annotated[Path | None, _one_each("image of the timeline, .png")] = None,
    table_format: Annotated[
        str, choice(FORMATS, "--format", group=OUTPUT, help="columns of --out; ina: inaFaceAnalyzer's")
    ] = "own",
    fps: Annotated[float, typer.Option(rich_help_panel=FACES, help="frames a second that are looked at")] = 5.0,
    keyframes: Annotated[
        bool, typer.Option("--keyframes", rich_help_panel=FACES, help="key frames alone: fastest, and coarse")
    ] = False,
    start: Annotated[str, typer.Option(rich_help_panel=FACES, help="where to begin: seconds, or 1:02:03")] = "0",
    end: Annotated[str | None, typer.Option(rich_help_panel=FACES, help="where to stop; none: at the end")] = None,
    min_face: Annotated[
        int | None,
        typer.Option(rich_help_panel=FACES, help="smallest face sought, pixels; none: 24, or 1/18 of the height"),
    ] = None,
    confusion: Annotated[
        Path | None,
        typer.Option(rich_help_panel=ANSWERS, help="scores of labelled faces like these, for the share's correction"),
    ] = None,
    right: Annotated[
        float | None,
        typer.Option(rich_help_panel=ANSWERS, help="share of the answers wanted right, as 0.95; none: the model's own"),
    ] = None,
    answer_all: Annotated[
        bool, typer.Option("--answer-all", rich_help_panel=ANSWERS, help="no face and no track is uncertain")
    ] = False,
    model: Model = None,
    engine: Engine = "onnxruntime",
    threads: Threads = None,
    resume: Annotated[
        bool, typer.Option("--resume", rich_help_panel=OUTPUT, help="go on with an --out that was interrupted")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Say how long women and men are on screen in films, with an interval, and show it."""
    from gender_classifier.errors import UserError
    from gender_classifier.video.options import Outputs, VideoOptions, seconds
    from gender_classifier.video.run import run

    if table_format not in FORMATS:
        raise UserError(f"--format {table_format}: {' or '.join(FORMATS)}")
    look = VideoOptions(
        rate=fps,
        keyframes=keyframes,
        start=seconds("start", start),
        end=None if end is None else seconds("end", end),
        min_face=min_face,
        right=right,
        answer_all=answer_all,
    )
    outputs = Outputs(
        out=out,
        tracks=tracks,
        shots=shots,
        summary=summary,
        subtitles=subtitles,
        annotate=annotate,
        page=page,
        timeline=timeline,
        ina=table_format == "ina",
        resume=resume,
        overwrite=overwrite,
    )
    raise typer.Exit(run(films, look, outputs, model=model, engine=engine, threads=threads, confusion=confusion))
