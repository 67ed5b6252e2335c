"""Options that several commands have."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from gender_classifier.cores import checked_threads


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
