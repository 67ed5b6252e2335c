"""How the command line ends: errors as one line, signals, readers that leave, and exit codes.

0 fine, 1 ran and found something wrong, 2 wrong use, 3 unreadable input, 4 interrupted with everything so far kept.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from gender_classifier.errors import ExitCode, UserError, install_hint

_TYPER_INTERRUPTED = 130  # what typer makes of Ctrl-C
# What a person can mend: a full disk, a folder that cannot be written.
_MENDABLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR)
EXTRAS = {
    "train": ("torch", "safetensors", "tensorboard", "onnx"),
    "evidence": ("matplotlib", "pyarrow", "scipy", "cleanlab"),
}
"""Modules that only some commands need, by the extra that brings them."""


class _Stop:
    """Handler of Ctrl-C and of a polite kill, which remembers that it was called.

    A library may turn the KeyboardInterrupt that comes out of it into an error of its own (safetensors does).
    """

    def __init__(self) -> None:
        self.asked = False

    def __call__(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        signal.default_int_handler(number, frame)


def run_to_exit(app: Callable[[], object]) -> None:
    """Run a typer application, which ends by SystemExit, to its exit code; a user's error is one line on stderr.

    Raises:
        SystemExit: with the exit code; a mistake of our own comes through as it is.
    """
    # Training takes both signals over, to finish the step in progress.
    stop = _Stop()
    signal.signal(signal.SIGTERM, stop)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a shell's background jobs ignore it
        signal.signal(signal.SIGINT, stop)
    try:
        app()
    except UserError as error:
        if stop.asked and error.exit_code != ExitCode.INTERRUPTED:
            _leave("interrupted", ExitCode.INTERRUPTED)
        _leave(str(error), error.exit_code)
    except KeyboardInterrupt:
        _leave("interrupted", ExitCode.INTERRUPTED)
    except SystemExit as ended:
        # `… | head`: typer says 1, which here means something wrong, or Python 120, where the rest finds no reader.
        if isinstance(ended.__context__, BrokenPipeError) or not _all_written():
            raise SystemExit(int(ExitCode.INTERRUPTED)) from None
        if ended.code != _TYPER_INTERRUPTED:
            raise
        _leave("interrupted", ExitCode.INTERRUPTED)
    except OSError as error:
        if error.errno not in _MENDABLE:
            raise
        _leave(f"{error.filename or 'output'}: {error.strerror}", ExitCode.WRONG_USE)
    except ModuleNotFoundError as error:
        extra = _extra_for(error.name or "")
        if extra is None:
            raise
        _leave(f"{error.name} is not installed: {install_hint(extra)}", ExitCode.WRONG_USE)


def _all_written() -> bool:
    """Write what standard output still holds; False where nobody reads it any more."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes once more at its own end, and would complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def _leave(text: str, code: ExitCode) -> NoReturn:
    # Under torchrun every process would say the same.
    if os.environ.get("RANK", "0") == "0":
        print(f"error: {text}", file=sys.stderr)
    raise SystemExit(int(code)) from None


def _extra_for(module: str) -> str | None:
    return next((extra for extra, modules in EXTRAS.items() if module.split(".")[0] in modules), None)
