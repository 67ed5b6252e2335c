"""The command line: one thin function a command. What a command does stands in ``commands/``.

The commands that audit, compare and count are in ``cli_evidence``; exit codes and interruptions in ``cli_exit``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from gender_classifier import __version__, cli_evidence
from gender_classifier.cli_exit import run_to_exit
from gender_classifier.cli_options import Overwrite, Threads, refuse_existing
from gender_classifier.cores import let_waiting_threads_sleep
from gender_classifier.errors import UserError
from gender_classifier.released import own_band

app = typer.Typer(
    help="Perceived gender of faces: train, evaluate, predict.",
    add_completion=False,
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


@app.command()
def train(
    data: Annotated[Path, typer.Argument(help="DATA/train/{female,male} and DATA/{val|valid}/..., or a CSV manifest")],
    out: Annotated[Path, typer.Option(help="run folder to write")],
    config: Annotated[str | None, typer.Option(help="a recipe's name (facecom, quick) or a YAML file")] = None,
    init_weights: Annotated[
        str | None,
        typer.Option(help=".safetensors, .pth or .onnx in timm's, torchvision's or our layout; `release`; `imagenet`"),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on with the run in OUT")] = False,
    skip_unreadable: Annotated[bool, typer.Option("--skip-unreadable", help="leave out what cannot be read")] = False,
    exclude: Annotated[Path | None, typer.Option(help="file with a picture's name a line, to leave out")] = None,
    corrections: Annotated[Path | None, typer.Option(help="CSV of reviewed labels: columns path, decision")] = None,
    soft_labels: Annotated[
        list[Path] | None,
        typer.Option(help="scores table of other models, to learn from their answers too; may be repeated: averaged"),
    ] = None,
    folds: Annotated[int | None, typer.Option(help="instead: so many runs below OUT, and out-of-fold scores")] = None,
    log: Annotated[str | None, typer.Option(help="`tensorboard`: also write its event files")] = None,
    changes: Annotated[list[str] | None, typer.Option("--set", help="section.key=value; may be repeated")] = None,
    threads: Threads = None,
) -> None:
    """Train on a folder of faces; ends with a model, a results table, figures and a report in OUT."""
    asked = list(changes or [])
    if skip_unreadable:
        asked.append("data.skip_unreadable=true")
    if exclude is not None:
        asked.append(f"data.exclude={exclude.resolve()}")
    if corrections is not None:
        asked.append(f"data.corrections={corrections.resolve()}")
    if soft_labels:
        # JSON is YAML in which no name means anything but itself.
        asked.append(f"soft_labels.scores={json.dumps([str(table.resolve()) for table in soft_labels])}")
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


@app.command()
def evaluate(
    source: Annotated[Path, typer.Argument(help="a run folder or a model file (.onnx)")],
    data: Annotated[
        list[Path] | None, typer.Argument(help="labelled folders or manifests; none: the run's own")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="folder for scores, report and figures")] = None,
    tta: Annotated[bool | None, typer.Option(help="also score the model's other views")] = None,
    skip_unreadable: Annotated[bool, typer.Option("--skip-unreadable", help="leave out what cannot be read")] = False,
    threads: Threads = None,
    prior: Annotated[str | None, typer.Option(help="correct for a population, for example male=0.77")] = None,
    corrections: Annotated[Path | None, typer.Option(help="CSV of reviewed labels: columns path, decision")] = None,
    photos: Annotated[
        bool, typer.Option("--photos", help="find each picture's face first; not found is wrong")
    ] = False,
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
    )


@app.command()
def align(
    source: Annotated[Path, typer.Argument(help="folder of pictures")],
    target: Annotated[Path, typer.Argument(help="new folder for the crops, same layout")],
    margin: Annotated[float, typer.Option(help="1: the canonical crop; more shows more hair and chin")] = 1.0,
    min_face: Annotated[int, typer.Option(help="smallest face sought, pixels")] = 24,
    no_face: Annotated[str, typer.Option(help="`centre`: the central square instead; `skip`: leave out")] = "centre",
    image_format: Annotated[str, typer.Option("--format", help="jpg or png")] = "jpg",
    detector: Annotated[Path | None, typer.Option(help="another YuNet file")] = None,
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
        )
    )


@app.command()
def predict(
    paths: Annotated[list[str], typer.Argument(help="pictures, folders, patterns; `-`: a list on standard input")],
    out: Annotated[Path | None, typer.Option(help="table to write: .csv, .jsonl or .parquet")] = None,
    annotate: Annotated[Path | None, typer.Option(help="folder for pictures with their faces framed")] = None,
    crops: Annotated[Path | None, typer.Option(help="folder for the crops that the network saw")] = None,
    explain: Annotated[
        Path | None, typer.Option(help="folder for each crop beside where its evidence lies; a second or so a face")
    ] = None,
    faces_only: Annotated[bool, typer.Option("--faces-only", help="pictures are crops already: seek no faces")] = False,
    tta: Annotated[bool, typer.Option("--tta", help="average over the model's views")] = False,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="folders with all below them")] = False,
    min_face: Annotated[
        int | None, typer.Option(help="smallest face sought, pixels; none: 24 in a photo of 1280, in proportion")
    ] = None,
    threads: Threads = None,
    model: Annotated[Path | None, typer.Option(help="model file (.onnx) or run folder; none: the released one")] = None,
    detector: Annotated[Path | None, typer.Option(help="another YuNet file")] = None,
    engine: Annotated[str, typer.Option(help="onnxruntime, or openvino (an extra)")] = "onnxruntime",
    resume: Annotated[bool, typer.Option("--resume", help="go on with an --out that was interrupted")] = False,
    prior: Annotated[str | None, typer.Option(help="correct for a population, for example male=0.77")] = None,
    overwrite: Overwrite = False,
    pages: Annotated[bool, typer.Option("--pages", help="all pages or frames of a file, not the first alone")] = False,
    right: Annotated[
        float | None,
        typer.Option(help=f"share of the answers wanted right, as 0.95; other faces are uncertain. None: {own_band()}"),
    ] = None,
    answer_all: Annotated[bool, typer.Option("--answer-all", help="no face is uncertain")] = False,
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
        right=right,
        answer_all=answer_all,
    )
    raise typer.Exit(run(paths, options))


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="annotated picture to write, .jpg or .png")] = Path("demo.jpg"),
    threads: Threads = None,
    overwrite: Overwrite = False,
) -> None:
    """Predict the photograph that comes with the package and write the annotated result."""
    from gender_classifier.commands.demo import demo as run

    refuse_existing(out, overwrite)
    raise typer.Exit(run(out, threads))


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="run folder")],
    out: Annotated[Path | None, typer.Option(help="file to write; none: RUN/model.onnx")] = None,
    float16: Annotated[bool, typer.Option("--float16", help="store weights in half the space")] = False,
    hub: Annotated[
        Path | None, typer.Option(help="instead: new folder in the Hugging Face hub's layout, model card included")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write the run's best weights as one ONNX file that carries all it needs."""
    from gender_classifier.commands.export import export as write

    refuse_existing(out, overwrite)
    raise typer.Exit(write(run, out, float16=float16, hub=hub))


