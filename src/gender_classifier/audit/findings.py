"""What the audit found, as a person acts on it: how grave, what, what to do, and which images to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from gender_classifier import CLASS_NAMES
from gender_classifier.audit.looks import Look


class Severity(IntEnum):
    """How grave a finding is; graver ones are greater."""

    NOTE = 0
    WARNING = 1
    ERROR = 2
    LEAK = 3

    @property
    def word(self) -> str:
        """The words that a person reads for it."""
        return ("Note", "Look at it", "Mend it", "Leak")[self]


@dataclass(frozen=True)
class Tile:
    """An image to show, and what stands below it.

    Example:
        >>> from gender_classifier.data.samples import Sample
        >>> tile(Look(Sample(Path("faces/a.jpg"), "a.jpg", 0), "train"), "mirrored").caption
        'train, female; mirrored'

    Attributes:
        path: of the image file.
        name: the image's, as the index has it.
        caption: split, class and a note, in one line.
    """

    path: Path
    name: str
    caption: str


@dataclass(frozen=True)
class Finding:
    """Something found.

    Example:
        >>> finding = Finding("tiny", Severity.NOTE, "3 images are tiny", "Too few pixels.", "Replace them.", 3)
        >>> finding.severity.word, leaks([finding])
        ('Note', False)

    Attributes:
        key: what kind it is, a word for programs.
        severity: how grave.
        title: what, in one sentence.
        text: why it matters.
        action: what to do.
        count: images, pairs or people that it is about.
        groups: tiles to show, each group together; nothing for what cannot be shown.
        lines: more of it, a line each, where there is nothing to show.
    """

    key: str
    severity: Severity
    title: str
    text: str
    action: str
    count: int
    groups: tuple[tuple[Tile, ...], ...] = ()
    lines: tuple[str, ...] = ()


def ordered(findings: Sequence[Finding]) -> list[Finding]:
    """Sort findings, the gravest first.

    Args:
        findings: in any order.

    Returns:
        The same findings; those that are equally grave stay in the order given.
    """
    return sorted(findings, key=lambda finding: -finding.severity)


def leaks(findings: Sequence[Finding]) -> bool:
    """Tell whether images or people of one split stand in another.

    Args:
        findings: of an audit.

    Returns:
        True where any has the severity `LEAK`; the command then ends with exit code 1.
    """
    return any(finding.severity == Severity.LEAK for finding in findings)


def tile(look: Look, note: str = "") -> Tile:
    """Make the tile that shows an image.

    Args:
        look: the image.
        note: stands in the caption after split and class; empty: nothing does.

    Returns:
        The image's file and name, and a caption such as `train, female; mirrored`.
    """
    caption = f"{look.split}, {CLASS_NAMES[look.sample.label]}" + (f"; {note}" if note else "")
    return Tile(look.sample.path, look.sample.name, caption)


def pictures(count: int, which: str = "") -> str:
    """Say how many images there are.

    Args:
        count: how many, 0 or more.
        which: stands before the noun, with a blank at its end, such as `further `; empty: nothing does.

    Returns:
        `1 image`, `2 images` or `1,200 further images`.
    """
    return f"{count:,} {which}image" + ("" if count == 1 else "s")
