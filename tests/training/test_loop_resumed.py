"""The loop killed or stopped at any moment, and resumed: it ends as if it had not been."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gender_classifier.data.datasets import DataIndex
from gender_classifier.runs.log import read_log
from gender_classifier.training import checkpoint
from gender_classifier.training.loop import Trainer
from gender_classifier.training.signals import RunInterruptedError

from .trainers import index, resumed, trainer, whole, with_ages

__all__ = ["index", "whole"]  # the fixtures


def same(a: Any, b: Any) -> bool:
    """Equal but for what the clock says."""
    clock = {"seconds", "pictures_per_second"}
    return [{k: v for k, v in x.items() if k not in clock} for x in a] == [
        {k: v for k, v in x.items() if k not in clock} for x in b
    ]


def killed_by(work: Callable[[], None]) -> int:
    """Run `work` in a process of its own; the signal that ended it."""
    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    return -(process.exitcode or 0)


def die(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def kill_after_steps(made: Trainer, steps: int) -> None:
    made.config.train.checkpoint_minutes = 1e-9  # a checkpoint at every step
    taken = iter(range(steps))
    made.on_step = lambda _loss: die() if next(taken, None) is None else None


def kill_while_writing(monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    whole_save, done = checkpoint.save_file, iter(range(writes))

    def save(tensors: Any, path: Path, metadata: Any) -> None:
        whole_save(tensors, path, metadata)
        if next(done, None) is None:
            data = Path(path).read_bytes()
            Path(path).write_bytes(data[: len(data) // 2])
            die()

    monkeypatch.setattr(checkpoint, "save_file", save)


@pytest.mark.parametrize("moment", ["step 1", "step 5", "write 1", "write 4"])
def test_killed_and_resumed_is_as_if_not(
    index: DataIndex, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    kind, number = moment.split()

    def work() -> None:
        made = trainer(index, tmp_path)
        made.save()
        if kind == "step":
            kill_after_steps(made, int(number))
        else:
            kill_while_writing(monkeypatch, int(number) - 1)
        made.fit()

    assert killed_by(work) == signal.SIGKILL
    resumed(index, tmp_path).fit()
    for name in (checkpoint.LAST, checkpoint.BEST, checkpoint.BEST_ON_VAL):
        expected, wanted = checkpoint.read_tensors(checkpoint.checkpoint_path(whole, name))
        got, state = checkpoint.read_tensors(checkpoint.checkpoint_path(tmp_path, name))
        assert expected.keys() == got.keys()
        assert [key for key in expected if not torch.equal(expected[key], got[key])] == []
        assert state == wanted
    assert same(read_log(tmp_path), read_log(whole))


def test_ctrl_c_keeps_the_step(index: DataIndex, whole: Path, tmp_path: Path) -> None:
    made = trainer(index, tmp_path)
    made.on_step = lambda _loss: os.kill(os.getpid(), signal.SIGINT) if made.step == 1 else None
    with pytest.raises(RunInterruptedError, match="--resume"):
        made.fit()
    again = resumed(index, tmp_path)
    assert again.step in (1, 2)
    again.fit()
    last = [checkpoint.read_tensors(checkpoint.checkpoint_path(run, checkpoint.LAST))[0] for run in (whole, tmp_path)]
    assert all(torch.equal(value, last[1][key]) for key, value in last[0].items())


def test_further_heads_are_resumed_too(index: DataIndex, tmp_path: Path) -> None:
    aged, changes = with_ages(index), ("auxiliary.columns=[age]",)
    for name in ("whole", "stopped"):
        made = trainer(aged, tmp_path / name, *changes)
        made.save()
        if name == "stopped":
            made.on_step = lambda _loss, made=made: setattr(made, "stop_asked", made.step == 2)  # type: ignore[misc]
            with pytest.raises(RunInterruptedError):
                made.fit()
            made = resumed(aged, tmp_path / name, *changes)
        made.fit()
    expected, got = (
        checkpoint.read_tensors(checkpoint.checkpoint_path(tmp_path / name, checkpoint.LAST))[0]
        for name in ("whole", "stopped")
    )
    assert any(key.startswith("auxiliary/") for key in expected)
    assert [key for key in expected if not torch.equal(expected[key], got[key])] == []


def test_frozen_layers_stay_as_they_were_and_a_resumed_run_is_the_same(index: DataIndex, tmp_path: Path) -> None:
    changes = ("optimizer.frozen=4",)
    made = trainer(index, tmp_path / "whole", *changes)
    before = {key: value.clone() for key, value in made.model.state_dict().items()}
    made.save()
    made.fit()
    after = made.model.state_dict()
    weights = {key for key in before if not key.endswith("num_batches_tracked")}
    stayed = {key for key in weights if torch.equal(before[key], after[key])}
    low = ("conv_stem.", "bn1.", "blocks.0.", "blocks.1.", "blocks.2.")
    assert {key for key in weights if key.startswith(low)} <= stayed
    assert any(key.startswith("blocks.3.") for key in weights - stayed)
    stopped = trainer(index, tmp_path / "stopped", *changes)
    stopped.on_step = lambda _loss: setattr(stopped, "stop_asked", stopped.step == 2)
    with pytest.raises(RunInterruptedError):
        stopped.fit()
    again = resumed(index, tmp_path / "stopped", *changes)
    again.fit()
    assert [key for key, value in again.model.state_dict().items() if not torch.equal(value, after[key])] == []
