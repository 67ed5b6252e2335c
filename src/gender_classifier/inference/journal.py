"""What is done so far: rows of predictions on the disk, which an interruption cannot harm."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.inference.results import Prediction
from gender_classifier.system.files import beside

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_ANEW = "begin anew with --overwrite, without --resume"


class Journal:
    """Answers as they come, a line an image, beside the table that they will become.

    A line that a kill cut short is dropped when the journal is opened again, and its image is done anew: no row is
    lost or doubled. The first line tells the settings, which must be the same. While it is open, a file beside it
    tells who writes.

    Args:
        out: the table.
        settings: what must be the same when it goes on, plain values.
        resume: go on with what is kept.
        overwrite: else begin anew where something is kept.

    Attributes:
        path: of the journal.
        done: paths of the images whose rows are kept.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     journal = Journal(Path(folder) / "faces.csv", {"model": "release"}, resume=False)
        ...     journal.add("a.jpg", [Prediction("male", 0.9, 2.2, "ok", "a.jpg")])
        ...     print([row.label for row in journal.rows()])
        ...     journal.remove()
        ['male']

    Raises:
        UserError: one is kept and neither was asked for, it is of other settings, or another process writes it.
        UnreadableError: it is broken.
    """

    def __init__(self, out: Path, settings: dict[str, Any], resume: bool, overwrite: bool = False) -> None:
        self.path = journal_of(out)
        self._out, self._holds = out, False
        kept = self.path.exists()
        self._handle = self.path.open("a", encoding="utf-8")
        try:
            _lock(self._handle, out)
            if kept and not resume:
                if not overwrite:
                    raise UserError(
                        f"{out}: an interrupted prediction is kept for it; go on with --resume, or begin anew "
                        "with --overwrite"
                    )
                self._handle.truncate(0)
            self._mend()
            self._check(out, settings)
            self.done: set[str] = {path for path, _ in self._pictures()}
            if self.path.stat().st_size == 0:
                self._write(settings)
        except BaseException as error:
            self.close()
            if isinstance(error, OSError) and not kept:  # it holds nothing to go on from
                self.path.unlink(missing_ok=True)
            raise
        self._holds = _tell_holder(out)

    def add(self, path: str, rows: list[Prediction]) -> None:
        """Keep an image's rows.

        Args:
            path: of the image.
            rows: its faces', or one that says why there is none.

        Raises:
            OSError: they cannot be written, or the file was removed.
        """
        if os.fstat(self._handle.fileno()).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(self.path))
        self._write({"path": path, "rows": [row.to_dict() for row in rows]})

    def rows(self) -> Iterator[Prediction]:
        """Give all rows kept so far, in their order."""
        self._handle.flush()
        for _, rows in self._pictures():
            yield from rows

    def close(self) -> None:
        """Let go of the file, which stays; the last line may be cut short where the disk is full."""
        with contextlib.suppress(OSError):
            self._handle.close()
        if self._holds:
            _holder_file(self._out).unlink(missing_ok=True)
            self._holds = False

    def remove(self) -> None:
        """Remove the journal, which is not needed once the table is written."""
        if fcntl is None:  # Windows, where there is no lock to keep and nothing that is open can be removed
            self._handle.close()
        self.path.unlink()
        self.close()

    def _write(self, values: dict[str, Any]) -> None:
        self._handle.write(json.dumps(values) + "\n")
        self._handle.flush()

    def _mend(self) -> None:
        """Cut off what follows the last whole line."""
        whole = read = 0
        with self.path.open("rb+") as handle:
            for line in handle:
                read += len(line)
                whole = read if line.endswith(b"\n") else whole
            handle.truncate(whole)

    def _check(self, out: Path, settings: dict[str, Any]) -> None:
        with self.path.open("rb") as handle:  # bytes: a broken one is no text, and has its line
            first = handle.readline()
        try:
            same = not first or json.loads(first) == settings
        except ValueError:
            raise UnreadableError(f"{self.path}, line 1: broken; {_ANEW}") from None
        if not same:
            raise UserError(f"{out}: was begun with another model or other options; use the same, or {_ANEW}")

    def _pictures(self) -> Iterator[tuple[str, list[Prediction]]]:
        with self.path.open("rb") as handle:
            handle.readline()
            for number, line in enumerate(handle, 2):
                try:
                    values = json.loads(line)
                    yield values["path"], [Prediction.from_dict(row) for row in values["rows"]]
                except (ValueError, KeyError, TypeError):
                    raise UnreadableError(f"{self.path}, line {number}: broken; {_ANEW}") from None


def journal_of(out: Path) -> Path:
    """Say where a table's journal lies while the table is made: a hidden file beside it.

    Args:
        out: the table.

    Returns:
        The journal's path, whether there is one or not.
    """
    return beside(out, ".journal")


def _holder_file(out: Path) -> Path:
    return beside(out, ".writer")


def _tell_holder(out: Path) -> bool:
    """Say who writes a table, for who is kept from it; False where that cannot be written."""
    try:
        since = time.strftime("%Y-%m-%d %H:%M:%S")
        _holder_file(out).write_text(f"process {os.getpid()} on {platform.node()} since {since}\n", encoding="utf-8")
    except OSError:
        return False
    return True


def _holder(out: Path, otherwise: str) -> str:
    try:
        return _holder_file(out).read_text(encoding="utf-8").strip() or otherwise
    except (OSError, ValueError):
        return otherwise


def _lock(handle: TextIO, out: Path) -> None:
    """One process at a time, or rows would be doubled; the lock goes with its process, however that ends."""
    if fcntl is None:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        who = _holder(out, "another process")
        raise UserError(f"{out}: is being written by {who}; wait for it, or choose another --out") from None
    except OSError:  # some network file systems have no locks
        return
