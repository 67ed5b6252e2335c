"""The loop: killed and resumed at any moment, stopped early, best epoch kept, techniques switched."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gender_classifier.config.reading import load_config
from gender_classifier.config.settings import Config
from gender_classifier.data.datasets import DataIndex, build_index
from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.errors import FoundWrongError
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.runs.log import RunLog, read_log
from gender_classifier.training import checkpoint, loop
from gender_classifier.training.loading import Batch
from gender_classifier.training.loop import Trainer
from gender_classifier.training.scoring import judge, score

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


def same(a: Any, b: Any) -> bool:
    """Equal but for what the clock says."""
    clock = {"seconds", "pictures_per_second"}
    return [{k: v for k, v in x.items() if k not in clock} for x in a] == [
        {k: v for k, v in x.items() if k not in clock} for x in b
    ]


@pytest.fixture(scope="module")
def whole(index: DataIndex, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that nothing disturbed."""
    run = tmp_path_factory.mktemp("whole")
    made = trainer(index, run)
    made.save()
    made.fit()
    return run


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
    with pytest.raises(loop.RunInterruptedError, match="--resume"):
        made.fit()
    again = resumed(index, tmp_path)
    assert again.step in (1, 2)
    again.fit()
    last = [checkpoint.read_tensors(checkpoint.checkpoint_path(run, checkpoint.LAST))[0] for run in (whole, tmp_path)]
    assert all(torch.equal(value, last[1][key]) for key, value in last[0].items())


def test_the_kept_checkpoint_gives_the_recorded_metrics(index: DataIndex, whole: Path) -> None:
    tensors, state = checkpoint.read_tensors(checkpoint.checkpoint_path(whole, checkpoint.BEST))
    model = EfficientNet(config=NARROW)
    model.load_state_dict(tensors)
    made = trainer(index, None)
    for split in ("choose", "val"):
        samples = index.splits[split]
        labels = np.array([s.label for s in samples])
        logits = score(model, samples, 32, "stretch", CPU)
        assert judge(labels, logits, made.criterion, made.config.threshold) == state["metrics"][split]
    epochs = [line for line in read_log(whole) if line["kind"] == "epoch"]
    assert min(epochs, key=lambda line: line["choose"]["loss"])["epoch"] == state["epoch"]


def test_the_log_has_raw_and_averaged_metrics_and_rates(whole: Path) -> None:
    epochs = [line for line in read_log(whole) if line["kind"] == "epoch"]
    assert len(epochs) == 2
    for line in epochs:
        assert line["choose"]["loss"] != line["choose_raw"]["loss"]
        assert {"train", "choose", "choose_raw", "val"} <= line.keys()
        assert 0.0 <= line["val"]["threshold"] <= 1.0
        assert line["rates"]["stem"] < line["rates"]["classifier"]


@pytest.mark.parametrize(("min_delta", "epochs"), [(0.0, 5), (0.25, 3)])
def test_stops_after_patience(index: DataIndex, monkeypatch: pytest.MonkeyPatch, min_delta: float, epochs: int) -> None:
    # Losses by epoch: the second and third improve by 0.1 each, then none does.
    losses = iter([1.0, 0.9, 0.8, 0.8, 0.9, 0.9, 0.9, 0.9])
    made = trainer(index, None, "stopping.patience=2", f"stopping.min_delta={min_delta}", "train.epochs=8")
    monkeypatch.setattr(made, "_train_batches", lambda: None)
    monkeypatch.setattr(loop, "judge", lambda *_: {"loss": 0.0, "accuracy": 0.5})

    def end_epoch(*_: object) -> None:
        made._note_best({"choose": {"loss": next(losses)}, "val": {"accuracy": 0.5, "loss": 1.0}})

    monkeypatch.setattr(made, "_end_epoch", end_epoch)
    assert made.fit() == "early stopping"
    assert made.epoch == epochs
    assert made.best_epoch == (2 if min_delta == 0.0 else 0)


