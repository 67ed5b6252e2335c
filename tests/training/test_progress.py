"""What a person sees of a training where there is no terminal."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("torch")

from gender_classifier.config.reading import load_config
from gender_classifier.training.progress import TrainingProgress

FOUND = {"loss": 0.5, "accuracy": 0.75, "recall_female": 0.7}
EPOCH = {
    "kind": "epoch",
    "epoch": 1,
    "size": 96,
    "seconds": 12.4,
    "train": {"loss": 0.25, "accuracy": 0.9},
    "choose": FOUND,
    "val": FOUND,
    "best": True,
}
STEP = {"kind": "step", "epoch": 1, "step": 2, "loss": 0.5, "rates": {"classifier": 1e-3}, "pictures_per_second": 8.25}


def trainer() -> Any:
    config = load_config("quick", ["train.epochs=3"])
    return SimpleNamespace(config=config, epoch=1, step=2, batches=range(4), total_steps=12, rate=1e-3)


def test_lines_of_steps_and_epochs(capsys: pytest.CaptureFixture[str]) -> None:
    with TrainingProgress(trainer()) as progress:
        progress.step(0.5)
        progress.line(STEP)
        progress.line(EPOCH)
        progress.line({**EPOCH, "best": False, "val": {**FOUND, "accuracy": 0.5}})
        progress.line({"kind": "end"})
    step, best, other = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"epoch 2 step 2/4 loss 0\.5000 rate 1\.00e-03 8\.2 images/s \d+:\d\d:\d\d left", step)
    assert best == (
        "epoch 2/3 (96 px, 12 s): train loss 0.2500 accuracy 0.9000; choose loss 0.5000 accuracy 0.7500 recall of "
        "women 0.7000; val loss 0.5000 accuracy 0.7500 recall of women 0.7000 *"
    )
    assert not other.endswith("*")
    assert progress.validation == "choose 0.750, val 0.500"


def test_a_validation_set_that_stays_closed_is_not_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    TrainingProgress(trainer()).line({key: value for key, value in EPOCH.items() if key != "val"})
    assert "val " not in capsys.readouterr().err


def test_one_process_of_several_speaks(capsys: pytest.CaptureFixture[str]) -> None:
    with TrainingProgress(trainer(), quiet=True) as progress:
        progress.line(STEP)
        progress.line(EPOCH)
    assert capsys.readouterr().err == ""
