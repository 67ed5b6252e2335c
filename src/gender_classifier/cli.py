"""The command line: one thin function a command. What a command does stands in ``commands/``.

Commands that take images and answer are in ``cli_predict``, those that audit, compare and count in ``cli_evidence``,
options that several have in ``cli_options``; exit codes and interruptions in ``cli_exit``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from gender_classifier import __version__, cli_doctor, cli_evidence, cli_predict, streams
from gender_classifier.cli_exit import run_to_exit
from gender_classifier.cli_options import (
    ANSWERS,
    DATA,
    LEARNING,
    MODELS,
    OUTPUT,
    Overwrite,
    Threads,
    choice,
    examples,
    model_source,
)
from gender_classifier.cores import let_waiting_threads_sleep
from gender_classifier.errors import UserError
from gender_classifier.files import refuse_existing
from gender_classifier.names import to_text

if TYPE_CHECKING:
    from gender_classifier.config import Change

FIRST = ("predict", "demo", "train", "evaluate")
"""Commands that the help lists before the others."""


class _Commands(TyperGroup):
    def list_commands(self, ctx: Any) -> list[str]:
        others = [name for name in super().list_commands(ctx) if name not in FIRST]
        return [*FIRST, *others]


app = typer.Typer(
    cls=_Commands,
    help="Perceived gender of faces: predict, train, evaluate.",
    epilog=examples("predict holiday.jpg", "predict photos -r --out faces.csv", "COMMAND --help"),
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"gender-classifier {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    """Perceived gender of faces, in the two classes that annotators used: train, evaluate, predict."""


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
        Path | None, typer.Option(rich_help_panel=DATA, help="file with a picture's name a line, to leave out")
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
    if log is not None:
        if log != "tensorboard":
            raise UserError(f"--log {log}: only `tensorboard` is known")
        asked.append("train.tensorboard=true")
    if folds is not None:
        from gender_classifier.commands.folds import train_folds

        train_folds(
            data, out, folds, config=config, init_weights=init_weights, resume=resume, changes=asked, threads=threads
        )
        return
    from gender_classifier.commands.train import train as run

    run(data, out, config=config, init_weights=init_weights, resume=resume, changes=asked, threads=threads)


@app.command(
    epilog=examples(
        "evaluate run",
        "evaluate release labelled --out judged",
        "evaluate model.onnx manifest.csv --tta --prior male=0.77",
    )
)
def evaluate(
    source: Annotated[
        Path,
        typer.Argument(parser=model_source, metavar="MODEL", help=f"a run folder, a model file (.onnx) or {MODELS}"),
    ],
    data: Annotated[
        list[Path] | None, typer.Argument(help="labelled folders or manifests; none: the run's own")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="folder for scores, report and figures")
    ] = None,
    tta: Annotated[
        bool | None, typer.Option(rich_help_panel=ANSWERS, help="also score the model's other views")
    ] = None,
    skip_unreadable: Annotated[
        bool, typer.Option("--skip-unreadable", rich_help_panel=DATA, help="leave out what cannot be read")
    ] = False,
    threads: Threads = None,
    prior: Annotated[
        str | None, typer.Option(rich_help_panel=ANSWERS, help="correct for a population, for example male=0.77")
    ] = None,
    corrections: Annotated[
        Path | None, typer.Option(rich_help_panel=DATA, help="CSV of reviewed labels: columns path, decision")
    ] = None,
    photos: Annotated[
        bool, typer.Option("--photos", rich_help_panel=DATA, help="find each picture's face first; not found is wrong")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Score labelled pictures; writes scores, report and figures."""
    from gender_classifier.commands.evaluate import evaluate as run

    run(
        source,
        data or [],
        out=out,
        tta=tta,
        skip_unreadable=skip_unreadable,
        threads=threads,
        prior=prior,
        corrections=corrections,
        photos=photos,
        overwrite=overwrite,
    )


@app.command(epilog=examples("export run", "export run --out model.onnx --float16", "export run --hub upload"))
def export(
    run: Annotated[
        Path, typer.Argument(parser=model_source, metavar="RUN", help=f"run folder; with --hub also {MODELS}")
    ],
    out: Annotated[
        Path | None, typer.Option(rich_help_panel=OUTPUT, help="file to write; none: RUN/model.onnx")
    ] = None,
    float16: Annotated[
        bool, typer.Option("--float16", rich_help_panel=OUTPUT, help="store weights in half the space")
    ] = False,
    hub: Annotated[
        Path | None,
        typer.Option(
            rich_help_panel=OUTPUT, help="instead: new folder in the Hugging Face hub's layout, model card included"
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the run's best weights as one ONNX file that carries all it needs."""
    from gender_classifier.commands.export import export as write

    refuse_existing(out, overwrite)
    raise typer.Exit(write(run, out, float16=float16, hub=hub))


@app.command(epilog=examples("summary", "summary --size 128 --mermaid"))
def summary(
    size: Annotated[int, typer.Option(help="picture size, pixels")] = 224,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="as a diagram for documents")] = False,
) -> None:
    """Show the network stage by stage: operator, repeats, output shape, parameters, MACs."""
    from gender_classifier.commands.summary import summary as run

    raise typer.Exit(run(size, as_mermaid=mermaid))


@app.command(epilog=examples("card run --out MODEL_CARD.md", "card run --out card.html", "card release"))
def card(
    source: Annotated[
        Path,
        typer.Argument(
            parser=model_source,
            metavar="RUN_OR_REPORT",
            help=f"run or evaluation folder, a report.json, or {MODELS}",
        ),
    ],
    figures: Annotated[Path | None, typer.Option(help="JSON file of further tables")] = None,
    out: Annotated[
        Path | None,
        typer.Option(rich_help_panel=OUTPUT, help="file to write, Markdown, or a page by .html; none: standard output"),
    ] = None,
    html: Annotated[
        bool, typer.Option("--html", rich_help_panel=OUTPUT, help="a page that needs no network, in place of Markdown")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Write a model card in the Hugging Face hub's format, or as a page, from a report."""
    from gender_classifier.commands.card import card as run

    refuse_existing(out, overwrite)
    raise typer.Exit(run(source, figures, out, html))


for part in (cli_predict, cli_evidence, cli_doctor):
    app.add_typer(part.app)  # without a name: its commands stand beside those above


def main() -> None:
    """Run the command line; a user's error is one line on stderr and its exit code."""
    streams.prepare()
    let_waiting_threads_sleep()
    run_to_exit(app)
