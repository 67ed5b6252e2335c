"""Which pictures a user means: files, folders, patterns, or a list on standard input."""

from __future__ import annotations

import glob
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gender_classifier.errors import UnreadableError
from gender_classifier.images.files import PICTURE_SUFFIXES, is_picture, pictures_below

STDIN = "-"


def picture_paths(asked: Sequence[str], recursive: bool) -> dict[Path, str]:
    """Files in the order asked, each once, with a name of its own; a folder's pictures are sorted.

    The name, without suffix, is for what is written of a picture: its place below the folder that was asked for.
    Where two would be the same, later ones get a number.

    Args:
        asked: files, folders, patterns that no shell has expanded, or ``-`` for names on standard input, a line each.
        recursive: folders with all that is below them.

    Raises:
        UnreadableError: a folder without pictures, a pattern that nothing fits, or nothing on standard input.
    """
    names: dict[Path, str] = {}
    used: Counter[str] = Counter()
    for path, place in _expanded(asked, recursive):
        if path not in names:
            stem = place.with_suffix("").as_posix() if place.name else path.name
            used[stem] += 1
            names[path] = stem if used[stem] == 1 else f"{stem}~{used[stem]}"
    return names


def _expanded(asked: Iterable[str], recursive: bool) -> Iterator[tuple[Path, Path]]:
    for name in asked:
        if name == STDIN:
            yield from _listed(recursive)
        elif os.path.isdir(name):
            yield from _folder(Path(name), recursive)
        elif not os.path.lexists(name) and glob.has_magic(name):
            yield from _fitting(name, recursive)
        else:
            yield Path(name), Path(Path(name).name)  # one that is not there gets a row that says so


def _listed(recursive: bool) -> Iterator[tuple[Path, Path]]:
    # Bytes, for a file's name may hold some that no text has.
    names = [os.fsdecode(line.rstrip(b"\r\n")) for line in sys.stdin.buffer]
    names = [name for name in names if name]
    if not names:
        raise UnreadableError("-: no names on standard input; a picture's path a line is expected")
    yield from _expanded((name for name in names if name != STDIN), recursive)


def _folder(folder: Path, recursive: bool) -> list[tuple[Path, Path]]:
    here = (path for path in folder.iterdir() if is_picture(path) and path.is_file())
    found = pictures_below(folder) if recursive else sorted(here)
    if not found:
        hint = "" if recursive else "; with --recursive also those below it"
        raise UnreadableError(f"{folder}: no pictures in this folder ({', '.join(sorted(PICTURE_SUFFIXES))}){hint}")
    return [(path, path.relative_to(folder)) for path in found]


def _fitting(pattern: str, recursive: bool) -> Iterator[tuple[Path, Path]]:
    found = sorted(glob.glob(pattern, recursive=True))
    if not found:
        raise UnreadableError(f"{pattern}: no file fits this pattern")
    for name in found:
        if os.path.isdir(name):
            yield from _folder(Path(name), recursive)
        else:
            yield Path(name), Path(Path(name).name)
