"""Options that several commands have."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from gender_classifier.model_files.registry import SHIPPED, is_name, named
from gender_classifier.system.cores import checked_threads

ANSWERS, FACES, OUTPUT, SPEED = "Answers", "Images and faces", "Output", "Model and speed"
DATA, LEARNING = "Data", "Learning"
"""Groups of options in a command's help."""


def examples(*commands: str) -> str:
    """Write examples for the end of a command's help, a line each; each must be a call that the command takes."""
    return "\n\n".join(["Examples:", *(f"gender-classifier {command}" for command in commands)])


def choice(values: Sequence[str], *names: str, help: str, group: str | None = None) -> Any:
    """Make an option that shows what it takes and completes it; the command itself refuses anything else in a line."""
    return typer.Option(
        *names,
        metavar=f"[{'|'.join(values)}]",
        autocompletion=lambda: list(values),
        rich_help_panel=group,
        help=help,
    )


ENGINES = ("auto", "onnxruntime", "openvino", "cuda", "coreml", "directml")
"""As `inference.backends.registry.NAMES`, which loads onnxruntime; a test holds them equal."""
MODELS = ", ".join(f"`{model.name}`" for model in SHIPPED)
"""Names of the models that come with the package, for help texts."""


def model_source(text: str) -> Path:
    """Read what names a model, in an argument's or option's `parser`: a shipped model's name, or a path.

    A name wins over what has that name in the working directory; a line says how to name that.
    """
    if is_name(text) and os.path.lexists(text):
        here = f"the file or folder of that name here is {os.path.join(os.curdir, text)}"
        typer.echo(f"{text}: the model that comes with the package; {here}", err=True)
    return named(text)


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
    typer.Option(
        callback=_capped,
        rich_help_panel=SPEED,
        help="threads; none: all cores that this process may use, which is also the most",
    ),
]

Overwrite = Annotated[
    bool, typer.Option("--overwrite", rich_help_panel=OUTPUT, help="replace what is there already under that name")
]

NoRotate = Annotated[
    bool,
    typer.Option(
        "--no-rotate",
        rich_help_panel=FACES,
        help="do not seek turned faces where none, or only a poor one, stands upright",
    ),
]


def model_option(help: str, group: str | None = SPEED) -> Any:
    """Make the option that names a model."""
    return typer.Option(parser=model_source, metavar="MODEL", rich_help_panel=group, help=help)


Model = Annotated[Path | None, model_option(f"model file (.onnx), run folder or name: {MODELS}; none: `release`")]

Engine = Annotated[str, choice(ENGINES, group=SPEED, help="what runs the network; auto: the fastest that is there")]

Detector = Annotated[Path | None, typer.Option(rich_help_panel=FACES, help="another YuNet file")]
