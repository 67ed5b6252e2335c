"""Labelled images and a model make a scores table, in order, for every view."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from gender_classifier.data.datasets import Sample, read_classes
from gender_classifier.data.reading import load_input
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import score_samples
from gender_classifier.inference.test_time import apply_view

from ..small_model import SIZE, logits_by_hand

VIEWS = ("identity", "hflip")


def labelled(root: Path) -> list[Sample]:
    samples = read_classes(root / "train", root)
    return [replace(sample, extra={"age": str(i)} if i % 2 else {}) for i, sample in enumerate(samples)]


def test_rows(write_model: Callable[..., Path], drawn_faces: Path) -> None:
    samples = labelled(drawn_faces)
    assert len(samples) > 32  # more than a batch
    scores = score_samples(GenderClassifier(write_model(), threads=1), samples, "val", VIEWS, SIZE, "stretch")
    crops = np.stack([load_input(sample, SIZE, "stretch") for sample in samples])
    for row, view in enumerate(VIEWS):
        part = slice(row * len(samples), (row + 1) * len(samples))
        np.testing.assert_allclose(scores.logit[part], logits_by_hand(apply_view(crops, view)), atol=1e-4)
        assert list(scores.path[part]) == [sample.name for sample in samples]
        assert list(scores.label[part]) == [sample.label for sample in samples]
        assert set(scores.view[part]) == {view}
        assert list(scores.extra["age"][part]) == [sample.extra.get("age", "") for sample in samples]
    assert set(scores.split) == {"val"}
    assert set(scores.face) == {0}
    assert len(scores.path) == 2 * len(samples)


def test_no_pictures(write_model: Callable[..., Path]) -> None:
    scores = score_samples(GenderClassifier(write_model(), threads=1), [], "val", VIEWS, SIZE, "stretch")
    assert len(scores.logit) == 0
