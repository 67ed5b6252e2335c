"""Writing files so that nothing is ever half-written, naming their content, and finding those that lists name."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.names import as_path, from_cell, to_path

_ADDRESS = re.compile(r"(https?|ftps?|sftp|s3a?|gs|gcs|hdfs|abfss?|az|wasbs?|file|data|ssh|hf):/", re.I)
_DRIVE = re.compile(r"[A-Za-z]:[\\/]|\\\\")


_LONGEST = 255  # bytes of a name, on every file system in use


def beside(path: str | os.PathLike[str], ending: str) -> Path:
    """Give the path of a hidden file beside another one: its name, with a dot before it and an ending after it.

    Args:
        path: of the other file.
        ending: of the hidden one, with its dot.

    Returns:
        A path in the same folder; a name that would be too long is cut, and ends with digits of its hash.
    """
    target = Path(path)
    name, room = target.name, _LONGEST - len(ending) - 1
    if len(os.fsencode(name)) > room:
        mark = hashlib.sha256(os.fsencode(name)).hexdigest()[:8]
        name = os.fsdecode(os.fsencode(name)[: room - len(mark) - 1]) + f"-{mark}"
    return target.with_name(f".{name}{ending}")


def refuse_existing(out: Path | None, overwrite: bool, holding: str | None = None) -> None:
    """Keep what an earlier run wrote, or anyone else, unless it was said that it may go.

    Args:
        out: file to write, or a folder where `holding` is given; None: no file is written, and nothing refused.
        overwrite: it may be replaced.
        holding: name of a file in the folder by which an earlier run's is known; None: `out` is a file.

    Raises:
        UserError: it is there already.
    """
    if out is None or overwrite:
        return
    there = out.is_file() if holding is None else (out / holding).is_file()
    if there:
        holds = "is there already" if holding is None else f"holds {holding} of an earlier run"
        raise UserError(f"{out}: {holds}; --overwrite replaces it, or choose another name")


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside `path` to write to; it takes the place of `path` when the block ends well.

    The bytes are on the disk before the name changes, so neither a kill nor a loss of
    power leaves a file that is half old and half new. If the block raises, the partial
    file is removed and `path` is as it was. A device or pipe gets the bytes in the end, and stays what it is.

    Args:
        path: file to write, in a folder that is there; an old one is replaced.

    Yields:
        The partial file's path; the block must write it.

    Raises:
        OSError: it cannot be written; the error names `path`.
    """
    target = Path(path)
    if target.exists() and not target.is_file() and not target.is_dir():
        yield from _through(target)
        return
    partial = beside(target, f".{os.getpid()}.partial")
    try:
        yield partial
        _to_disk(partial)
        os.replace(partial, target)
    except OSError as error:
        # A failed write names no file, and the partial one is gone when the message is read.
        if error.filename in (None, str(partial), partial):
            error.filename = str(target)
        raise
    finally:
        with contextlib.suppress(OSError):  # the first error is the one to tell
            partial.unlink(missing_ok=True)


def _to_disk(path: Path) -> None:
    """Wait until a file's bytes are on the disk; Windows does that only for who may write to it."""
    try:
        handle: BinaryIO = path.open("rb+")
    except PermissionError:  # the copy of a file that is read-only
        if os.name == "nt":  # which leaves it to the system
            return
        handle = path.open("rb")
    with handle:
        os.fsync(handle.fileno())


@contextlib.contextmanager
def atomic_folder(folder: Path, replaces: bool = False) -> Iterator[Path]:
    """Yield a folder beside `folder` to fill; it takes that name when the block ends well, else it is removed.

    Args:
        folder: to write; the folders that it lies in are made.
        replaces: what has that name goes as a whole when the new one is there.

    Yields:
        The partial folder's path; the folder is there, and empty.

    Raises:
        OSError: it cannot be written, or, without `replaces`, something that is not an empty folder has that name.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial, old = beside(folder, f".{os.getpid()}.partial"), beside(folder, f".{os.getpid()}.old")
    try:
        partial.mkdir()
        yield partial
        if replaces and folder.exists():
            os.replace(folder, old)
        os.replace(partial, folder)
    except OSError as error:
        if error.filename in (partial, str(partial)):
            error.filename = os.fspath(folder)
        raise
    finally:
        if old.exists() and not folder.exists():  # an error, or an interruption, between the two
            os.replace(old, folder)
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _through(target: Path) -> Iterator[Path]:
    """A path to write to whose bytes then go into a device or pipe, which must not be replaced by a file."""
    with tempfile.TemporaryDirectory() as folder:
        partial = Path(folder) / target.name
        yield partial
        try:
            with partial.open("rb") as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
        except OSError as error:
            error.filename = str(target)
            raise


@contextlib.contextmanager
def utf8_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path to read a file by, for a library that takes UTF-8 alone.

    Args:
        path: of a file that is there; its name may hold any bytes.

    Yields:
        The path itself where it is UTF-8, else that of a link to it, which goes when the block ends.
    """
    source = Path(path)
    try:
        str(source).encode("utf-8")
    except UnicodeEncodeError:
        with tempfile.TemporaryDirectory() as folder:
            link = Path(folder) / "file"
            link.symlink_to(source.absolute())
            yield link
    else:
        yield source


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Compute the SHA-256 of a file's bytes.

    Args:
        path: of the file.

    Returns:
        64 hexadecimal digits, in lower case.

    Raises:
        OSError: it cannot be read.
    """
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def find(text: str, folder: Path | None = None) -> Path:
    r"""Give the file that a list or table names: as written where it is there, else with escapes undone.

    Args:
        text: a name in our form, or as somebody else wrote it; backslashes between folders are taken too.
        folder: what relative names are relative to; None: the working folder.

    Returns:
        The path, which need not be there.

    Raises:
        UnreadableError: a web address, or a Windows path on another system.
    """
    refuse_address(text)
    root = folder if folder is not None else Path()
    written = root / as_path(text)
    if ("\\" not in text and not text.startswith("'")) or os.path.lexists(written):
        return written
    undone = root / to_path(text)
    for candidate in (undone, root / to_path(from_cell(text))):  # of a CSV file that was cut by another tool
        if os.path.lexists(candidate):
            return candidate
    if os.sep == "/":
        slashed = root / as_path(text.replace("\\", "/"))
        if os.path.lexists(slashed):
            return slashed
        if _DRIVE.match(text):
            raise UnreadableError(
                f"{text}: a Windows path, which this system has not; write paths from the list's own "
                "folder, with / between their parts"
            )
    return undone


def refuse_address(text: str) -> None:
    """Refuse what is no path but an address.

    Args:
        text: what a user, a list or a table gives for a path.

    Raises:
        UnreadableError: it begins as an address does (`https:/`, `s3:/`, `file:/`), and no file has that name.
    """
    if _ADDRESS.match(text) and not os.path.lexists(text):
        what = "give the path alone" if text[:5].lower() == "file:" else "download it, and give the file's path"
        raise UnreadableError(f"{text}: is an address, and nothing is fetched; {what}")
