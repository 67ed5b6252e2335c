"""Other models' answers for the training images, as something to learn from beside the labels.

Source: Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural Network", 2015, section 2. The answers of
several models, or of one on mirrored views too, are averaged: such an average is right more often than its parts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.samples import Sample, plain_name
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.metrics.scores import read_scores, read_table
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.names import to_text
from gender_classifier.system.files import atomic_path, sha256_of
from gender_classifier.system.texts import CsvWriter


@dataclass(frozen=True)
class SoftLabels:
    """Averaged answers by the image's name, and the tables that they come from.

    Example:
        >>> soft = SoftLabels({"a.jpg": 0.0}, sources=[])
        >>> samples = [Sample(Path("a.jpg"), "a.jpg", 1), Sample(Path("b.jpg"), "b.jpg", 0)]
        >>> soft.probabilities(samples, temperature=1.0).tolist()
        [0.5, nan]

    Attributes:
        logits: mean logit over the tables that have the image.
        sources: of each table its name, `file`, and its `sha256`.
    """

    logits: Mapping[str, float]
    sources: list[dict[str, str]]

    def probabilities(self, samples: Sequence[Sample], temperature: float) -> NDArray[np.float32]:
        """Give the probability of male of each sample at a temperature.

        Args:
            samples: training images, by whose names the answers are found.
            temperature: what logits are divided by, above 0.

        Returns:
            float32 (N,), 0 to 1; NaN for an image without an answer.
        """
        found = np.array([self.logits.get(sample.name, math.nan) for sample in samples])
        known = ~np.isnan(found)
        found[known] = sigmoid(found[known] / temperature)
        return found.astype(np.float32)

    def context(self, samples: Sequence[Sample]) -> dict[str, Any]:
        """Say what a run's log says of them.

        Args:
            samples: training images.

        Returns:
            `tables`, which are `sources`, and `images`: how many of `samples` have an answer.
        """
        return {"tables": self.sources, "images": sum(sample.name in self.logits for sample in samples)}


def read_soft_labels(paths: Iterable[Path], samples: Sequence[Sample]) -> SoftLabels:
    """Average scores tables over the images that training has.

    Args:
        paths: tables as `train --folds` and `evaluate` write them. Of each, the mean over its views counts, which
            is its view `tta` where it has one.
        samples: the training images; other rows count for nothing.

    Returns:
        The mean logit of each image over the tables that have it.

    Raises:
        UnreadableError: a table that cannot be read, or whose logits are no finite numbers.
        UserError: a table without a training image, or with several faces of one.
    """
    wanted = {sample.name for sample in samples}
    parts: dict[str, list[float]] = {}
    sources = []
    for path in paths:
        answers = _answers(path, wanted)
        if not answers:
            raise UserError(
                f"{path}: scores none of the {len(wanted)} training images; names must be written as the data's are"
            )
        for name, logit in answers.items():
            parts.setdefault(name, []).append(logit)
        sources.append({"file": to_text(path.name), "sha256": sha256_of(path)})
    return SoftLabels({name: math.fsum(logits) / len(logits) for name, logits in parts.items()}, sources)


def _answers(path: Path, wanted: set[str]) -> dict[str, float]:
    scores = read_scores(path)
    if "tta" in scores.view:
        scores = scores.select(view="tta")
    scores = replace(scores, path=np.array([plain_name(str(name)) for name in scores.path], dtype=object))
    scores = scores.take(np.array([name in wanted for name in scores.path], bool))
    if not np.isfinite(scores.logit).all():
        raise UnreadableError(f"{path}: {int((~np.isfinite(scores.logit)).sum())} logits are no finite numbers")
    parts: dict[str, dict[str, float]] = {}
    for name, view, logit in zip(scores.path, scores.view, scores.logit, strict=True):
        views = parts.setdefault(str(name), {})
        if view in views:
            raise UserError(f"{path}: {name} is there twice in the view `{view}`; one face an image is expected")
        views[str(view)] = float(logit)
    return {name: math.fsum(views.values()) / len(views) for name, views in parts.items()}


def write_copy(soft: SoftLabels, path: Path) -> None:
    """Keep the averaged answers in a run folder, so that the run can go on without the tables.

    Args:
        soft: the answers.
        path: CSV file to write, with the columns `path` and `logit`.
    """
    with atomic_path(path) as partial, partial.open("w", newline="", encoding="utf-8") as out:
        writer = CsvWriter(out)
        writer.writerow(("path", "logit"))
        writer.writerows((name, repr(logit)) for name, logit in sorted(soft.logits.items()))


def read_copy(path: Path, sources: list[dict[str, str]]) -> SoftLabels:
    """Read the answers that `write_copy` kept in a run folder.

    Args:
        path: file that `write_copy` wrote.
        sources: of the tables that it was made from, as the run's log has them; the file has none.

    Returns:
        The same answers.

    Raises:
        UnreadableError: missing or broken.
    """
    table = read_table(path, "a run's soft labels")
    try:
        return SoftLabels(dict(zip(table["path"], map(float, table["logit"]), strict=True)), sources)
    except (KeyError, TypeError, ValueError) as error:
        raise UnreadableError(f"{path}: not a run's soft labels any more ({error})") from None
