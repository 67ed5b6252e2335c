"""What there is to learn from: folders and manifests become lists of labelled images by split.

Three splits, always: `train` is fitted on; `choose` (a share of train, people kept
together) is what epoch, threshold and test-time augmentation are chosen on; `val` is
only reported. Where the data brings `valid` and `test`, those are `choose` and `val`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gender_classifier import CLASS_NAMES
from gender_classifier.data.folds import assign_folds
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
SPLITS = ("train", "choose", "val")


@dataclass(frozen=True)
class Sample:
    """One labelled image. `name` is its path as results show it (`names`), relative to the data's root."""

    path: Path
    name: str
    label: int
    extra: dict[str, str] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class DataIndex:
    """Labelled images by split (`train`, `choose`, `val`), and where they came from."""

    root: Path
    splits: dict[str, list[Sample]]
    geometry: dict[str, Any] | None = None

    def counts(self) -> dict[str, dict[str, int]]:
        """Images by split and class."""
        return {
            split: {name: sum(s.label == label for s in samples) for label, name in enumerate(CLASS_NAMES)}
            for split, samples in self.splits.items()
        }

    def digest(self) -> str:
        """SHA-256 of the sorted lines `split, name, label`: names the data that a model was trained on."""
        lines = sorted(f"{split}\t{s.name}\t{s.label}" for split, samples in self.splits.items() for s in samples)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def without(self, names: Iterable[str]) -> DataIndex:
        """The same index less the named images."""
        dropped = set(names)
        kept = {split: [s for s in samples if s.name not in dropped] for split, samples in self.splits.items()}
        return replace(self, splits=kept)

    def require_both_classes(self, data: str) -> None:
        """Refuse an index that has a split without women or without men.

        Raises:
            UserError: naming `data`, the split and the class.
        """
        for split, samples in self.splits.items():
            missing = set(range(len(CLASS_NAMES))) - {sample.label for sample in samples}
            if missing:
                names = " or ".join(CLASS_NAMES[label] for label in sorted(missing))
                raise UserError(f"{data}: no {names} image left for the split `{split}` ({len(samples)} images)")


def person_of(name: str, pattern: str) -> str:
    """The person that a file's name tells by the first group of `pattern`; else the name itself."""
    match = re.search(pattern, Path(name).name) if pattern else None
    return match.group(1) if match and match.groups() else name


def hold_out(samples: Sequence[Sample], share: float, pattern: str, seed: int) -> tuple[list[Sample], list[Sample]]:
    """Split into (kept, held out): `share` of each class, no person on both sides.

    A function of names and seed alone, so that every machine holds out the same images.
    People are taken in the order of a hash; one whose images would overshoot a class's
    share is passed over.
    """
    groups: dict[str, list[Sample]] = {}
    for sample in samples:
        groups.setdefault(person_of(sample.name, pattern), []).append(sample)
    ordered = sorted(groups, key=lambda person: hashlib.sha256(f"{seed}:{person}".encode()).digest())
    wanted = {label: round(share * count) for label, count in Counter(s.label for s in samples).items()}
    held: set[str] = set()
    for person in ordered:
        adds = Counter(sample.label for sample in groups[person])
        if all(count <= wanted[label] for label, count in adds.items()):
            held.add(person)
            wanted = {label: left - adds[label] for label, left in wanted.items()}
    sides: tuple[list[Sample], list[Sample]] = ([], [])
    for sample in samples:
        sides[person_of(sample.name, pattern) in held].append(sample)
    return sides


def build_index(
    data: Path,
    *,
    val_share: float = 0.2,
    choose_share: float = 0.1,
    person: str = "",
    seed: int = 0,
    fold: tuple[int, int] | None = None,
    passed: PassedOver | None = None,
) -> DataIndex:
    """Index a folder in ImageFolder's layout or a CSV manifest.

    Args:
        data: `DATA/train/{female,male}` with or without `DATA/{val|valid}` and `DATA/test`, or a CSV
            with the columns `path` (relative to it), `gender` and, if it has one, `split`.
        val_share: share of train that is only reported where there is no validation split, 0 to 1.
        choose_share: share of train held out to choose on where the data does not bring one, 0 to 1.
        person: regex whose first group tells the person from a file's name.
        seed: which people are held out.
        fold: (k, folds): the k-th of so many folds of train is `val`, in place of the data's own; k from 1.
        passed: is told of the files in class folders that are no images.

    Raises:
        UserError: a class folder missing, empty or too many, or one class only.
        UnreadableError: no such data, or a manifest that is not one.
    """
    try:
        re.compile(person)
    except re.error as error:
        raise UserError(f"data.person: `{person}` is not a regular expression ({error})") from None
    given = read_splits(data, passed)
    if not given.get("train"):
        raise UserError(f"{data}: no training images; expected {data}/train/female and {data}/train/male")
    train, choose = given["train"], given.get("choose")
    if fold is not None:
        places = folds_of(train, fold[1], person, seed)
        given["val"] = [sample for sample, place in zip(train, places, strict=True) if place == fold[0]]
        train = [sample for sample, place in zip(train, places, strict=True) if place != fold[0]]
    elif given.get("val") is None:
        train, given["val"] = hold_out(train, val_share, person, seed)
    if choose is None:
        train, choose = hold_out(train, choose_share, person, seed + 1)
    splits = {"train": train, "choose": choose, "val": given["val"]}
    index = DataIndex(_root(data), splits, _geometry(_root(data)))
    index.require_both_classes(str(data))
    return index


