"""`train`: train on a folder of faces; ends with a model, a results table, figures and a report in OUT."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gender_classifier.cli.options import (
    DATA,
    LEARNING,
    OUTPUT,
    Threads,
    choice,
    examples,
)
from gender_classifier.errors import UserError
from gender_classifier.model_files.registry import is_name
from gender_classifier.names import to_text

if TYPE_CHECKING:
    from gender_classifier.config.reading import Change

app = typer.Typer()


@app.command(
    epilog=examples(
        "train faces --out run",
        "train manifest.csv --out run --config release --init-weights release",
        "train faces --out run --resume",
        "train faces --out run --set train.epochs=5 --set data.size=160",
    )
)
def train(
    data: Annotated[Path, typer.Argument(help="DATA/train/{female,male} and DATA/{val|valid}/..., or a CSV manifest")],
    out: Annotated[Path, typer.Option(rich_help_panel=OUTPUT, help="run folder to write")],
    config: Annotated[
        str | None, typer.Option(rich_help_panel=LEARNING, help="a recipe's name (facecom, quick) or a YAML file")
    ] = None,
    init_weights: Annotated[
        str | None,
        typer.Option(
            rich_help_panel=LEARNING,
            help="`release`, `imagenet`, `none` (random layers) or a file: .safetensors, .pth or .onnx in timm's, "
            "torchvision's or our layout; not given: the recipe's, `release` but for `demo`",
        ),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", rich_help_panel=OUTPUT, help="go on with the run in OUT")] = False,
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", rich_help_panel=DATA, help="leave out what cannot be read")
    ] = False,
    exclude: Annotated[
        Path | None, typer.Option(rich_help_panel=DATA, help="file with an image's name a line, to leave out")
    ] = None,
    corrections: Annotated[
        Path | None, typer.Option(rich_help_panel=DATA, help="CSV of reviewed labels: columns path, decision")
    ] = None,
    soft_labels: Annotated[
        list[Path] | None,
        typer.Option(
            rich_help_panel=DATA,
            help="scores table of other models, to learn from their answers too; may be repeated: averaged",
        ),
    ] = None,
    average_with: Annotated[
        list[str] | None,
        typer.Option(
            rich_help_panel=LEARNING,
            help="model file or name whose weights are averaged with the run's; may be repeated: all count the same",
        ),
    ] = None,
    folds: Annotated[
        int | None,
        typer.Option(rich_help_panel=LEARNING, help="instead: so many runs below OUT, and out-of-fold scores"),
    ] = None,
    log: Annotated[str | None, choice(("tensorboard",), group=OUTPUT, help="also write its event files")] = None,
    changes: Annotated[
        list[str] | None, typer.Option("--set", rich_help_panel=LEARNING, help="section.key=value; may be repeated")
    ] = None,
    threads: Threads = None,
) -> None:
    """Train on a folder of faces; ends with a model, a results table, figures and a report in OUT."""
    asked: list[Change] = list(changes or [])
    if skip_unreadable:
        asked.append("data.skip_unreadable=true")
    if exclude is not None:
        asked.append(("data.exclude", to_text(exclude.resolve())))
    if corrections is not None:
        asked.append(("data.corrections", to_text(corrections.resolve())))
    if soft_labels:
        asked.append(("soft_labels.scores", [to_text(table.resolve()) for table in soft_labels]))
    if average_with:
        models = [name if is_name(name) else to_text(Path(name).resolve()) for name in average_with]
        asked.append(("average.models", models))
    if log is not None:
        if log != "tensorboard":
            raise UserError(f"--log {log}: only `tensorboard` is known")
        asked.append("train.tensorboard=true")
    if folds is not None:
        from gender_classifier.training.folds import train_folds

        train_folds(
            data, out, folds, config=config, init_weights=init_weights, resume=resume, changes=asked, threads=threads
        )
        return
    from gender_classifier.training.run import train as run

    run(data, out, config=config, init_weights=init_weights, resume=resume, changes=asked, threads=threads)
