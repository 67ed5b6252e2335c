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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gender_classifier import CLASS_NAMES
from gender_classifier.data.folds import assign_folds
from gender_classifier.data.samples import (
    VALIDATION_NAMES,
    Sample,
    given_splits,
    read_classes,
    read_exclusions,
    read_splits,
)
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.files import PassedOver

SPLITS = ("train", "choose", "val")
__all__ = [
    "SPLITS",
    "VALIDATION_NAMES",
    "DataIndex",
    "Sample",
    "build_index",
    "folds_of",
    "given_splits",
    "hold_out",
    "person_of",
    "read_classes",
    "read_exclusions",
    "read_splits",
]


@dataclass(frozen=True)
class DataIndex:
    """Labelled images by split (`train`, `choose`, `val`), and where they came from.

    Example:
        >>> index = DataIndex(Path("faces"), {"train": [Sample(Path("faces/a.jpg"), "a.jpg", 1)]})
        >>> index.counts()
        {'train': {'female': 0, 'male': 1}}
    """

    root: Path
    splits: dict[str, list[Sample]]
    geometry: dict[str, Any] | None = None

    def counts(self) -> dict[str, dict[str, int]]:
        """Give images by split and class."""
        return {
            split: {name: sum(s.label == label for s in samples) for label, name in enumerate(CLASS_NAMES)}
            for split, samples in self.splits.items()
        }

    def digest(self) -> str:
        """Give the SHA-256 of the sorted lines `split, name, label`: names the data that a model was trained on."""
        lines = sorted(f"{split}\t{s.name}\t{s.label}" for split, samples in self.splits.items() for s in samples)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def without(self, names: Iterable[str]) -> DataIndex:
        """Give the same index less the named images."""
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
    """Give the person that a file's name tells by the first group of `pattern`; else the name itself.

    Args:
        name: of the file, as the index has it.
        pattern: regular expression; None: each file is another person.
    """
    match = re.search(pattern, Path(name).name) if pattern else None
    return match.group(1) if match and match.groups() else name


def hold_out(samples: Sequence[Sample], share: float, pattern: str, seed: int) -> tuple[list[Sample], list[Sample]]:
    """Split into (kept, held out): `share` of each class, no person on both sides.

    A function of names and seed alone, so that every machine holds out the same images.
    People are taken in the order of a hash; one whose images would overshoot a class's
    share is passed over.

    Args:
        samples: of one split.
        share: of each class, between 0 and 1.
        pattern: tells people apart, as for `person_of`.
        seed: who is held out is a function of names and seed alone.
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
    """Give the fold, 1 to `folds`, of each image (`data.folds.assign_folds`); `pattern` tells people apart.

    Args:
        samples: of train.
        folds: at least 2.
        pattern: as for `person_of`.
        seed: who stands in which fold is a function of names, labels and seed alone.
    """
    people = [person_of(sample.name, pattern) for sample in samples]
    return assign_folds(people, [sample.label for sample in samples], folds, seed)


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
