"""The command line: one file a command, each a signature, its help with examples, and one call into a room."""

from __future__ import annotations

from gender_classifier.cli.application import app, main

__all__ = ["app", "main"]
