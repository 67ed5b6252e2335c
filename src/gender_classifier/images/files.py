"""Which files are taken for pictures, and those of a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

from gender_classifier.errors import UnreadableError

# Not more than `read` reads; what a file holds is for its bytes to say, not for its name.
PICTURE_SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif", ".ppm", ".pgm"),
        *(".jp2", ".avif", ".heic", ".heif"),
    )
)
"""Ends of names, in lower case and with their dot."""


def is_picture(path: Path) -> bool:
    """Whether the name, which need not exist, is a picture's: not hidden, with one of :data:`PICTURE_SUFFIXES`."""
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def pictures_below(folder: Path) -> list[Path]:
    """Pictures of a folder and of all folders below it, sorted, each path beginning with ``folder``.

    Files alone, or links to files; no pipes, no devices, nothing hidden. A link that leads nowhere counts,
    so that reading it says so and no picture is lost in silence. Links to folders are not followed, for they
    may lead in circles; ``folder`` itself may be one.

    Raises:
        UnreadableError: ``folder``, or one below it, is missing or cannot be listed.
    """
    found = []
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(parent, name) for name in names]
        found += [path for path in paths if is_picture(path) and (path.is_file() or not path.exists())]
    return sorted(found)


def _refuse(error: OSError) -> NoReturn:
    raise UnreadableError(
        f"{error.filename}: folder cannot be listed ({(error.strerror or 'unknown').lower()})"
    ) from None
