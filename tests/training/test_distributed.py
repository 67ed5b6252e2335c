"""Two processes give what one gives."""

from __future__ import annotations

import multiprocessing
import os
import socket
from pathlib import Path

import pytest
import torch

from gender_classifier.config import load_config
from gender_classifier.data.drawn import draw_dataset
from gender_classifier.data.index import DataIndex, build_index
from gender_classifier.network.efficientnet import EfficientNetB1
from gender_classifier.training import checkpoint
from gender_classifier.training.distributed import Processes, processes
from gender_classifier.training.log import RunLog, read_log
from gender_classifier.training.loop import Trainer

CHANGES = [
    "data.size=32",
    "data.workers=0",
    "train.batch_size=8",
    "train.epochs=1",
    "model.drop_path=0.2",
    "data.person=",
]


def run_training(index: DataIndex, run: Path, group: Processes) -> None:
    torch.manual_seed(0)
    config = load_config("quick", CHANGES)
    made = Trainer(config, index, EfficientNetB1(0.4, 0.2), run, torch.device("cpu"), group)
    if group.writes:
        run.mkdir(exist_ok=True)
        made.log = RunLog(run)
    made.fit()


def one_of_two(index: DataIndex, run: Path, rank: int, port: int) -> None:
    os.environ |= {"WORLD_SIZE": "2", "RANK": str(rank), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    with processes("cpu") as group:
        assert group.rank == rank
        run_training(index, run, group)


@pytest.fixture
def index(tmp_path: Path, narrow_network: None) -> DataIndex:
    draw_dataset(tmp_path / "faces", train=(10, 14), val=(3, 4), size=40)
    return build_index(tmp_path / "faces", choose_share=0.2)


def test_two_processes_are_as_one(index: DataIndex, tmp_path: Path) -> None:
    # Alone first: what torch imports at its first step the forked processes then have already.
    run_training(index, tmp_path / "one", Processes())
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = multiprocessing.get_context("fork")
    pair = [context.Process(target=one_of_two, args=(index, tmp_path / "two", rank, port)) for rank in (0, 1)]
    for process in pair:
        process.start()
    for process in pair:
        process.join()
    assert [process.exitcode for process in pair] == [0, 0]
    one, two = (
        checkpoint.read_tensors(checkpoint.checkpoint_path(tmp_path / name, checkpoint.LAST))[0]
        for name in ("one", "two")
    )
    assert one.keys() == two.keys()
    for key, value in one.items():
        if key.startswith("model/"):
            torch.testing.assert_close(two[key], value, rtol=2e-3, atol=2e-4, msg=lambda m, k=key: f"{k}: {m}")
    logs = [[line for line in read_log(tmp_path / name) if line["kind"] == "epoch"] for name in ("one", "two")]
    assert len(logs[0]) == len(logs[1]) == 1
    for split in ("train", "choose", "val"):
        assert logs[0][0][split]["count"] == logs[1][0][split]["count"]
        assert logs[0][0][split]["loss"] == pytest.approx(logs[1][0][split]["loss"], rel=1e-2)
