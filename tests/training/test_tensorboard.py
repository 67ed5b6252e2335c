"""The log's numbers as TensorBoard reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("tensorboard")

from gender_classifier.runs.folder import RunFolder
from gender_classifier.training.tensorboard import TensorBoardWatcher


def test_numbers_by_name_and_step(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    watcher = TensorBoardWatcher(tmp_path)
    watcher({"kind": "step", "epoch": 0, "step": 2, "global_step": 2, "loss": 0.5, "rates": {"stem": 0.25}})
    watcher({"kind": "step", "epoch": 0, "step": 3, "global_step": 3, "loss": 0.25, "rates": {"stem": 0.5}})
    watcher({"kind": "epoch", "epoch": 4, "best": True, "val": {"loss": 0.125, "name": "x"}})
    watcher.writer.close()
    found = EventAccumulator(str(RunFolder(tmp_path).tensorboard))
    found.Reload()
    assert set(found.Tags()["scalars"]) == {"step/loss", "step/rates/stem", "step/global_step", "epoch/val/loss"}
    assert [(event.step, event.value) for event in found.Scalars("step/loss")] == [(2, 0.5), (3, 0.25)]
    assert [(event.step, event.value) for event in found.Scalars("epoch/val/loss")] == [(4, 0.125)]
