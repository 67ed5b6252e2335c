"""Looks that need no image file."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.audit.looks import Look
from gender_classifier.data.datasets import Sample


def look(name: str, split: str = "train", label: int = 0, **known: object) -> Look:
    """A look with what is known of it."""
    values: dict[str, object] = {"width": 200, "height": 200, "faces": (100.0,), "digest": name, **known}
    return Look(Sample(Path(name), name, label), split, **values)  # type: ignore[arg-type]
