"""What there is to learn from: folders and manifests become lists of labelled images by split.

Three splits, always: `train` is fitted on; `choose` (a share of train, people kept
together) is what epoch, threshold and test-time augmentation are chosen on; `val` is
only reported. Where the data brings `valid` and `test`, those are `choose` and `val`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gender_classifier import CLASS_NAMES
from gender_classifier.data.folds import assign_folds
from gender_classifier.data.people import AUTO, camera_words, check_pattern, person_of, person_pattern
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

    Attributes:
        root: folder that names are relative to.
        splits: images by split, in order.
        geometry: of the crops, as `align` noted it in `align.json`; None where it did not make them.
        choose_given: `choose` is a split that the data brings, and no share of train.
        people_told: some name in train tells a person, whose images are kept together.
        cameras: words in names that were taken for a camera's (`camera_words`).
    """

    root: Path
    splits: dict[str, list[Sample]]
    geometry: dict[str, Any] | None = None
    choose_given: bool = False
    people_told: bool = False
    cameras: tuple[str, ...] = ()

    def counts(self) -> dict[str, dict[str, int]]:
        """Count images by split and class."""
        return {
            split: {name: sum(s.label == label for s in samples) for label, name in enumerate(CLASS_NAMES)}
            for split, samples in self.splits.items()
        }

    def digest(self) -> str:
        """Give the SHA-256, in hexadecimal, of the sorted lines of split, name and label.

        It names the data that a model was trained on.
        """
        lines = sorted(f"{split}\t{s.name}\t{s.label}" for split, samples in self.splits.items() for s in samples)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def without(self, names: Iterable[str]) -> DataIndex:
        """Give the same index less some images.

        Args:
            names: of the images to leave out; unknown names are passed over.

        Returns:
            A new index; a split may be empty in it.
        """
        dropped = set(names)
        kept = {split: [s for s in samples if s.name not in dropped] for split, samples in self.splits.items()}
        return replace(self, splits=kept)

    def require_both_classes(self, data: str) -> None:
        """Refuse an index that has a split without women or without men.

        Args:
            data: what the error calls the data: its path, and what was done to it.

        Raises:
            UserError: naming `data`, the split and the class.
        """
        for split, samples in self.splits.items():
            missing = set(range(len(CLASS_NAMES))) - {sample.label for sample in samples}
            if missing:
                names = " or ".join(CLASS_NAMES[label] for label in sorted(missing))
                raise UserError(f"{data}: no {names} image left for the split `{split}` ({len(samples)} images)")


def hold_out(samples: Sequence[Sample], share: float, pattern: str, seed: int) -> tuple[list[Sample], list[Sample]]:
    """Split samples into kept and held-out ones; no person is on both sides.

    People are taken in the order of a hash, so that every machine holds out the same images. A person whose images
    would overshoot a class's share is passed over.

    Args:
        samples: of one split.
        share: of each class to hold out, between 0 and 1.
        pattern: tells people apart, as for `person_of`.
        seed: of the hash.

    Returns:
        The kept and the held-out samples, each in the order of `samples`.
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
    """Index a folder in ImageFolder's layout or a CSV manifest: which images are `train`, `choose` and `val`.

    Args:
        data: `DATA/train/{female,male}` with or without `DATA/{val|valid|validation}` and `DATA/test`; or
            `DATA/{female,male}`, which is all train; or a CSV file with the columns `path` (relative to the file's
            folder), `gender` and, if it has one, `split`.
        val_share: share of train that is only reported where there is no validation split, 0 to 1.
        choose_share: share of train held out to choose on where the data does not bring one, 0 to 1.
        person: regular expression whose first group tells the person from a file's name; empty: each file is
            another person; `auto`: as names tell (`person_pattern`).
        seed: which people are held out.
        fold: (k, folds): the k-th of so many folds of train is `val`, in place of the data's own; k from 1. None: no
            folds.
        passed: is told of the files in class folders that are no images; None: they are not counted.

    Returns:
        The index, with both classes in each of its three splits.

    Raises:
        UserError: as for `data.samples.read_splits`, no training images, a split left with one class only, a
            `person` that is no regular expression or has no group, or more folds than people.
        UnreadableError: no such data, a manifest that is not one, or an `align.json` that `align` did not write.
    """
    check_pattern(person)
    given = read_splits(data, passed)
    if not given.get("train"):
        raise UserError(f"{data}: no training images; expected {data}/train/female and {data}/train/male")
    train, choose = given["train"], given.get("choose")
    cameras = camera_words(train) if person == AUTO else ()
    person = person_pattern(train, person)
    if fold is not None:
        places = folds_of(train, fold[1], person, seed)
        given["val"] = [sample for sample, place in zip(train, places, strict=True) if place == fold[0]]
        train = [sample for sample, place in zip(train, places, strict=True) if place != fold[0]]
    elif given.get("val") is None:
        train, given["val"] = hold_out(train, val_share, person, seed)
    if choose is None:
        train, choose = hold_out(train, choose_share, person, seed + 1)
    splits = {"train": train, "choose": choose, "val": given["val"]}
    told = any(person_of(sample.name, person) != sample.name for sample in given["train"])
    index = DataIndex(
        _root(data), splits, _geometry(_root(data)), choose_given="choose" in given, people_told=told, cameras=cameras
    )
    index.require_both_classes(str(data))
    return index


def folds_of(samples: Sequence[Sample], folds: int, pattern: str, seed: int) -> list[int]:
    """Give each image its fold, as `data.folds.assign_folds` does, with people told from file names.

    Args:
        samples: of train.
        folds: how many, at least 2.
        pattern: tells people apart, as for `build_index`.
        seed: who stands in which fold is a function of names, labels and seed alone.

    Returns:
        Folds, 1 to `folds`, in the order of `samples`.

    Raises:
        UserError: fewer than 2 folds, or fewer people of a class than folds.
    """
    pattern = person_pattern(samples, pattern)
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
