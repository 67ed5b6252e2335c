"""Scores, a log and images such as a run leaves behind."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.comparison import Comparison, compare
from gender_classifier.metrics.contenders import Contender, changed
from gender_classifier.metrics.detection import found_by_group
from gender_classifier.metrics.scores import Scores
from gender_classifier.report.build import build_report
from gender_classifier.report.protocol import Protocol
from gender_classifier.runs.context import Context
from gender_classifier.runs.report import Report

from .comparing import contenders, numbered

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
def report(protocols: list[Protocol], context: dict[str, Any]) -> Report:
    return build_report(protocols, context=context)


def tell(report: Report, **changes: Any) -> None:
    """Change what a report says besides its figures."""
    report.context = Context.model_validate(report.context.document() | changes)


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


@pytest.fixture
def whole_example(run_scores: Scores, context: dict[str, Any]) -> tuple[list[Protocol], dict[str, Any]]:
    """Protocols and context with all that a report can hold: what `tests/report/report.json` was made from."""
    return example_of(run_scores, context)


def example_of(scores: Scores, context: dict[str, Any]) -> tuple[list[Protocol], dict[str, Any]]:
    """Groups, a band with its promise, a calibration that was fitted and one that was given, a class that is absent."""
    n = len(scores)
    race = np.array([("White", "Black_African")[i % 2] for i in range(n)], dtype=object)
    age = np.array(["3-9" if i % 5 == 0 else "70+" if i % 25 == 1 else "20-29" for i in range(n)], dtype=object)
    grouped = replace(scores, extra={"race": race, "age": age})
    women = scores.take((scores.split == "val") & (scores.label == 0))
    protocols = [
        Protocol("held out", grouped, "choose", "auto", None, "chosen", tolerance=0.5, band=(0.3, 0.7), wanted=0.9),
        Protocol("as the origin", scores, "val", "balanced_accuracy", None, "optimistic"),
        Protocol("as released", women, None, "accuracy", (0.1, 0.2), "", Calibration(1.5, -0.2)),
    ]
    labels, seen = np.tile([0, 1], 50), np.arange(100) >= 4
    light = np.where(np.arange(100) < 80, "day", "night").astype(object)
    found = found_by_group(labels, seen, seen & (labels == 1), {"light": light})
    said = {"file": "labels.csv", "sha256": "beef", "changed": 3, "excluded": 1, "kept": 2, "elsewhere": 4}
    more = {
        "config": {"recipe": "quick", "export": {"licence": None}},
        "averaging": {"averaged": {"accuracy": 0.9, "loss": 0.1, "roc_auc": math.nan}, "raw": {"accuracy": 0.8}},
        "corrections": {**said, "counts": {"female": 5, "male": 6}},
        "soft_labels": {"tables": [{"file": "a.csv", "sha256": "ab"}], "images": 200, "other": [1, None]},
        "training": {"recipe": "release", "counts": {"train": {"female": 1, "male": 2}}, "metrics": {"loss": "NaN"}},
        "detection": asdict(found) | {"missed": ["0.jpg"]},
        "notes": ["Something to know."],
    }
    return protocols, context | more


@pytest.fixture(scope="module", params=[2, 3])
def compared(request: pytest.FixtureRequest) -> tuple[list[Contender], Comparison]:
    """Two models, and three."""
    models = contenders(request.param)
    return models, compare(models, 60)


@pytest.fixture
def written(compared: tuple[list[Contender], Comparison], tmp_path: Path) -> Path:
    """The folder of their comparison."""
    from gender_classifier.report.comparison_page import write_comparison

    models, comparison = compared
    write_comparison(tmp_path, comparison, models, changed(models), ["one: threshold of its own."], numbered)
    return tmp_path
