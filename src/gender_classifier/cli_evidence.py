"""The command line's second half: commands that look at data, models and scores rather than make them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli_options import (
    DATA,
    MODELS,
    OUTPUT,
    SPEED,
    Overwrite,
    Threads,
    examples,
    model_source,
)
from gender_classifier.files import refuse_existing

app = typer.Typer()


@app.command(
    epilog=examples(
        "robustness release labelled --out robust",
        "robustness a.onnx b.onnx manifest.csv --out robust --kinds jpeg,noise --limit 500",
    )
)
def robustness(
    models: Annotated[
        list[Path],
        typer.Argument(
            parser=model_source,
            metavar="MODEL...",
            help=f"model files (.onnx), run folders or names ({MODELS}), and then the data",
        ),
    ],
    data: Annotated[Path, typer.Argument(help="labelled crops: a folder or a CSV manifest")],
    out: Annotated[
        Path,
        typer.Option(rich_help_panel=OUTPUT, help="folder for tables, figures and scores; goes on with what it holds"),
    ],
    kinds: Annotated[
        list[str] | None, typer.Option(help="a degradation; may be repeated, or joined by commas; none: all")
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="so many of the pictures")] = None,
    threads: Threads = None,
    seed: Annotated[int, typer.Option(min=0, help="of what is random in the degradations")] = 0,
) -> None:
    """Accuracy and calibration of models under degradations at five strengths, on the same pictures."""
    from gender_classifier.commands.robustness import run_robustness

    raise typer.Exit(run_robustness(models, data, out, kinds=kinds or (), limit=limit, threads=threads, seed=seed))


@app.command(
    epilog=examples("count faces.csv", "count scores.parquet --model run --confusion labelled.parquet --out count.json")
)
def count(
    scores: Annotated[Path, typer.Argument(help="scores table, or what `predict` wrote: .csv, .jsonl or .parquet")],
    model: Annotated[
        Path | None,
        typer.Option(
            parser=model_source,
            metavar="MODEL",
            help=f"what scored them: file, run folder or name ({MODELS}); none: `release`",
        ),
    ] = None,
    confusion: Annotated[
        Path | None, typer.Option(help="labelled scores that tell the errors; none: report.json beside the model")
    ] = None,
    tta: Annotated[bool, typer.Option("--tta", help="made with --tta; of a scores table, its view `tta`")] = False,
    out: Annotated[Path | None, typer.Option(rich_help_panel=OUTPUT, help="JSON file to write as well")] = None,
    overwrite: Overwrite = False,
) -> None:
    """Count women and men behind predictions: shares corrected for the model's errors, with intervals."""
    from gender_classifier.commands.count import count as run

    refuse_existing(out, overwrite)
    raise typer.Exit(run(scores, model=model, confusion=confusion, tta=tta, out=out))


@app.command(epilog=examples("audit faces --out audited", "audit faces --model release --out audited"))
def audit(
    data: Annotated[list[Path], typer.Argument(help="labelled pictures: folders or CSV manifests")],
    model: Annotated[
        Path | None,
        typer.Option(
            parser=model_source,
            metavar="MODEL",
            rich_help_panel=SPEED,
            help=f"model file (.onnx), run folder or name ({MODELS}), for what it says of faces and labels",
        ),
    ] = None,
    scores: Annotated[
        Path | None, typer.Option(help="instead, for labels: a scores table, as of `train --folds`")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="folder for the page, the tables and the JSON")
    ] = None,
    person: Annotated[str, typer.Option(help="regex; its first group in a file's name tells the person")] = "",
    threads: Threads = None,
    overwrite: Overwrite = False,
) -> None:
    """Know the data: copies, leaks across splits, bad pictures, doubtful labels. Exit code 1 where splits leak."""
    from gender_classifier.commands.audit import audit as run

    refuse_existing(out, overwrite, holding="audit.json")
    raise typer.Exit(run(data, model=model, scores=scores, out=out, person=person, threads=threads))


@app.command(epilog=examples("compare release run/model.onnx labelled", "compare run judged --out comparison --tta"))
def compare(
    sources: Annotated[
        list[Path],
        typer.Argument(
            parser=model_source,
            metavar="A B... [DATA]",
            help=f"model files (.onnx), names ({MODELS}), run or evaluation folders, scores tables; then the labelled "
            "pictures, a folder or a CSV manifest, which scores alone can do without",
        ),
    ],
    out: Annotated[
        Path, typer.Option(rich_help_panel=OUTPUT, help="folder for page, tables, changed pictures and scores")
    ] = Path("comparison"),
    tta: Annotated[bool, typer.Option("--tta", help="each also with test-time augmentation, where it has it")] = False,
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", rich_help_panel=DATA, help="leave out pictures that cannot be read")
    ] = False,
    draws: Annotated[int, typer.Option(min=100, help="of the bootstrap")] = 2000,
    threads: Threads = None,
    overwrite: Overwrite = False,
) -> None:
    """Models, runs or scores side by side on the same pictures: paired tests, tables for a paper, what changed."""
    from gender_classifier.commands.compare import CompareOptions, compare_models

    options = CompareOptions(
        out, tta=tta, skip_unreadable=skip_unreadable, draws=draws, threads=threads, overwrite=overwrite
    )
    raise typer.Exit(compare_models(sources, options))


@app.command(epilog=examples("models", "models --json"))
def models(
    as_json: Annotated[bool, typer.Option("--json", rich_help_panel=OUTPUT, help="as JSON, with all figures")] = False,
) -> None:
    """List the models that come with the package: size, accuracy, speed, SHA-256. Exit code 1 where one was changed."""
    from gender_classifier.commands.models import models as run

    raise typer.Exit(run(as_json))
