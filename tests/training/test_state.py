"""All that a run needs to go on: out of one trainer, into another."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import numpy as np
import torch

from gender_classifier.data.datasets import DataIndex
from gender_classifier.training.state import restore_state, state_of

from .trainers import BLACK, index, trainer

__all__ = ["index"]  # the fixture


def test_another_trainer_takes_the_next_step_as_this_one_would(index: DataIndex) -> None:
    one, other = trainer(index, None), trainer(index, None)
    batch = BLACK._replace(pictures=torch.randint(0, 255, (8, 32, 32, 3), dtype=torch.uint8))
    for _ in range(2):
        one.train_step(batch)
    one.epoch, one.step, one.best, one.stale = 1, 2, 0.25, 3
    seen = np.array([[0.5, 1.0], [-0.5, 0.0]], np.float32)
    tensors, state = state_of(one, seen)
    assert all(isinstance(value, torch.Tensor) for value in tensors.values())
    restore_state(other, {key: value.clone() for key, value in tensors.items()}, state)
    assert (other.epoch, other.step, other.best, other.stale) == (1, 2, 0.25, 3)
    np.testing.assert_array_equal(other.seen[0], seen)
    assert one.average is not None
    assert other.average is not None
    assert other.average.updates == one.average.updates == 2
    for made in (one, other):
        torch.manual_seed(3)
        made.train_step(batch)
    again, same = state_of(one, seen), state_of(other, seen)
    assert [key for key in again[0] if not torch.equal(again[0][key], same[0][key])] == []
    assert again[1]["schedule"] == same[1]["schedule"]


def test_a_checkpoint_with_one_number_for_the_epoch_best_on_val_is_read(index: DataIndex) -> None:
    made = trainer(index, None)
    tensors, state = state_of(made, np.empty((0, 2), np.float32))
    assert (state["best_on_val"], state["best_on_val_loss"]) == (np.inf, np.inf)
    del state["best_on_val_loss"]
    restore_state(made, tensors, {**state, "best_on_val": -0.8996})  # accuracy 0.9, loss 0.4
    assert (made.best_on_val, made.best_on_val_loss) == (-0.8996, np.inf)
    del state["best"]
    with pytest.raises(KeyError):
        restore_state(made, tensors, state)
