"""Labelled images as the data itself brings them: folders by class and split, or a manifest."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gender_classifier import CLASS_NAMES
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.files import PassedOver, pictures_below
from gender_classifier.names import (
    as_path,
    from_line,
    to_path,
    to_text,
)
from gender_classifier.system.files import find
from gender_classifier.system.texts import CsvRows, lines_of, read_text

VALIDATION_NAMES = ("val", "valid", "validation")
SPLIT_NAMES = ("train", *VALIDATION_NAMES, "test")


@dataclass(frozen=True)
class Sample:
    """One labelled image.

    Example:
        >>> Sample(Path("faces/female/a.jpg"), "female/a.jpg", 0, {"age": "30-39"}).extra["age"]
        '30-39'

    Attributes:
        path: of the file.
        name: its path as results show it (`names`), relative to the data's root.
        label: 0 female, 1 male.
        extra: a manifest's further columns, text by column; it does not count where samples are compared.
    """

    path: Path
    name: str
    label: int
    extra: dict[str, str] = field(default_factory=dict, compare=False)


def read_splits(data: Path, passed: PassedOver | None = None) -> dict[str, list[Sample]]:
    """Give the splits that the data itself brings, under our names `train`, `choose` and `val`.

    Args:
        data: folder or manifest, as for `given_splits`.
        passed: is told of files that are no images; None: they are not counted.

    Returns:
        Images by split. `train` is always there, empty where the data has none. The data's validation split, one
        of `VALIDATION_NAMES`, is `val`; where there is a `test` too, that is `val`, and the other `choose`.

    Raises:
        UserError: as for `given_splits`, and where the data has several validation splits.
        UnreadableError: as for `given_splits`.
    """
    named = given_splits(data, passed)
    found = [name for name in VALIDATION_NAMES if name in named]
    if len(found) > 1:
        raise UserError(f"{data}: has the splits {_listing(found)}, which say the same; keep one of them")
    valid = named[found[0]] if found else None
    test = named.get("test")
    splits: dict[str, list[Sample]] = {"train": named.get("train", [])}
    if valid is not None:
        splits["val" if test is None else "choose"] = valid
    if test is not None:
        splits["val"] = test
    return splits


def given_splits(data: Path, passed: PassedOver | None = None) -> dict[str, list[Sample]]:
    """Give the splits that the data itself brings, under its own names for them.

    Args:
        data: folder or manifest, in the forms that `data.datasets.build_index` takes; or `DATA/{female,male}` alone.
        passed: is told of files that are no images; None: they are not counted.

    Returns:
        Images by split: `train`, `val`, `valid`, `validation`, `test`. All is `train` where the data names none.

    Raises:
        UserError: a class folder missing, empty or too many, a split of an unknown name, a gender that is neither, or
            a manifest that names an image twice.
        UnreadableError: no such data, or a manifest that is not one.
    """
    if data.is_dir():
        folders = {child.name: child for child in sorted(data.iterdir()) if child.is_dir()}
        return {name: read_classes(folder, data, passed) for name, folder in _split_folders(data, folders).items()}
    if data.is_file():
        return _read_manifest(data)
    raise UnreadableError(f"{data}: no such folder or manifest")


def _split_folders(data: Path, folders: dict[str, Path]) -> dict[str, Path]:
    if "train" in folders:
        given = {name: folders[name] for name in SPLIT_NAMES if name in folders}
        _refuse_strange_splits(data, folders, given)
        return given
    if set(CLASS_NAMES) & set(folders):
        return {"train": data}
    raise UserError(f"{data}: expected {data}/train/female and {data}/train/male, found {_listing(folders)}")


def _refuse_strange_splits(data: Path, folders: dict[str, Path], given: dict[str, Path]) -> None:
    """Say of a split of an unknown name that it is one, where it would be passed over for a share of train."""
    strange = [
        name
        for name, folder in folders.items()
        if name not in given and not name.startswith(".") and any((folder / gender).is_dir() for gender in CLASS_NAMES)
    ]
    # Beside a split to report on, further folders of faces are somebody's own, unless their name is one of ours but
    # for its capitals.
    if wrong := [name for name in strange if len(given) == 1 or name.lower() in SPLIT_NAMES]:
        raise UserError(
            f"{data}: unknown split {_listing(wrong)}; known are {_listing(sorted(SPLIT_NAMES))}: "
            "rename it or move it away"
        )


def read_classes(folder: Path, root: Path, passed: PassedOver | None = None) -> list[Sample]:
    """Find the labelled images of `folder/female` and `folder/male`, and of all folders below these.

    Args:
        folder: that holds both classes' folders; it must be there.
        root: folder that names are relative to.
        passed: is told of files that are no images; None: they are not counted.

    Returns:
        Women's images and then men's, each sorted by path.

    Raises:
        UserError: a class folder is missing or has no image, or there is a third.
        UnreadableError: a folder cannot be listed.
    """
    found = {child.name for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".")}
    strange = sorted(found - set(CLASS_NAMES))
    if strange:
        raise UserError(
            f"{folder}: class folders must be female and male; also found {_listing(strange)}: move it away"
        )
    samples = []
    for label, name in enumerate(CLASS_NAMES):
        if name not in found:
            raise UserError(f"{folder / name}: class folder missing; both female and male are needed")
        here = PassedOver()
        pictures = pictures_below(folder / name, here)
        if passed is not None:
            passed.counts.update(here.counts)
        if not pictures:
            raise UserError(f"{folder / name}: class folder has no images ({here.sentence() or 'it is empty'})")
        samples += [Sample(path, to_text(path.relative_to(root).as_posix()), label) for path in pictures]
    return samples


def _read_manifest(path: Path) -> dict[str, list[Sample]]:
    splits: dict[str, list[Sample]] = {}
    lines: dict[str, int] = {}
    rows = CsvRows(path, "a CSV manifest")
    if "path" not in rows.columns or "gender" not in rows.columns:
        raise UnreadableError(f"{path}: a manifest needs the columns path and gender, found {_listing(rows.columns)}")
    for row in rows:
        sample = _manifest_sample(path, rows.line, row)
        # By its place: `a.jpg`, `./a.jpg` and the whole path are one image, which in two rows would count twice.
        before = lines.setdefault(os.path.abspath(sample.path), rows.line)
        if before != rows.line:
            raise UserError(
                f"{path}, line {rows.line}: {sample.name} is the image of line {before}; keep one row for each image"
            )
        splits.setdefault((row.get("split") or "train").strip(), []).append(sample)
    if strange := sorted(set(splits) - set(SPLIT_NAMES)):
        raise UserError(f"{path}: unknown split {_listing(strange)}; known are {_listing(sorted(SPLIT_NAMES))}")
    return splits


def _manifest_sample(manifest: Path, line: int, row: dict[str, str]) -> Sample:
    gender = (row["gender"] or "").strip().lower()
    if gender not in CLASS_NAMES:
        raise UserError(f"{manifest}, line {line}: gender `{row['gender']}` is neither female nor male")
    extra = {key: value for key, value in row.items() if key and key not in ("path", "gender", "split")}
    try:
        picture = find(row["path"], manifest.parent)
    except UnreadableError as error:
        raise UnreadableError(f"{manifest}, line {line}: {error}") from None
    return Sample(picture, _name_in(manifest.parent, picture, row["path"]), CLASS_NAMES.index(gender), extra)


def _name_in(folder: Path, picture: Path, written: str) -> str:
    """What a manifest calls an image, as text: with escapes where its name is the very bytes that need them."""
    return plain_name(to_text(written if picture == folder / as_path(written) else to_path(written)))


def plain_name(name: str) -> str:
    """Write an image's name without `./`, `//` and `..`, so that a path from the data's root has one name.

    Args:
        name: as a manifest, a list or a table has it.

    Returns:
        The name, also where it is one already.
    """
    return posixpath.normpath(name) if name else name


def read_exclusions(path: Path) -> list[str]:
    """Read the names of images to leave out.

    Args:
        path: text file with a name a line, as the index names images: an audit's `exclude.txt`, or one written by
            hand. Empty lines, and lines that begin with `#`, say nothing.

    Returns:
        The names, in order; an audit of clean data writes a list without any.

    Raises:
        UnreadableError: no such file, or no text.
    """
    lines = [line.strip() for line in lines_of(read_text(path, "a list of images to leave out"))]
    return [plain_name(from_line(line)) for line in lines if line and not line.startswith("#")]


def _listing(names: Iterable[str], most: int = 5) -> str:
    shown = list(names)
    text = ", ".join(shown[:most]) or "nothing"
    return text + (f" and {len(shown) - most} more" if len(shown) > most else "")
