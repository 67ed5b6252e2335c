"""All that a run needs to go on, as named tensors and plain values, out of a trainer and back into it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gender_classifier.training.checkpoint import flatten_optimizer, restore_optimizer

if TYPE_CHECKING:
    from gender_classifier.training.loop import Trainer

_COUNTERS = ("epoch", "step", "best", "best_on_val", "best_on_val_loss", "best_epoch", "stale")


def _modules(trainer: Trainer) -> dict[str, nn.Module]:
    modules: dict[str, nn.Module] = {"model": trainer.model, "auxiliary": trainer.heads}
    if trainer.average is not None:
        modules["average"] = trainer.average.module
    return modules


def state_of(trainer: Trainer, seen: NDArray[np.float32]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Give all that a run needs to go on, as `restore_state` takes it.

    Args:
        trainer: between two steps.
        seen: logits and labels of the epoch so far, of all processes, float32 (N, 2).

    Returns:
        Tensors by name, and plain values.
    """
    tensors = {
        f"{name}/{key}": value
        for name, module in _modules(trainer).items()
        for key, value in module.state_dict().items()
    }
    optimizer, groups = flatten_optimizer(trainer.optimizer)
    tensors |= optimizer
    tensors["seen"] = torch.from_numpy(seen)
    # Of the schedule only plain values: its functions are rebuilt from the configuration.
    schedule = trainer.schedule.state_dict().items()
    state = {
        **{name: getattr(trainer, name) for name in _COUNTERS},
        "updates": trainer.average.updates if trainer.average is not None else 0,
        "groups": groups,
        "schedule": {key: value for key, value in schedule if isinstance(value, int | float | bool | list | None)},
        "scaler": trainer.precision.state(),
        "log_lines": trainer.log.lines,
    }
    return tensors, state


def restore_state(trainer: Trainer, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
    """Put a run's state back into a trainer.

    Args:
        trainer: made with the run's configuration.
        tensors: as `state_of` gives them.
        state: plain values, likewise.
    """
    for name, module in _modules(trainer).items():
        prefix = f"{name}/"
        module.load_state_dict({k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    if trainer.average is not None:
        trainer.average.updates = state["updates"]
    restore_optimizer(trainer.optimizer, tensors, state["groups"])
    trainer.schedule.load_state_dict({**trainer.schedule.state_dict(), **state["schedule"]})
    trainer.precision.restore(state["scaler"])
    # Earlier checkpoints have one number for both, at most 0.001 above that of the accuracy alone: an epoch that is as
    # accurate to within that then takes the place of the one that was kept, once.
    counters = {"best_on_val_loss": math.inf, **state}
    for name in _COUNTERS:
        setattr(trainer, name, counters[name])
    # All processes' rows are in the file: the first one takes them up, for the epoch's end gathers them again.
    trainer.seen = [tensors["seen"].numpy()] if trainer.group.writes and len(tensors["seen"]) else []
