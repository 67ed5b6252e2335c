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
    """Wrong use: the message says what, where and what to do, in one line, whatever names stand in it.

    Attributes:
        exit_code: what the command line returns to the shell; each subclass has its own.
    """

    exit_code = ExitCode.WRONG_USE

    def __str__(self) -> str:
        return printable(super().__str__())


class UnreadableError(UserError):
    """Input that cannot be read: a missing, broken or lying file."""

    exit_code = ExitCode.UNREADABLE


class UnwritableError(UserError):
    """A file of a run that cannot be written: the disk is full, say. What was written before stands.

    Args:
        path: of the file.
        reason: a few words, as the system gives them.
    """

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: cannot be written ({reason}); make room, then go on with --resume")


class FoundWrongError(UserError):
    """The command ran, and what it found must not pass: an export that differs, say."""

    exit_code = ExitCode.FOUND_WRONG


def first_line(error: BaseException) -> str:
    """Give what an exception of another package says.

    Args:
        error: as it was raised.

    Returns:
        The first line of its text; the name of its kind where it has none.
    """
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__


def install_command(extra: str = "") -> str:
    """Give the pip command that installs this package.

    Args:
        extra: one of the extras in `pyproject.toml`, such as `video`; empty: none.

    Returns:
        The command line; where it is to be run, `WHERE` says.
    """
    return f"pip install '{INSTALLED_FROM}[{extra}]'" if extra else f"pip install {INSTALLED_FROM}"


def install_hint(extra: str = "") -> str:
    """Say how and where to install this package, for the end of an error's line.

    Args:
        extra: one of the extras in `pyproject.toml`; empty: none.

    Returns:
        The command of `install_command`, with `WHERE` in brackets behind it.
    """
    return install_command(extra) + (f" ({WHERE})" if WHERE else "")
