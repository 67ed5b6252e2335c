"""`summary`: show the network stage by stage: operator, repeats, output shape, parameters, MACs."""

from __future__ import annotations

from typing import Annotated

import typer

from gender_classifier.cli.options import examples

app = typer.Typer()


@app.command(epilog=examples("summary", "summary --size 128 --mermaid"))
def summary(
    size: Annotated[int, typer.Option(help="image size, pixels")] = 224,
    mermaid: Annotated[bool, typer.Option("--mermaid", help="as a diagram for documents")] = False,
) -> None:
    """Show the network stage by stage: operator, repeats, output shape, parameters, MACs."""
    from gender_classifier.networks.show import summary as run

    raise typer.Exit(run(size, as_mermaid=mermaid))
