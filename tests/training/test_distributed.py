"""Two processes give what one gives."""

from __future__ import annotations

import multiprocessing
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gender_classifier.config.reading import load_config
from gender_classifier.data.datasets import DataIndex, build_index
from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.normalise import normalise
from gender_classifier.networks.recompute import recomputed
from gender_classifier.runs.log import RunLog, read_log
from gender_classifier.training import (
    checkpoint,
    distributed,
    loop,
    scoring,
)
from gender_classifier.training import sampling as sampler
from gender_classifier.training.distributed import Processes, processes
from gender_classifier.training.loop import Trainer

from ..small_network import NARROW

CHANGES = [
    "data.size=32",
    "data.workers=0",
    "train.batch_size=8",
    "train.epochs=1",
    "optimizer.frozen=0",
    "model.drop_path=0.2",
    "data.person=",
]


@pytest.fixture(autouse=True)
def double(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train in float64: AdamW divides by the root of tiny second moments, which makes much of float32's rounding."""
    for module in (loop, scoring):
        monkeypatch.setattr(module, "normalise", lambda pictures: normalise(pictures).double())


def run_training(index: DataIndex, run: Path, group: Processes, *more: str) -> None:
    torch.manual_seed(0)
    config = load_config("quick", [*CHANGES, *more])
    made = Trainer(config, index, EfficientNet(0.4, 0.2, config=NARROW).double(), run, torch.device("cpu"), group)
    if group.writes:
        run.mkdir(exist_ok=True)
        made.log = RunLog(run)
    made.fit()


def in_two(work: Callable[[Processes], Any]) -> None:
    """Run `work` in each of two processes that train together."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def one(rank: int) -> None:
        os.environ |= {"WORLD_SIZE": "2", "RANK": str(rank), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        with processes("cpu") as group:
            assert group.rank == rank
            work(group)

    context = multiprocessing.get_context("fork")
    pair = [context.Process(target=one, args=(rank,)) for rank in (0, 1)]
    for process in pair:
        process.start()
    for process in pair:
        process.join()
    assert [process.exitcode for process in pair] == [0, 0]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> DataIndex:
    root = tmp_path_factory.mktemp("faces")
    draw_dataset(root, train=(10, 14), val=(3, 4), size=40)
    return build_index(root, choose_share=0.2)


def differences(index: DataIndex, folder: Path, *more: str) -> dict[str, float]:
    """Largest difference of each tensor and loss of two processes from one's, as a share of its size.

    Biases that a batch norm takes away again have no gradient but rounding: sizes below 1e-3 count as 1e-3.
    """
    # Alone first: what torch imports at its first step the forked processes then have already.
    run_training(index, folder / "one", Processes(), *more)
    in_two(lambda group: run_training(index, folder / "two", group, *more))
    one, two = (
        checkpoint.read_tensors(checkpoint.checkpoint_path(folder / name, checkpoint.LAST))[0]
        for name in ("one", "two")
    )
    assert one.keys() == two.keys()
    found = {
        key: float((two[key] - value).abs().max() / value.abs().max().clamp_min(1e-3))
        for key, value in one.items()
        if key.startswith(("model/", "average/")) and value.is_floating_point()
    }
    logs = [[line for line in read_log(folder / name) if line["kind"] == "epoch"] for name in ("one", "two")]
    assert [len(log) for log in logs] == [1, 1]
    for split in ("train", "choose", "val"):
        mine, theirs = (log[0][split] for log in logs)
        assert mine["count"] == theirs["count"]
        found[f"{split} loss"] = abs(theirs["loss"] - mine["loss"]) / mine["loss"]
    return found


def test_two_processes_are_as_one(index: DataIndex, tmp_path: Path) -> None:
    found = differences(index, tmp_path)
    assert {key: value for key, value in found.items() if value > 1e-6} == {}


# A warning in a forked process is an error there, which ends it.
@pytest.mark.filterwarnings("error::FutureWarning", "error::DeprecationWarning")
def test_frozen_layers_are_frozen_in_each_process(index: DataIndex, tmp_path: Path) -> None:
    found = differences(index, tmp_path, "optimizer.frozen=5")
    assert {key: value for key, value in found.items() if value > 1e-6} == {}


def no_shared_masks(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(distributed, "BatchDropout", type(None))


def no_shared_batch_norm(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(distributed, "_share_batch_norm", lambda _module: None)


def no_slices(patch: pytest.MonkeyPatch) -> None:
    """Each process takes the first part of the batch."""
    whole = sampler.EpochBatches.__init__

    def init(self: Any, *values: Any, **named: Any) -> None:
        whole(self, *values, **(named | {"rank": 0}))

    patch.setattr(sampler.EpochBatches, "__init__", init)


@pytest.mark.parametrize("spoil", [no_shared_masks, no_shared_batch_norm, no_slices])
def test_what_is_not_shared_shows(
    index: DataIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spoil: Callable[[pytest.MonkeyPatch], None]
) -> None:
    """The comparison has teeth: without any one of the three it finds differences, and large ones."""
    spoil(monkeypatch)
    found = differences(index, tmp_path)
    assert max(found.values()) > 1e-2


def test_shared_batch_norm_keeps_its_digits() -> None:
    # Deviation 0.01 around 30: float32's sum of squares less the square of the sum has no digit right.
    x = torch.randn(8, 3, 16, 16, dtype=torch.float64) * 0.01 + torch.tensor([0.0, 1.0, 30.0])[:, None, None]
    whole = torch.nn.BatchNorm2d(3).double()
    whole.load_state_dict(torch.nn.BatchNorm2d(3).state_dict())
    expected = whole(x)

    def own_half(group: Processes) -> None:
        half = slice(4 * group.rank, 4 * group.rank + 4)
        norm = distributed.SharedBatchNorm2d(3)
        torch.testing.assert_close(norm(x[half].float()), expected[half].float(), rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(norm.running_var, whole.running_var.float(), rtol=1e-5, atol=1e-6)

    in_two(own_half)


def test_shared_batch_norm_in_sixteen_bits() -> None:
    x = (torch.randn(8, 3, 16, 16) + 5.0).bfloat16()
    whole = torch.nn.BatchNorm2d(3)
    expected = whole(x.float()).detach()

    def own_half(group: Processes) -> None:
        half = slice(4 * group.rank, 4 * group.rank + 4)
        norm = distributed.SharedBatchNorm2d(3)
        found = norm(x[half])
        assert found.dtype == torch.bfloat16
        found.float().square().sum().backward()
        assert norm.weight.grad is not None
        assert norm.weight.grad.isfinite().all()
        torch.testing.assert_close(found.float(), expected[half], rtol=1e-2, atol=1e-2)
        torch.testing.assert_close(norm.running_mean, whole.running_mean, rtol=1e-5, atol=1e-6)
        torch.testing.assert_close(norm.running_var, whole.running_var, rtol=1e-5, atol=1e-6)

    in_two(own_half)


def test_shared_statistics_move_once_where_a_pass_is_computed_anew() -> None:
    x = torch.randn(8, 3, 4, 4) + 5.0
    whole = torch.nn.BatchNorm2d(3)
    whole(x)

    def own_half(group: Processes) -> None:
        norm = distributed.SharedBatchNorm2d(3)
        recomputed(norm, x[4 * group.rank :][:4].clone().requires_grad_()).square().sum().backward()
        torch.testing.assert_close(norm.running_mean, whole.running_mean)
        assert norm.num_batches_tracked == 1

    in_two(own_half)
