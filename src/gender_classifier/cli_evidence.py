"""The command line's second half: commands that look at data, models and scores rather than make them."""

from __future__ import annotations

import typer

app = typer.Typer()
