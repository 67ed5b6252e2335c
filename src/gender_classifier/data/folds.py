"""Folds of labelled images: as many of each class in every fold, and nobody in two of them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from gender_classifier import CLASS_NAMES
from gender_classifier.errors import UserError


def assign_folds(people: Sequence[str], labels: Sequence[int], folds: int, seed: int) -> list[int]:
    """Give each image its fold; nobody stands in two folds.

    The people with most images are placed first, each where the classes of its images are furthest below their
    even share; equals follow the order of a hash. Folds come out as even as people allow. The result is a function of
    names, labels and seed alone.

    Args:
        people: who is in each image.
        labels: 0 female or 1 male each, in the same order.
        folds: how many, at least 2.
        seed: decides between equals.

    Returns:
        Folds, 1 to `folds`, in the order of `people`.

    Raises:
        UserError: fewer than 2 folds, or fewer people of a class than folds.
    """
    if folds < 2:
        raise UserError(f"folds: {folds} is too few; at least 2")
    pictures: dict[str, Counter[int]] = {}
    for person, label in zip(people, labels, strict=True):
        pictures.setdefault(person, Counter())[label] += 1
    for label, name in enumerate(CLASS_NAMES):
        having = sum(label in counts for counts in pictures.values())
        if having < folds:
            raise UserError(f"folds: {folds} are more than the {having} people with {name} images; choose fewer")
    even = {label: count / folds for label, count in Counter(labels).items()}
    filled = [Counter[int]() for _ in range(folds)]
    places: dict[str, int] = {}
    for person in sorted(pictures, key=lambda person: (-pictures[person].total(), _hash(seed, person))):
        counts = pictures[person]

        def room(fold: int, counts: Counter[int] = counts) -> tuple[float, int]:
            lacking = sum(n * (1 - filled[fold][label] / even[label]) for label, n in counts.items())
            return lacking, -filled[fold].total()

        best = max(range(folds), key=room)
        places[person] = best
        filled[best].update(counts)
    return [places[person] + 1 for person in people]


def _hash(seed: int, person: str) -> bytes:
    return hashlib.sha256(f"folds:{seed}:{person}".encode()).digest()
