"""Which files are taken for images, those of a folder, and what a folder's listing passes over."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from gender_classifier.errors import UnreadableError
from gender_classifier.images import heif

# Not more than `read` reads; what a file holds is for its bytes to say, not for its name.
PICTURE_SUFFIXES = frozenset(
    (
        *(".jpg", ".jpeg", ".jfif", ".jpe", ".mpo", ".png", ".apng", ".webp", ".bmp", ".dib", ".tif", ".tiff", ".gif"),
        *(".ppm", ".pgm", ".pbm", ".pnm", ".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
        *(".avif", ".avifs", ".heic", ".heics", ".heif", ".heifs", ".hif"),
    )
)
"""Ends of names, in lower case and with their dot."""

NO_SUFFIX = "without suffix"
FOLDERS = "folders"
TARGETS = "in folders that are written to"

# A camera's raw file begins as a TIFF does, and its first image is a thumbnail.
_RAW = frozenset(
    (
        *(".3fr", ".arw", ".cr2", ".dcr", ".dng", ".erf", ".fff", ".iiq", ".kdc", ".mef", ".mos", ".nef", ".nrw"),
        *(".orf", ".pef", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw"),
    )
)
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BEGINNINGS = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"\0\0\0\x0cjP  \r\n\x87\n",  # JPEG 2000, and its bare codestream
    b"\xff\x4f\xff\x51",
)
_PNM = re.compile(rb"P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+(#[^\n]*\n\s*)*\d+\s")
_BMP_HEADERS = (12, 40, 52, 56, 64, 108, 124)  # bytes
_FIRST = 256


class PassedOver:
    """Files that a folder's listing passed over, counted by the ends of their names; nothing hidden counts.

    Example:
        >>> passed = PassedOver()
        >>> passed.add(Path("notes.txt"))
        >>> passed.sentence()
        'passed over: 1 .txt'

    Attributes:
        counts: number of files by the end of their names (`.txt`, in lower case); under `NO_SUFFIX` those without one,
            under `FOLDERS` folders that were not looked into, under `TARGETS` images in folders that the command
            itself writes to.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return any(count > 0 for count in self.counts.values())

    def add(self, path: Path) -> None:
        """Count a file.

        Args:
            path: of the file; only its name is looked at.
        """
        self.counts[path.suffix.lower() or NO_SUFFIX] += 1

    def add_folder(self) -> None:
        """Count a folder that was not looked into."""
        self.counts[FOLDERS] += 1

    def sentence(self, most: int = 8) -> str:
        """Say what was passed over, in one line.

        Args:
            most: kinds that are named; of the others only their number.

        Returns:
            The most frequent kind first, folders last; empty where nothing was passed over.
        """
        if not self:
            return ""
        ranked = sorted(self.counts.items(), key=lambda item: (item[0] == FOLDERS, -item[1], item[0]))
        ranked = [item for item in ranked if item[1] > 0]
        parts = [f"{count:,} {_kind(kind, count)}" for kind, count in ranked[:most]]
        others = sum(count for _, count in ranked[most:])
        return f"passed over: {', '.join(parts)}" + (f" and {others:,} others" if others else "")


def _kind(kind: str, count: int) -> str:
    if kind != FOLDERS:
        return kind if kind.isprintable() else ascii(kind)
    return f"folder{'s' * (count != 1)} (--recursive looks into them)"


def is_picture(path: Path) -> bool:
    """Tell whether a name is an image's.

    Args:
        path: of a file, which need not exist; only its name is looked at.

    Returns:
        True where it is not hidden and ends with one of `PICTURE_SUFFIXES`, in any case.
    """
    return path.suffix.lower() in PICTURE_SUFFIXES and not path.name.startswith(".")


def begins_as_picture(path: Path) -> bool:
    """Tell whether a file of any name begins with the bytes of a kind of image that is read.

    Args:
        path: of the file, of which the first bytes are read.

    Returns:
        False also for a camera's raw file, and for one that is missing or cannot be opened.
    """
    try:
        with path.open("rb") as file:
            first = file.read(_FIRST)
    except OSError:
        return False
    if first.startswith(_TIFF):
        return path.suffix.lower() not in _RAW
    return (
        first.startswith(_BEGINNINGS)
        or (first.startswith(b"RIFF") and first[8:12] == b"WEBP")
        or (first.startswith(b"BM") and int.from_bytes(first[14:18], "little") in _BMP_HEADERS)
        or heif.kind_of(first) is not None
        or _PNM.match(first) is not None
    )


def pictures_among(paths: Iterable[Path], passed: PassedOver | None = None) -> list[Path]:
    """Give those files that are images by their names or, where these say nothing, by their first bytes.

    Files alone, or links to files; no pipes, no devices, no folders, nothing hidden. A link that leads nowhere counts
    by its name, so that reading it says so and no image is lost in silence.

    Args:
        paths: in any order.
        passed: counts the other files; None: nobody asks.

    Returns:
        Those of `paths` that are images, sorted.
    """
    found = []
    for path in paths:
        if path.name.startswith("."):
            continue
        if path.is_file():
            if is_picture(path) or begins_as_picture(path):
                found.append(path)
            elif passed is not None:
                passed.add(path)
        elif is_picture(path) and not path.exists():
            found.append(path)
    return sorted(found)


def pictures_below(folder: Path, passed: PassedOver | None = None) -> list[Path]:
    """Find the images of a folder and of all folders below it.

    Which files these are, `pictures_among` says. Hidden folders and links to folders are not followed, for links
    may lead in circles; `folder` itself may be one.

    Args:
        folder: where to look.
        passed: counts the files that are no images; None: nobody asks.

    Returns:
        Paths that begin with `folder`, sorted; empty where there is no image.

    Raises:
        UnreadableError: `folder`, or one below it, is missing or cannot be listed.
    """
    found = []
    for parent, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += pictures_among((Path(parent, name) for name in names), passed)
    return sorted(found)


def pictures_in(folder: Path, passed: PassedOver | None = None) -> list[Path]:
    """Find the images of a folder alone, otherwise as `pictures_below`.

    Args:
        folder: where to look.
        passed: counts the files that are no images, and the folders, which are not looked into; None: nobody asks.

    Returns:
        Paths that begin with `folder`, sorted; empty where there is no image.

    Raises:
        UnreadableError: `folder` is missing or cannot be listed.
    """
    try:
        paths = list(folder.iterdir())
    except OSError as error:
        _refuse(error)
    if passed is not None:
        for path in paths:
            if path.is_dir() and not path.name.startswith("."):
                passed.add_folder()
    return pictures_among(paths, passed)


def _refuse(error: OSError) -> NoReturn:
    raise UnreadableError(
        f"{error.filename}: folder cannot be listed ({(error.strerror or 'unknown').lower()})"
    ) from None
