"""From files to batches: reading, resizing and augmenting in processes of their own."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from gender_classifier.config.settings import DataConfig, Policy
from gender_classifier.data.augment import augment
from gender_classifier.data.datasets import Sample
from gender_classifier.data.reading import load_input
from gender_classifier.images.types import Picture
from gender_classifier.system.cores import usable_cores
from gender_classifier.training.sampling import EpochBatches, PictureKey, seed_of

Item = tuple[Picture, int, NDArray[np.int64], float]


class Batch(NamedTuple):
    """A batch of training images.

    Example:
        >>> black = np.zeros((8, 8, 3), np.uint8)
        >>> batch = collate([(black, 1, np.empty(0, np.int64), float("nan"))])
        >>> tuple(batch.pictures.shape), batch.labels.tolist()
        ((1, 8, 8, 3), [1.0])

    Attributes:
        pictures: uint8 (N, H, W, 3), RGB.
        labels: float32 (N,), 0 female, 1 male.
        targets: int64 (N, columns), further classes; -1 where unknown.
        soft: float32 (N,), other models' probability of male; NaN where there is none.
    """

    pictures: Tensor
    labels: Tensor
    targets: Tensor
    soft: Tensor


class FaceDataset(Dataset[Item]):
    """Images by `PictureKey`; each is a pure function of the run's seed and its key.

    Example:
        >>> from gender_classifier.inference.demo import demo_photo
        >>> dataset = FaceDataset([Sample(demo_photo(), "collins.jpg", 0)], "stretch")
        >>> dataset[PictureKey(epoch=0, position=0, index=0, size=64)][0].shape
        (64, 64, 3)

    Args:
        samples: the images.
        fit_mode: how an image becomes square (`images.resize.fit`).
        seed: of the run.
        policies: augmentation of (female, male); None for none.
        targets: further classes to learn, int64 (N, columns) (`data.targets`); None for none.
        soft: other models' probabilities of male, float32 (N,) (`data.soft_labels`); None for none.
        oversize: images that are augmented are read at this times the size asked for (`augment.oversize`).
    """

    def __init__(
        self,
        samples: Sequence[Sample],
        fit_mode: str,
        seed: int = 0,
        policies: tuple[Policy, Policy] | None = None,
        targets: NDArray[np.int64] | None = None,
        soft: NDArray[np.float32] | None = None,
        oversize: float = 1.0,
    ) -> None:
        self.samples = samples
        self.fit_mode = fit_mode
        self.seed = seed
        self.policies = policies
        self.oversize = oversize
        self.targets = targets if targets is not None else np.empty((len(samples), 0), np.int64)
        self.soft = soft if soft is not None else np.full(len(samples), np.nan, np.float32)

    def __len__(self) -> int:
        return len(self.samples)

    def __getitem__(self, key: PictureKey) -> Item:
        sample = self.samples[key.index]
        if self.policies is None:
            picture = load_input(sample, key.size, self.fit_mode)
        else:
            rng = np.random.default_rng(seed_of(self.seed, key.epoch, key.position))
            picture = load_input(sample, round(self.oversize * key.size), self.fit_mode)
            picture = augment(picture, self.policies[sample.label], rng, key.size)
        return picture, sample.label, self.targets[key.index], float(self.soft[key.index])


def collate(items: list[Item]) -> Batch:
    """Stack images and what is to be learnt from them.

    Args:
        items: as `FaceDataset` gives them: image, uint8 (H, W, 3), all of one size; label; further classes, int64
            (columns,); other models' probability of male or NaN.

    Returns:
        The batch, in the order of `items`.
    """
    pictures, labels, targets, soft = zip(*items, strict=True)
    return Batch(
        torch.from_numpy(np.stack(pictures)),
        torch.tensor(labels, dtype=torch.float32),
        torch.from_numpy(np.stack(targets)),
        torch.tensor(soft, dtype=torch.float32),
    )


def reading_processes(config: DataConfig, device: torch.device) -> int:
    """Say how many processes read images.

    On a CPU one is enough: more would take the network's cores.

    Args:
        config: section `data` of the configuration.
        device: where the network trains.

    Returns:
        `config.workers`; for -1 what suits the machine. 0: the training process reads itself.
    """
    if config.workers >= 0:
        return config.workers
    cores = usable_cores()
    return min(1, cores - 1) if device.type == "cpu" else max(1, cores - 2)


def _start_reader(_worker: int) -> None:
    cv2.setNumThreads(1)
    # Ctrl-C goes to the whole process group, but the step in progress still needs its readers. Ignoring the signal
    # would not do: at the end Python ends a reader by the same signal and then waits for it.
    if hasattr(os, "setsid"):
        os.setsid()


def train_loader(dataset: FaceDataset, batches: EpochBatches, workers: int, device: torch.device) -> DataLoader[Item]:
    """Give batches in the order of `batches`, read ahead.

    From here on OpenCV runs on one thread in this process too.

    Args:
        dataset: the images.
        batches: which come when.
        workers: processes that read; 0: this one.
        device: where the network trains.

    Returns:
        A loader that yields a `Batch` for each of `batches`, on the CPU.
    """
    # A forked reader inherits OpenCV's pool without its threads, and waits for them for ever when it sets their number.
    cv2.setNumThreads(1)
    return DataLoader(
        dataset,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=collate,
        worker_init_fn=_start_reader,
        pin_memory=device.type == "cuda",
        prefetch_factor=4 if workers else None,
    )