def test_without_early_stopping_all_epochs_run(index: DataIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trainer(index, None, "stopping.enabled=false", "stopping.patience=1", "train.epochs=4")
    monkeypatch.setattr(made, "_train_batches", lambda: None)
    worse = {"choose": {"loss": 1.0}, "val": {"accuracy": 0.5, "loss": 1.0}}
    monkeypatch.setattr(made, "_end_epoch", lambda *_: made._note_best(worse))
    assert made.fit() == "finished"
    assert made.epoch == 4


def test_a_skipped_step_moves_neither_schedule_nor_average(index: DataIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trainer(index, None)
    monkeypatch.setattr(made.precision, "step", lambda *_: False)
    made.train_step(BLACK)
    assert made.schedule.last_epoch == 0
    assert made.average is not None
    assert made.average.updates == 0


def test_a_loss_that_is_no_number_ends_the_run(index: DataIndex) -> None:
    made = trainer(index, None)
    with torch.no_grad():
        made.model.classifier.weight.fill_(float("nan"))
    with pytest.raises(FoundWrongError, match=r"optimizer\.rate"):
        made.train_step(BLACK)


def with_ages(index: DataIndex) -> DataIndex:
    """A further label that is easy to see: it is the class of the image, but for a fifth that nobody labelled."""
    ages = ("", "young", "old")
    train = [
        replace(s, extra={"age": ages[0 if i % 5 == 0 else 1 + s.label]}) for i, s in enumerate(index.splits["train"])
    ]
    return replace(index, splits={**index.splits, "train": train})


def test_further_heads_learn_beside_the_network_and_stay_out_of_the_model(index: DataIndex, tmp_path: Path) -> None:
    made = trainer(with_ages(index), tmp_path, "auxiliary.columns=[age]", "auxiliary.weight=2.0")
    before = made.heads[0].weight.clone()
    plain = trainer(index, None)
    batch = BLACK._replace(pictures=torch.randint(0, 255, (8, 32, 32, 3), dtype=torch.uint8))
    with_age = made.train_step(batch._replace(targets=torch.tensor([[0], [1]] * 4)))
    assert with_age > plain.train_step(batch)
    assert not torch.equal(made.heads[0].weight, before)
    stem, unaided = made.model.conv_stem.weight.grad, plain.model.conv_stem.weight.grad
    assert stem is not None
    assert unaided is not None
    assert not torch.allclose(stem, unaided)  # what the heads learn reaches the network
    made._keep(checkpoint.BEST, {})
    kept, _ = checkpoint.read_tensors(checkpoint.checkpoint_path(tmp_path, checkpoint.BEST))
    assert kept.keys() == plain.model.state_dict().keys()


def test_further_heads_are_resumed_too(index: DataIndex, tmp_path: Path) -> None:
    aged, changes = with_ages(index), ("auxiliary.columns=[age]",)
    for name in ("whole", "stopped"):
        made = trainer(aged, tmp_path / name, *changes)
        made.save()
        if name == "stopped":
            made.on_step = lambda _loss, made=made: setattr(made, "stop_asked", made.step == 2)  # type: ignore[misc]
            with pytest.raises(loop.RunInterruptedError):
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
    with pytest.raises(loop.RunInterruptedError):
        stopped.fit()
    again = resumed(index, tmp_path / "stopped", *changes)
    again.fit()
    assert [key for key, value in again.model.state_dict().items() if not torch.equal(value, after[key])] == []


def test_sizes_grow(index: DataIndex) -> None:
    made = trainer(index, None, "train.epochs=10", "data.progressive=[{size: 32, until: 0.6}, {size: 48, until: 0.8}]")
    assert [made.epoch_size(e) for e in range(10)] == [32] * 6 + [48] * 2 + [32] * 2


def test_epochs_on_smaller_pictures_are_not_kept(index: DataIndex, tmp_path: Path) -> None:
    made = trainer(index, tmp_path, "train.epochs=3", "data.size=48", "data.progressive=[{size: 32, until: 0.6}]")
    tmp_path.mkdir(exist_ok=True)
    made.log = RunLog(tmp_path)
    made.fit()
    epochs = [line for line in read_log(tmp_path) if line["kind"] == "epoch"]
    assert [line["size"] for line in epochs] == [32, 32, 48]
    assert [line["best"] for line in epochs] == [False, False, True]
    assert [line["best_on_val"] for line in epochs] == [False, False, True]
    # The average forgets the smaller images, whose batch-norm statistics fit no other size.
    assert made.average is not None
    assert made.average.updates == len(made.batches)
