"""What of one split stands in another: copies of images, whole classes of them, and people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from gender_classifier.audit.looks import Look
from gender_classifier.data.people import person_of

COPIED_SHARE = 0.5
"""Share of a split's class from which it counts as copied into another."""
_COPIED_LEAST = 3


@dataclass(frozen=True)
class Crossing:
    """Two splits that share images.

    Example:
        >>> crossing = Crossing(("train", "val"), [[0, 7], [3, 9]])
        >>> f"{len(crossing.groups)} images stand in {' and '.join(crossing.splits)}"
        '2 images stand in train and val'

    Attributes:
        splits: their names, first the one whose images come first.
        groups: rows of images that are one; each group has rows of both splits.
    """

    splits: tuple[str, str]
    groups: list[list[int]]


@dataclass(frozen=True)
class CopiedClass:
    """A class of a split of which most stands in another.

    Example:
        >>> women = CopiedClass(label=0, split="val", into="train", groups=[[0, 7], [3, 9], [4, 8]], copied=3, count=4)
        >>> f"{women.copied / women.count:.0%} of {women.split} stand in {women.into}"
        '75% of val stand in train'

    Attributes:
        label: 0 female, 1 male.
        split: where it belongs.
        into: where it stands as well.
        groups: rows of images that are one, on both sides.
        copied: images of the class that stand in `into` too.
        count: images of the class in `split`.
    """

    label: int
    split: str
    into: str
    groups: list[list[int]]
    copied: int
    count: int


@dataclass(frozen=True)
class Person:
    """Somebody whom file names tell.

    Example:
        >>> person = Person("ann", rows=[0, 3, 8])
        >>> f"{person.name} is in {len(person.rows)} images"
        'ann is in 3 images'

    Attributes:
        name: what the pattern's first group found.
        rows: of the person's images.
    """

    name: str
    rows: list[int]


def crossings(looks: Sequence[Look], groups: Sequence[Sequence[int]]) -> list[Crossing]:
    """Find pairs of splits that share images.

    Args:
        looks: all images.
        groups: rows of images that are one, by `joined`; rows are places in `looks`.

    Returns:
        A crossing a pair of splits, those with the most groups first; its groups have no rows of other splits.
    """
    found: dict[tuple[str, str], list[list[int]]] = defaultdict(list)
    order = {split: place for place, split in enumerate(dict.fromkeys(look.split for look in looks))}
    for group in groups:
        here = sorted({looks[row].split for row in group}, key=order.__getitem__)
        for a, b in combinations(here, 2):
            found[a, b].append([row for row in group if looks[row].split in (a, b)])
    return sorted((Crossing(*item) for item in found.items()), key=lambda c: -len(c.groups))


def copied_classes(looks: Sequence[Look], crossed: Sequence[Crossing]) -> list[CopiedClass]:
    """Find classes of which at least `COPIED_SHARE`, and at least three images, stand in another split.

    Args:
        looks: all images.
        crossed: by `crossings`.

    Returns:
        The most complete first. Of two splits that share a class, the one of which the larger share was copied
        counts; where both shares are equal, the second of the two.
    """
    counts: dict[tuple[str, int], int] = defaultdict(int)
    for look in looks:
        counts[look.split, look.sample.label] += 1
    found = []
    for crossing in crossed:
        for label in (0, 1):
            both = [_copied(looks, crossing, label, s, into, counts) for s, into in permutations(crossing.splits)]
            # Where two splits are one, the second was copied into the first: train stands first.
            best = max(reversed(both), key=lambda copied: copied.copied / max(1, copied.count))
            if best.copied >= _COPIED_LEAST and best.copied >= COPIED_SHARE * best.count:
                found.append(best)
    return sorted(found, key=lambda copied: (-copied.copied / copied.count, -copied.copied))


def _copied(
    looks: Sequence[Look], crossing: Crossing, label: int, split: str, into: str, counts: dict[tuple[str, int], int]
) -> CopiedClass:
    def of_it(group: list[int]) -> list[int]:
        return [row for row in group if looks[row].split == split and looks[row].sample.label == label]

    groups = [group for group in crossing.groups if of_it(group)]
    return CopiedClass(label, split, into, groups, sum(len(of_it(group)) for group in groups), counts[split, label])


def people(looks: Sequence[Look], pattern: str) -> list[Person]:
    """Find everybody whom file names tell, as `train` tells people apart.

    Args:
        looks: all images.
        pattern: regular expression whose first group is the person, as for `data.people.person_of`; empty: nobody.

    Returns:
        People sorted by name; an image whose name does not match is nobody's.
    """
    rows: dict[str, list[int]] = defaultdict(list)
    for row, look in enumerate(looks):
        person = person_of(look.sample.name, pattern)
        if person != look.sample.name:
            rows[person].append(row)
    return [Person(name, own) for name, own in sorted(rows.items())]
