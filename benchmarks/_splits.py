"""A part of one split of labelled images, for benchmarks that take a manifest."""

from __future__ import annotations

from pathlib import Path

from gender_classifier.data.datasets import Sample, read_splits

SPLITS = {"train": "train", "valid": "choose", "test": "val"}


def evenly_spaced(manifest: Path, split: str, limit: int) -> list[Sample]:
    """Up to `limit` images of a split (train, valid or test), evenly spaced."""
    samples = read_splits(manifest)[SPLITS[split]]
    return list(samples[:: max(1, len(samples) // limit)][:limit])
