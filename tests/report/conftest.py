"""Scores, a log and images such as a run leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.metrics.scores import Scores
from gender_classifier.report.protocol import Protocol

LAYERS = ("stem", "stage1", "head", "classifier")
MakeScores = Callable[..., Scores]


def scores_of(labels: Any, logits: Any, split: str = "val", view: str = "identity") -> Scores:
    n = len(labels)
    return Scores(
        path=np.array([f"{split}/Somebody_{i:04d}.jpg" for i in range(n)], dtype=object),
        face=np.zeros(n, np.int64),
        label=np.array(labels, np.int64),
        logit=np.array(logits, np.float64),
        view=np.full(n, view, dtype=object),
        split=np.full(n, split, dtype=object),
    )


@pytest.fixture
def make_scores() -> MakeScores:
    return scores_of


@pytest.fixture
def run_scores() -> Scores:
    """Three splits and two views with their mean, three men to a woman."""
    rng = np.random.default_rng(3)
    parts = []
    for split, women, men in (("train", 40, 120), ("choose", 15, 45), ("val", 25, 75)):
        labels = np.repeat([0, 1], [women, men])
        shared = rng.normal(1.5 * (2 * labels - 1) + 0.5, 1.2)
        views = ("identity", "hflip")
        parts += [scores_of(labels, shared + rng.normal(0, 0.6, labels.size), split, view) for view in views]
    return parts[0].concat(*parts[1:]).with_tta(("identity", "hflip"))


@pytest.fixture
def protocols(run_scores: Scores) -> list[Protocol]:
    return [
        Protocol("held out", run_scores, "choose", "balanced_accuracy", None, "chosen on a tenth of train"),
        Protocol("as the origin", run_scores, "val", "balanced_accuracy", None, "optimistic, for comparison only"),
    ]


@pytest.fixture
def context() -> dict[str, Any]:
    counts = {"train": {"female": 40, "male": 120}, "choose": {"female": 15, "male": 45}}
    return {
        "recipe": "quick",
        "size": 96,
        "counts": {**counts, "val": {"female": 25, "male": 75}},
        "digest": "0123abcd",
        "geometry": None,
        "unreadable": {"train/broken.jpg": "truncated"},
        "init": {"source": "b1.safetensors", "sha256": "feed", "used": 340, "missing": ["a", "b"], "left_over": []},
        "versions": {"python": "3.11.7"},
        "device": "cpu, 2 cores",
        "epochs": 3,
        "best_epoch": 1,
        "best_epoch_on_val": 2,
        "reason": "finished",
        "seconds": 90.0,
    }


@pytest.fixture
def log() -> list[dict[str, Any]]:
    """Three epochs of four steps, a line every second step; the second epoch is kept."""
    lines: list[dict[str, Any]] = [{"kind": "start"}]
    for epoch in range(3):
        rates = {layer: 1e-3 * 0.5**depth / (epoch + 1) for depth, layer in enumerate(reversed(LAYERS))}
        lines += [
            {"kind": "step", "epoch": epoch, "step": step, "global_step": 4 * epoch + step, "loss": 0.3, "rates": rates}
            for step in (2, 4)
        ]
        names = ("accuracy", "balanced_accuracy", "precision", "recall", "recall_female", "f1")
        metrics = {"loss": 0.3 - 0.1 * epoch, "threshold": 0.45, **dict.fromkeys(names, 0.8 + 0.05 * epoch)}
        splits = dict.fromkeys(("train", "choose", "val"), metrics)
        lines.append(
            {"kind": "epoch", "epoch": epoch, "rates": rates, "best": epoch < 2, "best_on_val": True, **splits}
        )
    return [*lines, {"kind": "end", "reason": "finished", "best_epoch": 1}]


@pytest.fixture
def pictures() -> Callable[[str], NDArray[np.uint8]]:
    return lambda name: np.full((48, 48, 3), 40 + len(name), np.uint8)
