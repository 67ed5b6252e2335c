"""`card`: write a model card in the Hugging Face hub's format, or as a page, from a report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gender_classifier.cli.options import (
    MODELS,
    OUTPUT,
    Overwrite,
    examples,
    model_source,
)
from gender_classifier.system.files import refuse_existing

app = typer.Typer()


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
    from gender_classifier.report.write_card import card as run

    refuse_existing(out, overwrite)
    raise typer.Exit(run(source, figures, out, html))
