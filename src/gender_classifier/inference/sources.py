"""Which images a user means: files, folders, patterns, or a list on standard input."""

from __future__ import annotations

import codecs
import glob
import os
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from gender_classifier.errors import UnreadableError
from gender_classifier.images.files import (
    FOLDERS,
    TARGETS,
    PassedOver,
    pictures_below,
    pictures_in,
)
from gender_classifier.system.files import find, refuse_address
from gender_classifier.system.texts import decode

STDIN = "-"
_LONGEST = 200  # bytes; file systems take 255


def picture_paths(
    asked: Sequence[str], recursive: bool, passed: PassedOver | None = None, written: Collection[Path] = ()
) -> dict[Path, str]:
    """Find the image files that a user means.

    Args:
        asked: files, folders, patterns that no shell has expanded, or `-` for names on standard input, a line each
            or, as `find -print0` writes them, ended by null bytes; those are files and folders, never patterns.
        recursive: folders with all that is below them.
        passed: is told of the files of folders that are no images, and of folders that are not looked into; None:
            nobody is.
        written: folders that an interrupted call wrote to and that this one goes on with. What lies in them is passed
            over, for a pattern names them too by now, unless nothing else was asked for.

    Returns:
        Each file once, in the order asked, a folder's images sorted; with a name of its own, for what is written of
        the image. The name is its place below the folder that was asked for, without suffix; where two would be the
        same, later ones get a number (`a~2`). A file that was named and is not there is among them.

    Raises:
        UnreadableError: a folder without images, a pattern that nothing fits, or nothing or a web address on
            standard input.
    """
    names: dict[Path, str] = {}
    used: set[str] = set()
    asked_for: Counter[str] = Counter()
    passed = passed if passed is not None else PassedOver()
    found: Iterable[tuple[Path, Path]]
    if written:
        found = _elsewhere(_expanded(_unmade(asked, recursive, written), recursive, passed), written, passed)
    else:
        found = _expanded(asked, recursive, passed)
    for path, place in found:
        if path in names:
            continue
        stem = name = _stem(place)
        while name.casefold() in used:  # some file systems do not tell cases apart
            asked_for[stem] += 1
            name = f"{stem}~{asked_for[stem] + 1}"
        used.add(name.casefold())
        names[path] = name
    return names


def real_path(path: Path) -> Path:
    """Give the path of what a path leads to, whatever links do (`Path.resolve` raises where they lead in circles).

    Args:
        path: of a file or folder, which need not be there.

    Returns:
        An absolute path.
    """
    return Path(os.path.realpath(path))


def _stem(place: Path) -> str:
    """A place without its suffix, short enough that an ending has room in a file's name."""
    if not place.name:
        return "image"
    return place.with_name(os.fsdecode(os.fsencode(place.stem)[:_LONGEST])).as_posix()


def _unmade(asked: Iterable[str], recursive: bool, written: Collection[Path]) -> list[str]:
    """What was asked for, less folders that were made for what is written and hold no image of their own."""
    targets = {real_path(folder) for folder in written}
    made = {folder for target in targets for folder in (target, *target.parents)}
    every = list(asked)
    kept = [
        name
        for name in every
        if not os.path.isdir(name)
        or real_path(Path(name)) not in made
        or _pictures(Path(name), recursive, PassedOver())
    ]
    return kept or every


def _expanded(asked: Iterable[str], recursive: bool, passed: PassedOver) -> Iterator[tuple[Path, Path]]:
    for name in asked:
        if name == STDIN:
            yield from _listed(recursive, passed)
        elif not os.path.lexists(name) and glob.has_magic(name):
            yield from _fitting(name, recursive, passed)
        else:
            yield from _named(name, recursive, passed)


def _elsewhere(
    found: Iterable[tuple[Path, Path]], written: Collection[Path], passed: PassedOver
) -> list[tuple[Path, Path]]:
    """What does not lie in a folder that was written to; all of it where nothing else is left."""
    every, targets = list(found), {real_path(folder) for folder in written}
    folders = {path.parent: real_path(path.parent) for path, _ in every}
    own = {folder for folder, real in folders.items() if not targets.isdisjoint((real, *real.parents))}
    kept = [(path, place) for path, place in every if path.parent not in own]
    if kept:
        passed.counts[TARGETS] += len(every) - len(kept)
    return kept or every


def _listed(recursive: bool, passed: PassedOver) -> Iterator[tuple[Path, Path]]:
    # Bytes, for a file's name may hold some that no text has.
    data = sys.stdin.buffer.read()
    data = data.removeprefix(codecs.BOM_UTF8)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):  # as PowerShell writes it
        data = decode(data, STDIN, "a list of names").encode()
    parts = data.split(b"\0") if b"\0" in data else [line.rstrip(b"\r") for line in data.split(b"\n")]
    names = [_found(os.fsdecode(part)) for part in parts if part]
    if not names:
        raise UnreadableError("-: no names on standard input; an image's path a line is expected")
    for name in names:
        yield from _named(name, recursive, passed)


def _found(name: str) -> str:
    """A listed name, which may be as our tables write it; one that is not there gets a row that says so."""
    refuse_address(name)
    try:
        return os.fspath(find(name))
    except UnreadableError:
        return name


def _named(name: str, recursive: bool, passed: PassedOver) -> Iterable[tuple[Path, Path]]:
    if os.path.isdir(name):
        return _folder(Path(name), recursive, passed)
    return [(Path(name), Path(Path(name).name))]  # one that is not there gets a row that says so


def _folder(folder: Path, recursive: bool, passed: PassedOver) -> list[tuple[Path, Path]]:
    here = PassedOver()
    found = _pictures(folder, recursive, here)
    passed.counts.update(here.counts)
    if not found:
        hint = "" if recursive or FOLDERS in here.counts else "; with --recursive also those below it"
        raise UnreadableError(f"{folder}: no images in this folder ({here.sentence() or 'it is empty'}){hint}")
    return [(path, path.relative_to(folder)) for path in found]


def _pictures(folder: Path, recursive: bool, passed: PassedOver) -> list[Path]:
    return pictures_below(folder, passed) if recursive else pictures_in(folder, passed)


def _fitting(pattern: str, recursive: bool, passed: PassedOver) -> Iterator[tuple[Path, Path]]:
    found: list[tuple[Path, Path]] = []
    for name in sorted(glob.glob(pattern, recursive=True)):
        # Folders without images may fit too.
        if not os.path.isdir(name) or _pictures(Path(name), recursive, PassedOver()):
            found += _named(name, recursive, passed)
    if not found:
        raise UnreadableError(f"{pattern}: no image fits this pattern")
    yield from found
