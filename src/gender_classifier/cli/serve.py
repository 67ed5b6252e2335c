"""`serve`: answer images over HTTP."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    ENGINES,
    MODELS,
    SPEED,
    Threads,
    choice,
    examples,
)
from gender_classifier.errors import UserError
from gender_classifier.system.texts import read_text

app = typer.Typer()

ADDRESS, LIMITS = "Address", "Limits"
KEY = "GENDER_CLASSIFIER_KEY"
"""Variable of the environment that holds the key; on a command line every user of the machine would see it."""


@app.command(
    epilog=examples(
        "serve",
        "serve --site site",
        "serve --port 9000 --engine auto",
        "serve --host 0.0.0.0 --key-file key.txt",
    )
)
def serve(
    host: Annotated[
        str, typer.Option(rich_help_panel=ADDRESS, help="address to bind to; 0.0.0.0: all, for other machines")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, rich_help_panel=ADDRESS, help="0: any that is free")] = 8000,
    key_file: Annotated[
        Path | None,
        typer.Option(rich_help_panel=ADDRESS, help=f"file with the key that requests must bring; or set {KEY}"),
    ] = None,
    site: Annotated[
        Path | None, typer.Option(rich_help_panel=ADDRESS, help="folder that `web` wrote: its page is shown at /")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option(rich_help_panel=SPEED, help=f"model file, run folder or name: {MODELS}; may be repeated"),
    ] = None,
    threads: Threads = None,
    engine: Annotated[
        str, choice(ENGINES, group=SPEED, help="what runs the network; auto: the fastest that is there")
    ] = "onnxruntime",
    max_bytes: Annotated[int, typer.Option(min=1, rich_help_panel=LIMITS, help="of a request")] = 64_000_000,
    max_pixels: Annotated[int, typer.Option(min=1, rich_help_panel=LIMITS, help="of an image")] = 50_000_000,
    max_files: Annotated[int, typer.Option(min=1, rich_help_panel=LIMITS, help="of a request")] = 32,
    queue: Annotated[
        int, typer.Option(min=1, rich_help_panel=LIMITS, help="images in progress; more are refused with 503")
    ] = 128,
    batch_wait: Annotated[
        float, typer.Option(min=0, rich_help_panel=LIMITS, help="milliseconds that a face waits for others")
    ] = 4,
    timeout: Annotated[
        float, typer.Option(min=0.1, rich_help_panel=LIMITS, help="seconds that an answer may take")
    ] = 60,
) -> None:
    """Answer images over HTTP, from this machine alone unless --host says otherwise. No image is kept or logged."""
    from gender_classifier.server.run import run
    from gender_classifier.server.settings import ServerSettings

    settings = ServerSettings(
        models=tuple(model) if model else ServerSettings.models,
        engine=engine,
        threads=threads,
        key=_key(key_file),
        site=site,
        max_bytes=max_bytes,
        max_pixels=max_pixels,
        max_files=max_files,
        queue=queue,
        batch_wait=batch_wait / 1000,
        answer_seconds=timeout,
    )
    run(settings, host, port)


def _key(file: Path | None) -> str | None:
    if file is None:
        return os.environ.get(KEY) or None
    key = read_text(file).strip()
    if not key:
        raise UserError(f"{file}: holds no key")
    return key
