"""`doctor`: show versions, engines, cores, model hashes and speed here."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gender_classifier.cli.options import OUTPUT, examples
from gender_classifier.system import streams

app = typer.Typer()


@app.command(epilog=examples("doctor", "doctor --json"))
def doctor(
    as_json: Annotated[bool, typer.Option("--json", rich_help_panel=OUTPUT, help="as JSON")] = False,
) -> None:
    """Show versions, engines, cores, model hashes and speed here. Exit code 1 where something is wrong."""
    from rich.console import Console

    from gender_classifier.errors import ExitCode
    from gender_classifier.inference.demo import demo_photo
    from gender_classifier.inference.doctor import examine, show

    found = examine(demo_photo())
    if as_json:
        streams.for_data().write(json.dumps(found, indent=1) + "\n")
    else:
        show(found, Console())
    for fault in found["faults"]:
        streams.tell(f"wrong: {fault}")
    raise typer.Exit(ExitCode.FOUND_WRONG if found["faults"] else ExitCode.FINE)
