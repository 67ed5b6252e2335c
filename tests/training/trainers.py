"""Trainers of a narrow network on drawn faces: a fresh one, one out of a run folder, and a whole run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gender_classifier.config.reading import load_config
from gender_classifier.config.settings import Config
from gender_classifier.data.datasets import DataIndex, build_index
from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.runs.log import RunLog
from gender_classifier.training import checkpoint
from gender_classifier.training.loading import Batch
from gender_classifier.training.loop import Trainer

from ..small_network import NARROW

CPU = torch.device("cpu")
NO_TARGETS, NO_ANSWERS = torch.empty(8, 0, dtype=torch.int64), torch.full((8,), torch.nan)
BLACK = Batch(torch.zeros(8, 32, 32, 3, dtype=torch.uint8), torch.ones(8), NO_TARGETS, NO_ANSWERS)
SMALL = [
    "optimizer.frozen=0",
    "data.size=32",
    "data.workers=0",
    "train.batch_size=8",
    "train.epochs=2",
    "train.log_every=1",
    "data.person=",
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> DataIndex:
    root = tmp_path_factory.mktemp("faces")
    draw_dataset(root, train=(12, 20), val=(4, 6), size=40)
    return build_index(root, choose_share=0.25)


def config(*changes: str) -> Config:
    return load_config("quick", [*SMALL, *changes])


def trainer(index: DataIndex, run: Path | None, *changes: str) -> Trainer:
    torch.manual_seed(0)
    settings = config(*changes)
    made = Trainer(
        settings, index, EfficientNet(settings.model.dropout, settings.model.drop_path, config=NARROW), run, CPU
    )
    if run is not None:
        run.mkdir(exist_ok=True)
        made.log = RunLog(run)
    return made


def resumed(index: DataIndex, run: Path, *changes: str) -> Trainer:
    torch.manual_seed(123)
    made = Trainer(config(*changes), index, EfficientNet(config=NARROW), run, CPU)
    tensors, state, _ = checkpoint.load_run(run)
    made.restore(tensors, state)
    made.log = RunLog(run, state["log_lines"])
    return made


@pytest.fixture(scope="module")
def whole(index: DataIndex, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed."""
    run = tmp_path_factory.mktemp("whole")
    made = trainer(index, run)
    made.save()
    made.fit()
    return run


def with_ages(index: DataIndex) -> DataIndex:
    """A further label that is easy to see: it is the class of the image, but for a fifth that nobody labelled."""
    ages = ("", "young", "old")
    train = [
        replace(s, extra={"age": ages[0 if i % 5 == 0 else 1 + s.label]}) for i, s in enumerate(index.splits["train"])
    ]
    return replace(index, splits={**index.splits, "train": train})
