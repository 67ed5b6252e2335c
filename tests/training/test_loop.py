"""The loop: stopped early, best epoch kept, further heads, sizes that grow, a loss that is no number."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from gender_classifier.data.datasets import DataIndex
from gender_classifier.errors import FoundWrongError
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.runs.log import RunLog, read_log
from gender_classifier.training import checkpoint, loop
from gender_classifier.training.precision import Precision
from gender_classifier.training.scoring import judge, score

from ..small_network import NARROW
from .trainers import BLACK, CPU, index, trainer, whole, with_ages

__all__ = ["index", "whole"]  # the fixtures


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


def test_sizes_grow(index: DataIndex) -> None:
    made = trainer(index, None, "train.epochs=10", "data.progressive=[{size: 32, until: 0.6}, {size: 48, until: 0.8}]")
    assert [made.config.data.size_in(e, made.config.train.epochs) for e in range(10)] == [32] * 6 + [48] * 2 + [32] * 2


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


def test_the_loss_corrects_what_the_sampler_leaves(index: DataIndex) -> None:
    women, men = index.counts()["train"].values()
    assert women < men
    plain = trainer(index, None, "sampler.balanced=false")
    assert plain.criterion.alpha == women / (women + men)
    grouped = trainer(index, None, "sampler.balanced=false", "sampler.by=[gender]", "sampler.power=1")
    assert grouped.criterion.alpha == pytest.approx(0.5)


def test_a_step_that_is_left_out_is_not_judged(index: DataIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    made = trainer(index, None)
    made.train_step(BLACK)
    assert made.seen[-1].shape == (8, 2)
    monkeypatch.setattr(Precision, "scales", True)  # float16's scaler mends such a loss by leaving its step out
    with torch.no_grad():
        made.model.classifier.weight.fill_(float("nan"))
    assert np.isnan(made.train_step(BLACK))
    assert made.seen[-1].shape == (0, 2)
    # What it cannot mend is said, and not taken for a mistake of the user's.
    with pytest.raises(FoundWrongError, match=r"on `choose` is not finite at epoch 1: lower optimizer\.rate"):
        made._judge(made.model, "choose", 32)
    with pytest.raises(FoundWrongError, match=r"on `train` is not finite at epoch 1: lower optimizer\.rate"):
        made._end_epoch(32, made.seen[-1], 0.0)


def test_for_comparison_the_highest_accuracy_is_kept_and_of_equals_the_lowest_loss(index: DataIndex) -> None:
    made = trainer(index, None)
    kept = [
        made._note_best({"choose": {"loss": 1.0}, "val": {"accuracy": accuracy, "loss": loss}})[1]
        for accuracy, loss in ((0.9, 0.9), (0.9002, 1.5), (0.9, 0.1), (0.9002, 1.4), (0.9002, 1.4))
    ]
    assert kept == [True, True, False, True, False]
