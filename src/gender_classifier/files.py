"""Writing files so that nothing is ever half-written, and naming their content."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside ``path`` to write to; it takes the place of ``path`` when the block ends well.

    The bytes are on the disk before the name changes, so neither a kill nor a loss of
    power leaves a file that is half old and half new. If the block raises, the partial
    file is removed and ``path`` is as it was.
    """
    target = Path(path)
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        yield partial
        with partial.open("rb") as handle:
            os.fsync(handle.fileno())
        os.replace(partial, target)
    except OSError as error:
        # A failed write names no file, and the partial one is gone when the message is read.
        if error.filename in (None, str(partial), partial):
            error.filename = str(target)
        raise
    finally:
        partial.unlink(missing_ok=True)


def sha256_of(path: str | os.PathLike[str]) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
