"""The command line as a person calls it: in this process, or in one of its own."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import gender_classifier
from gender_classifier.cli import main

from .small_network import NARROW_CHANGES

SOURCE = Path(gender_classifier.__file__).parents[1]

# Options of a run that takes seconds: 3 steps an epoch on the images of `drawn_faces`.
SMALL = (
    "--config=quick",
    *(
        f"--set={change}"
        for change in (
            "model.init_weights=none",  # tests make the network narrow
            "data.size=32",
            "data.workers=0",
            "data.choose_share=0.25",
            "train.batch_size=8",
            "train.epochs=1",
            "train.log_every=1",
            "augment.enabled=false",
            *NARROW_CHANGES,
        )
    ),
)


@dataclass(frozen=True)
class Outcome:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line that says what went wrong: the last on stderr, nothing like a traceback before it."""
        assert "Traceback" not in self.err
        lines = self.err.splitlines()
        assert sum(line.startswith("error: ") for line in lines) == 1
        assert lines[-1].startswith("error: ")
        return lines[-1]


def call(*arguments: str | Path) -> Outcome:
    """Run the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            patch.setattr(sys, "argv", ["gender-classifier", *map(str, arguments)])
            with pytest.raises(SystemExit) as stopped:
                main()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return Outcome(int(stopped.value.code or 0), out.getvalue(), err.getvalue())


def start(*arguments: str | Path, script: str = "") -> subprocess.Popen[str]:
    """Start the command line in a process (and process group) of its own, after `script`."""
    code = script + "\nfrom gender_classifier.cli import main\nmain()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@contextlib.contextmanager
def undrawn() -> Iterator[None]:
    """Runs of this process without figures: these take most of a short run's time, and are made of what it leaves.

    `tests/training/test_finish.py` looks at a run's figures, `tests/report` at each of them.
    """
    pytest.importorskip("torch")
    from gender_classifier.training import finish

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finish, "write_figures", lambda *_: None)
        yield


def environment() -> dict[str, str]:
    """Of a child process: this package, as many threads as here, wide lines."""
    return {**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": "200"}


def ended(process: subprocess.Popen[str]) -> Outcome:
    """Wait for a process."""
    out, err = process.communicate()
    return Outcome(process.returncode, out, err)


def reviewed(folder: Path, *rows: str) -> Path:
    """A table of reviewed labels, as `--corrections` takes it; `rows` are `path,decision`."""
    path = folder / "reviewed.csv"
    path.write_text("\n".join(["path,decision", *rows]) + "\n", encoding="utf-8")
    return path
