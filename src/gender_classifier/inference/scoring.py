"""Labelled images and a model file make a scores table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.datasets import Sample
from gender_classifier.data.reading import scoring_batches
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.scores import COLUMNS, Scores

Load = Callable[[Sample], NDArray[np.uint8]]


def score_samples(
    classifier: GenderClassifier,
    samples: Sequence[Sample],
    split: str,
    views: Sequence[str],
    size: int,
    fit: str,
    load: Load | None = None,
    tick: Callable[[], None] | None = None,
) -> Scores:
    """Score labelled images by a model, in one or more views.

    Args:
        classifier: the model.
        samples: labelled images, read as they are (crops, not photos).
        split: what the table's `split` says.
        views: names as in `inference.test_time`.
        size: side of the model's input, pixels.
        fit: how an image becomes square (`images.resize.fit`).
        load: reads an image as uint8 (size, size, 3) in another way, as its face's crop say; None: as it is.
        tick: called without arguments when an image is done; None: nothing is.

    Returns:
        A row an image and view: view by view, images in the order of `samples` within each. A column of the samples
        that is called as one of the table's own gets `_given` behind its name.

    Raises:
        UnreadableError: an image cannot be read.
        UserError: an unknown view.
    """
    parts = []
    for pictures, _labels in scoring_batches(samples, size, fit, load_one=load):
        parts.append(classifier.score_crops(pictures, views))
        if tick is not None:
            for _ in pictures:
                tick()
    logits = np.concatenate(parts, axis=1) if parts else np.empty((len(views), 0), np.float32)
    repeat = len(views)
    columns = sorted({key for sample in samples for key in sample.extra})
    return Scores(
        path=np.tile(np.array([s.name for s in samples], dtype=object), repeat),
        face=np.zeros(len(samples) * repeat, np.int64),
        label=np.tile(np.array([s.label for s in samples], np.int64), repeat),
        logit=logits.reshape(-1).astype(np.float64),
        view=np.repeat(np.array(list(views), dtype=object), len(samples)),
        split=np.full(len(samples) * repeat, split, dtype=object),
        extra={
            # A manifest may have a column `label` or `face` of its own.
            f"{key}_given" if key in COLUMNS else key: np.tile(
                np.array([s.extra.get(key, "") for s in samples], dtype=object), repeat
            )
            for key in columns
        },
    )


def score_groups(
    classifier: GenderClassifier,
    groups: Sequence[tuple[str, Sequence[Sample]]],
    views: Sequence[str],
    size: int,
    fit: str,
    load: Load | None = None,
    tick: Callable[[], None] | None = None,
) -> Scores:
    """Score several groups of labelled images into one table.

    Args:
        classifier: the model.
        groups: what the table's `split` says of a group, and its images; at least one group.
        views: names as in `inference.test_time`.
        size: side of the model's input, pixels.
        fit: how an image that is not square becomes so (`images.resize.fit`).
        load: as for `score_samples`.
        tick: as for `score_samples`.

    Returns:
        The rows of `score_samples`, group by group; with several views their mean follows as view `tta`.

    Raises:
        UnreadableError: an image cannot be read.
        UserError: an unknown view.
    """
    first, *others = (
        score_samples(classifier, samples, split, views, size, fit, load, tick) for split, samples in groups
    )
    scores = first.concat(*others)
    return scores.with_tta(views) if len(views) > 1 else scores