def folds_of(samples: Sequence[Sample], folds: int, pattern: str, seed: int) -> list[int]:
    """The fold, 1 to `folds`, of each image (`data.folds.assign_folds`); `pattern` tells people apart."""
    people = [person_of(sample.name, pattern) for sample in samples]
    return assign_folds(people, [sample.label for sample in samples], folds, seed)


def read_splits(data: Path, passed: PassedOver | None = None) -> dict[str, list[Sample]]:
    """The splits that the data itself brings, named `train`, `choose`, `val`."""
    named = given_splits(data, passed)
    valid = next((named[name] for name in VALIDATION_NAMES if name in named), None)
    test = named.get("test")
    splits: dict[str, list[Sample]] = {"train": named.get("train", [])}
    if valid is not None:
        splits["val" if test is None else "choose"] = valid
    if test is not None:
        splits["val"] = test
    return splits


def given_splits(data: Path, passed: PassedOver | None = None) -> dict[str, list[Sample]]:
    """The splits that the data itself brings, under its own names for them; all is `train` where it names none.

    Raises:
        UserError: a class folder missing, empty or too many, or a split of an unknown name.
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
        return {name: folders[name] for name in ("train", *VALIDATION_NAMES, "test") if name in folders}
    if set(CLASS_NAMES) & set(folders):
        return {"train": data}
    raise UserError(f"{data}: expected {data}/train/female and {data}/train/male, found {_listing(folders)}")


def read_classes(folder: Path, root: Path, passed: PassedOver | None = None) -> list[Sample]:
    """Labelled images of `folder/female` and `folder/male`, sorted by name.

    Raises:
        UserError: a class folder is missing or empty, or there is a third.
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
    rows = CsvRows(path, "a CSV manifest")
    if "path" not in rows.columns or "gender" not in rows.columns:
        raise UnreadableError(f"{path}: a manifest needs the columns path and gender, found {_listing(rows.columns)}")
    for row in rows:
        sample = _manifest_sample(path, rows.line, row)
        splits.setdefault((row.get("split") or "train").strip(), []).append(sample)
    known = {"train", "test", *VALIDATION_NAMES}
    if set(splits) - known:
        raise UserError(
            f"{path}: unknown split {_listing(sorted(set(splits) - known))}; known are {_listing(sorted(known))}"
        )
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
    return to_text(written if picture == folder / as_path(written) else to_path(written))


def read_exclusions(path: Path) -> list[str]:
    """Names of images to leave out, a line each, as the index names them; empty lines and `#` lines say nothing.

    A list may be empty: an audit of clean data writes such a one.

    Raises:
        UnreadableError: no such file, or no text.
    """
    lines = [line.strip() for line in lines_of(read_text(path, "a list of images to leave out"))]
    return [from_line(line) for line in lines if line and not line.startswith("#")]


def _root(data: Path) -> Path:
    return data if data.is_dir() else data.parent


def _geometry(root: Path) -> dict[str, Any] | None:
    # `align` leaves the geometry of its crops beside them; a model trained on them must crop the same way.
    note = root / "align.json"
    if not note.is_file():
        return None
    try:
        geometry = json.loads(note.read_text(encoding="utf-8")).get("geometry")
    except (ValueError, AttributeError):
        raise UnreadableError(f"{note}: not what `align` writes; make the crops again or remove it") from None
    return geometry if isinstance(geometry, dict) else None


def _listing(names: Iterable[str], most: int = 5) -> str:
    shown = list(names)
    text = ", ".join(shown[:most]) or "nothing"
    return text + (f" and {len(shown) - most} more" if len(shown) > most else "")
