"""Standard streams that stop no command: closed ones, full ones, and encodings that lack letters."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
from typing import TextIO

from gender_classifier.errors import UserError
from gender_classifier.names import printable

_FALLBACK = "gender_classifier.fallback"
_PLAIN = {
    "\u00d7": "x",
    "\u2013": "-",
    "\u2212": "-",
    "\u2018": "'",
    "\u2019": "'",
    "\u201c": '"',
    "\u201d": '"',
    "\u2026": "...",
    "\u2265": ">=",
    "\u2264": "<=",
    "\u00b2": "2",
}
_closed: set[int] = set()


def prepare() -> None:
    """Make standard streams that always take what is written; call it once, before anything is.

    A closed one leads nowhere from then on: its number must not become that of the next file opened, into which a
    library would write. Letters that an encoding lacks are written plainly, or else by their number.
    """
    codecs.register_error(_FALLBACK, _plainly)
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            _closed.add(number)
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            mode = "w" if number else "r"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_FALLBACK)


def _plainly(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_PLAIN.get(letter) or ascii(letter)[1:-1] for letter in lacking), error.end


def require_stdout(instead: str) -> None:
    """Refuse to work for a standard output that is closed.

    Args:
        instead: what to do, "name a file with --out" say.

    Raises:
        UserError: it is closed; it must have been so when `prepare` was called.
    """
    if 1 in _closed:
        raise UserError(f"standard output is closed, and with it the answer lost; {instead}")


def for_data() -> TextIO:
    """Give the standard output for a table or document.

    Returns:
        `sys.stdout`: UTF-8 on every system, as files are; in its own encoding where it is a terminal.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    return sys.stdout


def tell(text: str) -> None:
    """Write a line to standard error; where that is full or gone, work goes on.

    Args:
        text: one line, without its end; names in it are made safe (`names.printable`).
    """
    try:
        print(printable(text), file=sys.stderr, flush=True)
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Lead a stream nowhere that takes nothing more: Python flushes it once more at its end, and would complain.

    Args:
        stream: standard output or standard error.
    """
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
