"""Options that several commands have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cores import checked_threads
from gender_classifier.errors import UserError


def _capped(asked: int | None) -> int | None:
    if asked is None:
        return None
    threads = checked_threads(asked)
    if threads < asked and os.environ.get("RANK", "0") == "0":  # under torchrun every process would say the same
        cores = "1 core" if threads == 1 else f"{threads} cores"
        typer.echo(f"--threads {asked}: this process may use {cores}, so {threads} it is; more only wait", err=True)
    return threads


Threads = Annotated[
    int | None,
    typer.Option(callback=_capped, help="threads; none: all cores that this process may use, which is also the most"),
]

Overwrite = Annotated[bool, typer.Option("--overwrite", help="replace what is there already under that name")]


def refuse_existing(out: Path | None, overwrite: bool, holding: str | None = None) -> None:
    """Keep what an earlier run wrote, or anyone else, unless it was said that it may go.

    Args:
        out: file to write; a folder where ``holding`` is given.
        overwrite: it may be replaced.
        holding: file of a folder by which an earlier run's is known.

    Raises:
        UserError: it is there already.
    """
    if out is None or overwrite:
        return
    there = out.is_file() if holding is None else (out / holding).is_file()
    if there:
        holds = "is there already" if holding is None else f"holds {holding} of an earlier run"
        raise UserError(f"{out}: {holds}; --overwrite replaces it, or choose another name")
