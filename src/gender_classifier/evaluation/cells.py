"""Scoring images under every cell of the robustness table: each image decoded once, on all cores.

An image is one piece of work for one thread: read it, change it by every cell, and run each network over its changed
crops with a single thread. Nothing is handed from thread to thread but logits, so cores need not wait for one another,
and memory does not grow with the number of images.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UnreadableError
from gender_classifier.evaluation.degraded import SIDE, chance, changed
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.pipeline import prepared
from gender_classifier.metrics.robustness import Cell
from gender_classifier.system.files import sha256_of

Known = Callable[[str, str], Mapping[Cell, float]]
"""From a model's name and an image's SHA-256 to the logits that are known already."""


@dataclass(frozen=True)
class Scored:
    """An image's logits.

    Attributes:
        sample: the image.
        digest: SHA-256 of its file; empty where it cannot be read.
        logits: by model and cell, all that was asked for; empty where it cannot be read.
        fresh: those of them that were not known before.
        fault: why it cannot be read; else None.

    Example:
        >>> from gender_classifier.metrics.robustness import CLEAN
        >>> face = Sample(Path("faces/female/a.jpg"), "female/a.jpg", 0)
        >>> Scored(face, "5e1f", {"release": {CLEAN: -2.5}}).logits["release"][CLEAN]
        -2.5
    """

    sample: Sample
    digest: str = ""
    logits: dict[str, dict[Cell, float]] = field(default_factory=dict)
    fresh: dict[str, dict[Cell, float]] = field(default_factory=dict)
    fault: str | None = None


def score_cells(
    classifiers: Mapping[str, GenderClassifier],
    samples: Sequence[Sample],
    cells: Sequence[Cell],
    *,
    seed: int,
    known: Known,
    threads: int,
) -> Iterator[Scored]:
    """Score images under cells, each image decoded once.

    Args:
        classifiers: models by name, made with one thread each.
        samples: crops, not photos.
        cells: what is done to them.
        seed: of all chance.
        known: called with a model's name and an image's SHA-256, in other threads; gives the logits by cell that need
            not be made again, and may give more cells than were asked for.
        threads: images worked on at a time.

    Yields:
        Each image's logits, or why it cannot be read; images in their order.
    """

    def work(sample: Sample) -> Scored:
        try:
            digest = _digest(sample.path)
            logits = {name: {c: z for c, z in known(name, digest).items() if c in wanted} for name in classifiers}
            left = {name: [c for c in cells if c not in found] for name, found in logits.items()}
            fresh = _scored(classifiers, sample.path, digest, left, seed) if any(left.values()) else {}
        except UnreadableError as error:
            return Scored(sample, fault=str(error))
        return Scored(sample, digest, {name: {**logits[name], **fresh.get(name, {})} for name in logits}, fresh)

    wanted = set(cells)
    return prepared(work, samples, threads)


def _digest(path: Path) -> str:
    try:
        if not path.is_file():  # reading a pipe or a device may never end
            raise UnreadableError(f"{path}: not a file")
        return sha256_of(path)
    except OSError as error:
        raise UnreadableError(f"{path}: {(error.strerror or str(error)).lower()}") from None


def _scored(
    classifiers: Mapping[str, GenderClassifier], path: Path, digest: str, left: Mapping[str, Sequence[Cell]], seed: int
) -> dict[str, dict[Cell, float]]:
    """Logits by model of the cells that are left for each."""
    picture = read_picture(path, min_side=SIDE)
    inputs: dict[tuple[str, int, Cell], NDArray[np.uint8]] = {}
    metadata = {name: classifiers[name].metadata for name in left if left[name]}
    for mode in dict.fromkeys(m.fit for m in metadata.values()):
        crop = fit(picture, SIDE, mode)
        wanting = [name for name in metadata if metadata[name].fit == mode]
        for cell in dict.fromkeys(cell for name in wanting for cell in left[name]):
            at_size = changed(crop, cell, chance(digest, cell.kind, seed))
            for size in {metadata[name].input_size for name in wanting if cell in left[name]}:
                inputs[mode, size, cell] = at_size(size)
    fresh = {}
    for name, m in metadata.items():
        crops = np.stack([inputs[m.fit, m.input_size, cell] for cell in left[name]])
        scores = classifiers[name].score_crops(crops)[0]
        fresh[name] = dict(zip(left[name], map(float, scores), strict=True))
    return fresh
