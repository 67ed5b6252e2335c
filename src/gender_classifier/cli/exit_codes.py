"""How the command line ends: errors as one line, signals, readers that leave, and exit codes.

0 fine, 1 ran and found something wrong, 2 wrong use, 3 unreadable input, 4 interrupted with everything so far kept.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from gender_classifier.errors import ExitCode, UserError, install_hint
from gender_classifier.system import streams
from gender_classifier.system.files import refuse_address

_TYPER_INTERRUPTED = 130  # what typer makes of Ctrl-C
# What a person can mend: a full disk, a folder that cannot be written or is gone, a name that is too long.
_MENDABLE = frozenset(
    (
        *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EACCES, errno.EPERM, errno.EROFS),
        *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP, errno.ENAMETOOLONG),
        *(errno.EINVAL, errno.ENXIO, errno.ENODEV, errno.EBUSY, errno.EMFILE, errno.ENFILE, errno.ESTALE),
        *(errno.ETIMEDOUT, errno.EOPNOTSUPP),
    )
)
_OPTION = re.compile(r"--(?!set\b)[a-z-]+=")
_OUTPUTS = ("--out", "--annotate", "--crops", "--explain", "--hub")
EXTRAS = {
    "train": ("torch", "safetensors", "tensorboard", "onnx"),
    "server": ("fastapi", "h11", "prometheus_client", "python_multipart", "starlette", "uvicorn"),
    "video": ("av",),
    "hub": ("huggingface_hub",),
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
        _check_surroundings()
        app()
    except UserError as error:
        if stop.asked and error.exit_code != ExitCode.INTERRUPTED:
            _leave("interrupted", ExitCode.INTERRUPTED)
        _leave(str(error), error.exit_code)
    except KeyboardInterrupt:
        _leave("interrupted", ExitCode.INTERRUPTED)
    except SystemExit as ended:
        # `… | head`: typer says 1, which here means something wrong, or Python 120, where the rest finds no reader.
        _end_output(ended)
        if ended.code != _TYPER_INTERRUPTED:
            raise
        _leave("interrupted", ExitCode.INTERRUPTED)
    except OSError as error:
        if error.errno not in _MENDABLE:
            raise
        _refused(error)
    except ModuleNotFoundError as error:
        extra = _extra_for(error.name or "")
        if extra is None:
            raise
        _leave(f"{error.name} is not installed: {install_hint(extra)}", ExitCode.WRONG_USE)


def _check_surroundings() -> None:
    """Refuse what no command can work with: a working folder that is gone, and addresses in a file's place.

    Raises:
        UserError: one of them.
    """
    try:
        os.getcwd()
    except OSError:
        raise UserError("the working folder is not there any more; change to another one") from None
    before = ""
    for argument in sys.argv[1:]:
        if before != "--set":
            refuse_address(_OPTION.sub("", argument, count=1))
        before = argument


def _end_output(ended: SystemExit) -> None:
    """Write what standard output still holds, and end otherwise where that goes nowhere."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        left = True
    except OSError as error:
        _refused(error)
    else:
        left = isinstance(ended.__context__, BrokenPipeError)
    if left:
        streams.silence(sys.stdout)
        raise SystemExit(int(ExitCode.INTERRUPTED)) from None


def _refused(error: OSError) -> NoReturn:
    """A line on what the system refused."""
    if error.filename is None:  # no file: it was written to a stream
        streams.silence(sys.stdout)
    name = os.fsdecode(error.filename or "output")
    # The system refuses such a name before it says whether a file has it: as an input it is one that is not there.
    missing = error.errno == errno.ENAMETOOLONG and _is_input(name)
    _leave(f"{name}: {error.strerror}", ExitCode.UNREADABLE if missing else ExitCode.WRONG_USE)


def _is_input(name: str) -> bool:
    """Whether the command line has this name, and not after an option that names what is to be written."""
    before = dict(zip(sys.argv[1:], sys.argv, strict=False))
    return name in before and before[name] not in _OUTPUTS


def _leave(text: str, code: ExitCode) -> NoReturn:
    # Under torchrun every process would say the same.
    if os.environ.get("RANK", "0") == "0":
        streams.tell(f"error: {text}")
    raise SystemExit(int(code)) from None


def _extra_for(module: str) -> str | None:
    return next((extra for extra, modules in EXTRAS.items() if module.split(".")[0] in modules), None)
