"""Which pictures an epoch's batches hold: a function of (seed, epoch) alone.

Because no generator's state is carried along, a resumed run, several reading
processes and several training processes all see the same batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Sampler, WeightedRandomSampler


@dataclass(frozen=True, slots=True)
class PictureKey:
    """Names one network input: a picture, and the draw of chance that augments it.

    ``position`` is the place in the epoch, so a picture that is drawn twice is augmented twice.
    """

    epoch: int
    position: int
    index: int
    size: int


def class_weights(labels: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
    """Sampling weight of each picture, float64 (N,): the inverse of its class's count."""
    array = np.asarray(labels)
    inverse = 1.0 / np.bincount(array, minlength=2)
    return np.asarray(inverse[array], np.float64)


class EpochBatches(Sampler[list[PictureKey]]):
    """Batches of one epoch for one process.

    The whole batch is drawn alike by every process, which then takes its own slice: what
    the processes see together is what one process would see. The last, smaller batch is
    left out, since batch norm would weigh its few pictures as much as a full one.

    Args:
        labels: label of each picture, 0 or 1.
        batch_size: pictures in a batch over all processes; divisible by ``world``.
        balanced: draw both classes equally often, with replacement; else a permutation.
        seed: of the run.
        rank, world: this process and how many there are.
    """

    def __init__(
        self,
        labels: Sequence[int],
        batch_size: int,
        *,
        balanced: bool,
        seed: int,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.labels = np.asarray(labels)
        self.batch_size = batch_size
        self.balanced = balanced
        self.seed = seed
        self.rank, self.world = rank, world
        self.epoch, self.first, self.size = 0, 0, 224

    def set_epoch(self, epoch: int, size: int, first: int = 0) -> None:
        """Choose the epoch, the picture size in pixels, and the batch to begin with (after a resume)."""
        self.epoch, self.size, self.first = epoch, size, first

    def order(self) -> list[int]:
        """Indices of the pictures in the order of this epoch."""
        generator = torch.Generator().manual_seed(_mix(self.seed, self.epoch))
        if self.balanced:
            weights = class_weights(self.labels)
            return list(WeightedRandomSampler(weights.tolist(), len(weights), generator=generator))
        order: list[int] = torch.randperm(len(self.labels), generator=generator).tolist()
        return order

    def __len__(self) -> int:
        return max(1, len(self.labels) // self.batch_size)

    def __iter__(self) -> Iterator[list[PictureKey]]:
        order = self.order()
        share = self.batch_size // self.world
        for batch in range(self.first, len(self)):
            start = batch * self.batch_size + self.rank * share
            places = range(start, min(start + share, len(order)))
            yield [PictureKey(self.epoch, place, order[place], self.size) for place in places]


def _mix(*numbers: int) -> int:
    """One 63-bit seed from several numbers; near ones give unrelated seeds."""
    state = np.random.SeedSequence([number & 0xFFFFFFFF for number in numbers]).generate_state(1, np.uint64)
    return int(state[0] >> np.uint64(1))


def seed_of(seed: int, epoch: int, position: int) -> int:
    """Seed of one draw of chance of a run, 63 bits."""
    return _mix(seed, epoch, position)