@app.command()
def summary(
    size: Annotated[int, typer.Option(help="picture size, pixels")] = 224,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="as a diagram for documents")] = False,
) -> None:
    """Show the network stage by stage: operator, repeats, output shape, parameters, MACs."""
    from gender_classifier.commands.summary import summary as run

    raise typer.Exit(run(size, as_mermaid=mermaid))


@app.command()
def card(
    source: Annotated[Path, typer.Argument(metavar="RUN_OR_REPORT", help="run or evaluation folder, or a report.json")],
    figures: Annotated[Path | None, typer.Option(help="JSON file of further tables")] = None,
    out: Annotated[
        Path | None, typer.Option(help="file to write, Markdown, or a page by .html; none: standard output")
    ] = None,
    html: Annotated[bool, typer.Option("--html", help="a page that needs no network, in place of Markdown")] = False,
    overwrite: Overwrite = False,
) -> None:
    """Write a model card in the Hugging Face hub's format, or as a page, from a report."""
    from gender_classifier.commands.card import card as run

    refuse_existing(out, overwrite)
    raise typer.Exit(run(source, figures, out, html))


app.add_typer(cli_evidence.app)  # without a name: its commands stand beside those above


def main() -> None:
    """Run the command line; a user's error is one line on stderr and its exit code."""
    let_waiting_threads_sleep()
    run_to_exit(app)
