"""What the parts of `release.py` share: images in memory, their scores, and the figures of a group of them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from _release_pictures import SIDE, Change, plain
from gender_classifier.data.datasets import Sample, read_splits
from gender_classifier.errors import UserError
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.classification import metrics_at, wilson
from gender_classifier.metrics.decision import DecisionRule

Picture = NDArray[np.uint8]
Figures = dict[str, Any]
BATCH = 32


@dataclass(frozen=True)
class Faces:
    """Images in memory, uint8 (N, side, side, 3), and what is known of each, (N,)."""

    pictures: Picture
    samples: Sequence[Sample]

    @property
    def labels(self) -> NDArray[np.int64]:
        """0 female, 1 male."""
        return np.array([sample.label for sample in self.samples], np.int64)

    def column(self, name: str) -> NDArray[np.str_]:
        """A column of the manifest.

        Raises:
            UserError: it has none of that name.
        """
        if any(name not in sample.extra for sample in self.samples):
            raise UserError(f"manifest: no column `{name}`, which accuracy by group needs")
        return np.array([sample.extra[name] for sample in self.samples])

    def first(self, count: int) -> Faces:
        """The first so many."""
        return Faces(self.pictures[:count], self.samples[:count])


@dataclass
class Bench:
    """A model and what to measure it on.

    Attributes:
        classifier: the model.
        fairface: FairFace's manifest; its `test` is measured, and `valid` where the model may answer `uncertain`.
        facecom: folder with `female` and `male`.
        limit: of images of each set, none: all.
        degrade_limit: of images that are degraded.
        framing_limit: of images that are shifted, scaled and turned.
        threads: of the detector; none: all cores.
    """

    classifier: GenderClassifier
    fairface: Path | None = None
    facecom: Path | None = None
    limit: int | None = None
    degrade_limit: int = 2000
    framing_limit: int = 1000
    threads: int | None = None

    @property
    def size(self) -> int:
        """Side of the network's input, pixels."""
        return self.classifier.metadata.input_size

    @cached_property
    def samples(self) -> dict[str, list[Sample]]:
        """FairFace's `valid` and `test` in the order of their numbers, which is the published one."""
        if self.fairface is None:
            raise UserError("--fairface: the manifest of FairFace is needed for this part")
        splits = read_splits(self.fairface)
        if not splits.get("choose") or not splits.get("val"):
            raise UserError(f"{self.fairface}: images of the splits valid and test are needed")
        named = {"valid": splits["choose"], "test": splits["val"]}
        return {name: sorted(rows, key=number_of)[: self.limit] for name, rows in named.items()}

    @cached_property
    def test(self) -> Faces:
        """FairFace's test, decoded once."""
        return load(self.samples["test"], lambda picture: fit(picture, SIDE))

    @cached_property
    def test_logits(self) -> dict[str, NDArray[np.float64]]:
        """Logits of the test as it is, by mode."""
        return self.modes(self.test.pictures)

    def score(self, pictures: Picture, change: Change, views: Sequence[str] = ("identity",)) -> NDArray[np.float64]:
        """Logits (views, N) of changed images; the next batch is changed while one is scored."""

        def batch(start: int) -> Picture:
            part = pictures[start : start + BATCH]
            return np.stack([change(picture, start + i) for i, picture in enumerate(part)])

        starts = range(0, len(pictures), BATCH)
        parts = [self.classifier.score_crops(crops, views, BATCH) for crops in ahead(batch, starts)]
        return np.concatenate(parts, axis=1).astype(np.float64)

    def modes(self, pictures: Picture) -> dict[str, NDArray[np.float64]]:
        """Logits (N,) of unchanged images: `single`, and `tta` where the model has several views."""
        views = list(self.classifier.metadata.tta.views)
        each = list(dict.fromkeys(["identity", *views]))
        logits = self.score(pictures, plain(self.size), each)
        found = {"single": logits[0]}
        if views != ["identity"]:
            found["tta"] = logits[[each.index(view) for view in views]].mean(axis=0)
        return found

    def cut(self, mode: str = "single") -> float:
        """The model's own threshold, as logit."""
        return DecisionRule.of_model(self.classifier.metadata, tta=mode == "tta").threshold

    def probabilities(self, logits: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probability of male."""
        return DecisionRule.of_model(self.classifier.metadata).probabilities(logits)


def number_of(sample: Sample) -> tuple[int, str]:
    """An image's number, which ends its file's name; FairFace's manifest is in another order, women first."""
    digits = re.search(r"(\d+)$", Path(sample.name).stem)
    return (int(digits[1]) if digits else 0), sample.name


def load(samples: Sequence[Sample], make: Callable[[Picture], Picture]) -> Faces:
    """Read images, each once, and make them one size."""
    first = make(read_picture(samples[0].path))
    pictures = np.empty((len(samples), *first.shape), np.uint8)
    for picture, sample in zip(pictures, samples, strict=True):
        picture[:] = make(read_picture(sample.path))
    return Faces(pictures, samples)


def ahead(make: Callable[[int], Picture], starts: range) -> Iterator[Picture]:
    """`make` of each start, the next one made while one is used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(make, starts[0])
        for following in starts[1:]:
            ready, coming = coming, pool.submit(make, following)
            yield ready.result()
        yield coming.result()


def share(right: int, count: int) -> Figures:
    """A share with Wilson's interval of 95 %."""
    return {"count": count, "right": right, "accuracy": right / count, "interval": list(wilson(right, count))}


def rates(labels: NDArray[np.int64], logits: NDArray[np.float64], cut: float) -> Figures:
    """Accuracy with interval, and recalls; a recall is None where nobody has the label."""
    found = metrics_at(labels, logits, cut)
    women, men = found["tn"] + found["fp"], found["tp"] + found["fn"]
    return {
        **share(int(found["tp"] + found["tn"]), len(labels)),
        "recall_female": found["recall_female"] if women else None,
        "recall_male": found["recall"] if men else None,
        "men_minus_women": found["recall"] - found["recall_female"] if women and men else None,
        "roc_auc": None if math.isnan(found["roc_auc"]) else found["roc_auc"],
    }
