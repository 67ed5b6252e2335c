"""What the audit found, as a person acts on it: how grave, what, what to do, and which images to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

from gender_classifier import CLASS_NAMES
from gender_classifier.audit.looks import Look


class Severity(IntEnum):
    """Graver ones are greater."""

    NOTE = 0
    WARNING = 1
    ERROR = 2
    LEAK = 3

    @property
    def word(self) -> str:
        """As a person reads it."""
        return ("Note", "Look at it", "Mend it", "Leak")[self]


@dataclass(frozen=True)
class Tile:
    """An image to show, and what stands below it."""

    path: Path
    name: str
    caption: str


@dataclass(frozen=True)
class Finding:
    """Something found.

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
    """Sort findings, the gravest first; among equals in the order given."""
    return sorted(findings, key=lambda finding: -finding.severity)


def leaks(findings: Sequence[Finding]) -> bool:
    """Tell whether something of one split stands in another: what the exit code says."""
    return any(finding.severity == Severity.LEAK for finding in findings)


def tile(look: Look, note: str = "") -> Tile:
    """Make a look as it is shown: its split and label, and a note."""
    caption = f"{look.split}, {CLASS_NAMES[look.sample.label]}" + (f"; {note}" if note else "")
    return Tile(look.sample.path, look.sample.name, caption)


def pictures(count: int, which: str = "") -> str:
    """Say how many images, `1 image` or `2 images`; `which` stands before the noun."""
    return f"{count:,} {which}image" + ("" if count == 1 else "s")
