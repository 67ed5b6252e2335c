"""Exponential moving average of the weights, warmed up and scaled to the run's length."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from gender_classifier.config.settings import AverageConfig


def average_decay(config: AverageConfig, updates: int, steps: int) -> float:
    """Compute the decay of one update of the average.

    The average remembers the share `horizon` of the run: a fixed 0.999 would, after 300 steps, still be
    the start. Early on `(1 + n) / (10 + n)` lets it follow fast (as TensorFlow's moving average does).

    Args:
        config: section `average` of the configuration.
        updates: how many came before this one, from 0.
        steps: of the whole run.

    Returns:
        Share of the average that stays, above 0 and below 1; the new weights have the rest.
    """
    by_length = 1.0 - 1.0 / max(2.0, config.horizon * steps)
    return min(config.max_decay, by_length, (1.0 + updates) / (10.0 + updates))


class WeightAverage:
    """The averaged copy of a network.

    Batch-norm statistics are averaged with the weights and at the same decay: they then fit the
    averaged weights as well as each step's fitted its own, without another pass over the images.

    Example:
        >>> average = WeightAverage(nn.Linear(2, 1), AverageConfig(), steps=300)
        >>> average.update(nn.Linear(2, 1))
        >>> average.updates
        1

    Args:
        model: the network with its starting weights; it is copied.
        config: section `average` of the configuration.
        steps: of the whole run.

    Attributes:
        updates: taken in since the start, or since `restart`.
    """

    def __init__(self, model: nn.Module, config: AverageConfig, steps: int) -> None:
        self.config, self.steps, self.updates = config, steps, 0
        self.averaged = AveragedModel(model, multi_avg_fn=self._blend, use_buffers=True)
        # AveragedModel copies on its first call, also the first after a resume; the start is in it already.
        self.averaged.n_averaged.fill_(1)
        for parameter in self.averaged.parameters():
            parameter.requires_grad_(False)

    @torch.no_grad()
    def _blend(self, averages: Sequence[Tensor], currents: Sequence[Tensor], _count: Tensor | int) -> None:
        decay = average_decay(self.config, self.updates, self.steps)
        for average, current in zip(averages, currents, strict=True):
            if average.is_floating_point():
                average.lerp_(current.to(average.dtype), 1.0 - decay)
            else:
                average.copy_(current)

    def update(self, model: nn.Module) -> None:
        """Take in the network's weights after an optimizer step.

        Args:
            model: the network that is trained.
        """
        self.averaged.update_parameters(model)
        self.updates += 1

    def restart(self) -> None:
        """Warm up again, which forgets what came before within a few steps.

        Batch-norm statistics belong to an image size: an average across two sizes would fit neither.
        """
        self.updates = 0

    @property
    def module(self) -> nn.Module:
        """The averaged network."""
        module: nn.Module = self.averaged.module
        return module
