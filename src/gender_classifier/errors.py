"""Errors that a user can mend: one clear line each, and the exit code that goes with it.

Exit codes: 0 fine, 1 ran and found something wrong, 2 wrong use, 3 unreadable
input, 4 interrupted with everything so far kept.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path

from gender_classifier.names import printable

INSTALLED_FROM, WHERE = ".", "in a checkout of gender-classifier"
"""What pip is given, and where: no package index has the package. Once one has, its name and nothing."""


class ExitCode(IntEnum):
    """What the command line returns to the shell."""

    FINE = 0
    FOUND_WRONG = 1
    WRONG_USE = 2
    UNREADABLE = 3
    INTERRUPTED = 4


class UserError(Exception):
    """Wrong use: the message says what, where and what to do, in one line, whatever names stand in it."""

    exit_code = ExitCode.WRONG_USE

    def __str__(self) -> str:
        return printable(super().__str__())


class UnreadableError(UserError):
    """Input that cannot be read: a missing, broken or lying file."""

    exit_code = ExitCode.UNREADABLE


class UnwritableError(UserError):
    """A file of a run that cannot be written: the disk is full, say. What was written before stands."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: cannot be written ({reason}); make room, then go on with --resume")


class FoundWrongError(UserError):
    """The command ran, and what it found must not pass: an export that differs, say."""

    exit_code = ExitCode.FOUND_WRONG


def install_command(extra: str = "") -> str:
    """Give the pip command that installs this package, with an extra of `pyproject.toml` if one is named."""
    return f"pip install '{INSTALLED_FROM}[{extra}]'" if extra else f"pip install {INSTALLED_FROM}"


def install_hint(extra: str = "") -> str:
    """Say how and where to install this package, with an extra, for the end of an error's line."""
    return install_command(extra) + (f" ({WHERE})" if WHERE else "")
