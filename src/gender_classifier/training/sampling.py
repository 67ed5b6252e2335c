"""Which images an epoch's batches hold: a function of (seed, epoch) alone.

They come as they are, each once an epoch; or both classes equally often, with replacement; or groups of people (of one
gender, race and age, say) as often as a power of their number tells.

Because no generator's state is carried along, a resumed run, several reading
processes and several training processes all see the same batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Sampler, WeightedRandomSampler

from gender_classifier.config.settings import Config, SamplerConfig
from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UserError


@dataclass(frozen=True, slots=True)
class PictureKey:
    """Names one network input: an image, and the draw of chance that augments it.

    `position` is the place in the epoch, so an image that is drawn twice is augmented twice.

    Example:
        >>> next(iter(EpochBatches([0, 1], 2, balanced=False, seed=0)))[1].position
        1

    Attributes:
        epoch: from 0.
        position: from 0, over all processes.
        index: of the image among the training images.
        size: width and height that it gets, pixels.
    """

    epoch: int
    position: int
    index: int
    size: int


def class_weights(labels: Sequence[int] | NDArray[np.int64]) -> NDArray[np.float64]:
    """Compute the sampling weight of each image: the inverse of its class's count.

    Args:
        labels: 0 or 1 of each image.

    Returns:
        float64 (N,), above 0.
    """
    array = np.asarray(labels)
    inverse = 1.0 / np.bincount(array, minlength=2)
    return np.asarray(inverse[array], np.float64)


def group_weights(samples: Sequence[Sample], config: SamplerConfig) -> NDArray[np.float64] | None:
    """Give the sampling weight of each image by the group of people that it is of; None where `by` is empty.

    A group is one combination of the columns' values. An image's weight is its group's count to the power
    `-config.power`, so that a group's share of the draws is as its count to `1 - power`. With `config.balanced`
    each class's weights are then scaled to the same sum.

    Args:
        samples: of train.
        config: of the sampler.

    Returns:
        float64 (N,), above 0.

    Raises:
        UserError: no such column.
    """
    if not config.by:
        return None
    known = sorted({name for sample in samples for name in sample.extra} | {"gender"})
    for column in config.by:
        if column not in known:
            raise UserError(f"sampler.by: no column `{column}`; the data has {', '.join(known)}")
    rows = [
        tuple(str(s.label) if column == "gender" else s.extra.get(column, "") for column in config.by) for s in samples
    ]
    counts = Counter(rows)
    weights = np.array([counts[row] ** -config.power for row in rows])
    if config.balanced:
        labels = np.array([sample.label for sample in samples])
        weights /= np.bincount(labels, weights, minlength=2)[labels]
    return weights


def evenly_drawn(weights: NDArray[np.float64], generator: torch.Generator) -> list[int]:
    """Draw as many indices as there are weights, each as often as its weight tells, rounded up or down by chance.

    Systematic resampling (Kitagawa, J. Comput. Graph. Stat. 5(1), 1996): unlike independent draws it leaves no image
    out that is due once.

    Args:
        weights: float64 (N,), not negative, with a sum above 0.
        generator: of chance.

    Returns:
        N indices, in random order.
    """
    count = len(weights)
    order = torch.randperm(count, generator=generator).numpy()
    order = order[np.argsort(weights[order], kind="stable")]  # so that a group, too, is drawn as often as is due
    edges = np.cumsum(weights[order]) * (count / weights.sum())
    places = np.arange(count) + float(torch.rand(1, generator=generator))
    drawn = order[np.minimum(np.searchsorted(edges, places, side="right"), count - 1)]
    return drawn[torch.randperm(count, generator=generator).numpy()].tolist()  # type: ignore[no-any-return]


class EpochBatches(Sampler[list[PictureKey]]):
    """Batches of one epoch for one process.

    The whole batch is drawn alike by every process, which then takes its own slice: what
    the processes see together is what one process would see. The last, smaller batch is
    left out, since batch norm would weigh its few images as much as a full one.

    Example:
        >>> batches = EpochBatches([0, 1, 1, 1], 2, balanced=False, seed=0)
        >>> len(batches), sorted(key.index for batch in batches for key in batch)
        (2, [0, 1, 2, 3])

    Args:
        labels: label of each image, 0 or 1.
        batch_size: images in a batch over all processes; divisible by `world`.
        balanced: draw both classes equally often, with replacement; else a permutation.
        seed: of the run.
        rank: number of this process, from 0.
        world: how many processes there are.
        weights: of each image, float64 (N,), by `group_weights`; they decide in place of `balanced`.
        weights_since: the first epoch in which they do.
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
        weights: NDArray[np.float64] | None = None,
        weights_since: int = 0,
    ) -> None:
        self.weights, self.weights_since = weights, weights_since
        self.labels = np.asarray(labels)
        self.batch_size = batch_size
        self.balanced = balanced
        self.seed = seed
        self.rank, self.world = rank, world
        self.epoch, self.first, self.size = 0, 0, 224

    def set_epoch(self, epoch: int, size: int, first: int = 0) -> None:
        """Choose the epoch whose batches come next.

        Args:
            epoch: from 0.
            size: of the images, pixels.
            first: batch to begin with, from 0; above 0 where a run goes on.
        """
        self.epoch, self.size, self.first = epoch, size, first

    def order(self) -> list[int]:
        """Give the indices of the images in the order of this epoch, the same in every process."""
        generator = torch.Generator().manual_seed(_mix(self.seed, self.epoch))
        if self.weights is not None and self.epoch >= self.weights_since:
            return evenly_drawn(self.weights, generator)
        if self.balanced:
            weights = class_weights(self.labels)
            return list(WeightedRandomSampler(weights.tolist(), len(weights), generator=generator))
        order: list[int] = torch.randperm(len(self.labels), generator=generator).tolist()
        return order

    def share_of_women(self, epochs: int) -> float:
        """Give the share of women among the images as they are drawn, averaged over a run's epochs.

        Args:
            epochs: of the run.

        Returns:
            0 to 1.
        """
        if self.balanced:
            return 0.5
        women = self.labels == 0
        as_they_come = float(women.mean())
        if self.weights is None:
            return as_they_come
        before, drawn = min(self.weights_since, epochs), float(self.weights[women].sum() / self.weights.sum())
        return (before * as_they_come + (epochs - before) * drawn) / epochs

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
    """Give the seed of one draw of chance of a run.

    Args:
        seed: of the run.
        epoch: from 0.
        position: of what is drawn, within the epoch.

    Returns:
        63 bits; near arguments give unrelated seeds.
    """
    return _mix(seed, epoch, position)


def epoch_batches(samples: Sequence[Sample], config: Config, rank: int, world: int) -> EpochBatches:
    """Make the batches that a run's settings ask for.

    Args:
        samples: of train.
        config: of the run.
        rank: number of this process, from 0.
        world: how many processes there are.

    Returns:
        The batches of one process; `set_epoch` chooses the epoch.

    Raises:
        UserError: the sampler goes by a column that the data has not.
    """
    return EpochBatches(
        [sample.label for sample in samples],
        config.train.batch_size,
        balanced=config.sampler.balanced,
        seed=config.train.seed,
        rank=rank,
        world=world,
        weights=group_weights(samples, config.sampler),
        weights_since=_first_epoch(config.sampler.since, config.train.epochs),
    )


def _first_epoch(since: float, epochs: int) -> int:
    """The first epoch whose middle lies beyond that share of the run, as `DataConfig.size_in` has it; else the last."""
    return next((epoch for epoch in range(epochs) if (epoch + 0.5) / epochs >= since), epochs - 1)
