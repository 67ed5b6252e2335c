"""Findings about copies and people: across splits, with two labels, and within a split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gender_classifier import CLASS_NAMES
from gender_classifier.audit.duplicates import Pair, joined
from gender_classifier.audit.findings import (
    Finding,
    Severity,
    Tile,
    pictures,
    tile,
)
from gender_classifier.audit.leaks import (
    CopiedClass,
    Crossing,
    Person,
    copied_classes,
    crossings,
    people,
)
from gender_classifier.audit.looks import Look

_MANY = ("women", "men")
SHOWN = 24
"""Groups of images that a finding shows at most; all of them stand in the tables."""


def copy_findings(looks: Sequence[Look], pairs: Sequence[Pair]) -> list[Finding]:
    """Find copies of images: across splits, with two labels, and within a split.

    A class of which most stands in another split is a finding of its own; what those splits share besides is another.

    Args:
        looks: all images.
        pairs: by `find_pairs`; their rows are places in `looks`.

    Returns:
        Classes that were copied, further copies across splits, copies with two labels and copies within a split, in
        this order; what there is none of is left out.
    """
    groups = joined(pairs)
    notes = _notes(pairs)
    crossed = crossings(looks, groups)
    whole = copied_classes(looks, crossed)
    learnt = learnt_split(look.split for look in looks)
    found = [_copied(looks, copied, learnt, notes) for copied in whole]
    found += [_crossing(looks, crossing, whole, learnt, notes) for crossing in crossed]
    found += [_two_labels(looks, groups, notes), _within(looks, groups, notes)]
    return [finding for finding in found if finding.count]


def person_findings(looks: Sequence[Look], pattern: str) -> list[Finding]:
    """Find people in several splits, and people in both classes.

    Args:
        looks: all images.
        pattern: regular expression whose first group tells people apart by file names; empty: people are not compared.

    Returns:
        A finding for people in several splits and one for people in both classes; what there is none of is left out.
    """
    everybody = people(looks, pattern) if pattern else []
    across = [person for person in everybody if len({looks[row].split for row in person.rows}) > 1]
    both = [person for person in everybody if len({looks[row].sample.label for row in person.rows}) > 1]
    found = [_people_across(looks, across, everybody), _people_of_both(looks, both)]
    return [finding for finding in found if finding.count]


def learnt_split(splits: Iterable[str]) -> str:
    """Find the split that is trained on, whose copies `exclude.txt` names.

    Args:
        splits: names as `Look.split` has them, in order, one at least; each as often as it likes.

    Returns:
        The first `train`, be it that of one of several sources; where there is none, the first split.
    """
    names = list(dict.fromkeys(splits))
    return next((name for name in names if name.split("/")[-1] == "train"), names[0])


def exclusions(looks: Sequence[Look], pairs: Sequence[Pair], learnt: str) -> list[str]:
    """Name the images of a split that have a copy in another split, for `train --exclude`.

    Args:
        looks: all images.
        pairs: by `find_pairs`; their rows are places in `looks`.
        learnt: the split that is trained on, as `Look.split` has it (`learnt_split`).

    Returns:
        Names as the index has them, sorted, each once.
    """
    names = {
        looks[row].sample.name
        for crossing in crossings(looks, joined(pairs))
        if learnt in crossing.splits
        for group in crossing.groups
        for row in group
        if looks[row].split == learnt
    }
    return sorted(names)


def _notes(pairs: Sequence[Pair]) -> dict[int, str]:
    """How an image is a copy of one before it."""
    notes: dict[int, str] = {}
    for pair in pairs:
        how = "the same file" if pair.same_file else f"details correlate {pair.correlation:.2f}"
        notes.setdefault(pair.b, how + (", mirrored" if pair.mirrored else ""))
    return notes


def _shown(
    looks: Sequence[Look], groups: Sequence[Sequence[int]], notes: dict[int, str]
) -> tuple[tuple[Tile, ...], ...]:
    return tuple(tuple(tile(looks[row], notes.get(row, "")) for row in group[:8]) for group in groups[:SHOWN])


def _copied(looks: Sequence[Look], copied: CopiedClass, learnt: str, notes: dict[int, str]) -> Finding:
    many, whole = _MANY[copied.label], copied.copied == copied.count
    which = f"All {copied.count:,} {many}" if whole else f"{copied.copied:,} of the {copied.count:,} {many}"
    return Finding(
        "copied_class",
        Severity.LEAK,
        f"{which} of {copied.split} stand in {copied.into} too",
        f"A class of {copied.split} was copied into {copied.into}. A model that learnt from one is not tested by the "
        f"other: the recall of {many} measured there says what it remembers.",
        f"{_out_of(copied.into, copied.split, learnt)} Or go back to the data as it was published. Measure anew "
        f"whatever was measured on {copied.into if learnt == copied.split else copied.split}.",
        copied.copied,
        _shown(looks, copied.groups, notes),
    )


def _out_of(split: str, other: str, learnt: str) -> str:
    """What to do about copies in two splits; `split` is the one to mend where neither is trained on."""
    if learnt in (split, other):
        return f"Take those of {learnt} out of training: exclude.txt names them (`train --exclude`)."
    return (
        f"Take them out of {split} in the data itself: exclude.txt is for training and names images of {learnt} alone."
    )


def _crossing(
    looks: Sequence[Look], crossing: Crossing, whole: Sequence[CopiedClass], learnt: str, notes: dict[int, str]
) -> Finding:
    """What two splits share beyond classes that were copied whole."""
    first, second = crossing.splits
    said = [group for copied in whole if {copied.split, copied.into} == {first, second} for group in copied.groups]
    groups = [group for group in crossing.groups if group not in said]
    count, further = len(groups), "further " if said else ""
    here, there = (sum(looks[row].split == split for group in groups for row in group) for split in crossing.splits)
    return Finding(
        "copies_across_splits",
        Severity.LEAK,
        f"{pictures(count, further)} stand{'s' if count == 1 else ''} in both {first} and {second}",
        f"{pictures(here)} of {first} and {there:,} of {second} are copies of one another, byte for byte or "
        "encoded, resized, mirrored or slightly cropped anew. What is measured on them is what was learnt by heart.",
        f"{_out_of(first, second, learnt)} Look at them first; duplicates.csv lists each pair and how alike it is.",
        count,
        _shown(looks, groups, notes),
    )


def _two_labels(looks: Sequence[Look], groups: Sequence[list[int]], notes: dict[int, str]) -> Finding:
    odd = [group for group in groups if len({looks[row].sample.label for row in group}) > 1]
    return Finding(
        "copies_with_two_labels",
        Severity.ERROR,
        f"{pictures(len(odd))} stand{'s' if len(odd) == 1 else ''} in both classes",
        "The same image is labelled female here and male there. One of the labels is wrong, and whichever a model "
        "learns, it is marked wrong on the other.",
        "Decide on one label for each and remove the other copy.",
        len(odd),
        _shown(looks, odd, notes),
    )


def _within(looks: Sequence[Look], groups: Sequence[list[int]], notes: dict[int, str]) -> Finding:
    inner = []
    for group in groups:
        for split in dict.fromkeys(looks[row].split for row in group):
            here = [row for row in group if looks[row].split == split]
            if len(here) > 1:
                inner.append(here)
    extra = sum(len(group) - 1 for group in inner)
    return Finding(
        "copies_within_a_split",
        Severity.WARNING,
        f"{pictures(extra)} {'is a copy' if extra == 1 else 'are copies'} of another in the same split",
        "An image that stands twice counts twice, in training and in results; where a share of train is held out, its "
        "copy may stay behind.",
        "Keep one of each, unless they are meant to count more. duplicates.csv lists them by group.",
        extra,
        _shown(looks, inner, notes),
    )


def _people_across(looks: Sequence[Look], across: Sequence[Person], everybody: Sequence[Person]) -> Finding:
    named = [f"{person.name}: " + ", ".join(_by_split(looks, person.rows)) for person in across]
    return Finding(
        "people_across_splits",
        Severity.LEAK,
        f"{len(across):,} of {len(everybody):,} people {'stands' if len(across) == 1 else 'stand'} in several splits",
        "File names say so. A model that knows a face from training need not see its gender.",
        "Keep each person on one side: `train --set data.person=REGEX` does where it makes the splits itself.",
        len(across),
        tuple(tuple(tile(looks[row]) for row in _one_each(looks, person.rows)) for person in across[:SHOWN]),
        tuple(named),
    )


def _people_of_both(looks: Sequence[Look], both: Sequence[Person]) -> Finding:
    named = [f"{person.name}: " + ", ".join(_by_label(looks, person.rows)) for person in both]
    return Finding(
        "people_in_both_classes",
        Severity.ERROR,
        f"{len(both):,} {'person has' if len(both) == 1 else 'people have'} images in both classes",
        "File names say that these are one person, labels say two things of them.",
        "Look at each: a label is wrong, or a name is shared by two people.",
        len(both),
        tuple(tuple(tile(looks[row]) for row in person.rows[:8]) for person in both[:SHOWN]),
        tuple(named),
    )


def _one_each(looks: Sequence[Look], rows: Sequence[int]) -> list[int]:
    """The first image in each split."""
    return list({looks[row].split: row for row in reversed(rows)}.values())[::-1]


def _by_split(looks: Sequence[Look], rows: Sequence[int]) -> list[str]:
    splits = [looks[row].split for row in rows]
    return [f"{pictures(splits.count(split))} in {split}" for split in dict.fromkeys(splits)]


def _by_label(looks: Sequence[Look], rows: Sequence[int]) -> list[str]:
    labels = [looks[row].sample.label for row in rows]
    return [f"{pictures(labels.count(label))} as {CLASS_NAMES[label]}" for label in sorted(set(labels))]
