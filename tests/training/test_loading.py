"""Reading in processes of their own."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from gender_classifier.config.settings import AugmentConfig, DataConfig, Policy
from gender_classifier.data.augment import augment
from gender_classifier.data.datasets import Sample, read_classes
from gender_classifier.data.reading import load_input
from gender_classifier.errors import UnreadableError
from gender_classifier.training.loading import FaceDataset, reading_processes, train_loader
from gender_classifier.training.sampling import EpochBatches, PictureKey, seed_of

KEY = PictureKey(epoch=0, position=5, index=2, size=32)

READ_ONE_BATCH = """
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from gender_classifier.data.datasets import read_classes
from gender_classifier.training.loading import FaceDataset, train_loader
from gender_classifier.training.sampling import EpochBatches

# OpenCV's threads are there when readers are forked, as they are after the images were checked.
cv2.setNumThreads(4)
cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (31, 31), 5)
samples = read_classes(Path(sys.argv[1]), Path(sys.argv[1]))
batches = EpochBatches([sample.label for sample in samples], 4, balanced=True, seed=0)
batches.set_epoch(0, 32)
pictures, labels, *_ = next(iter(train_loader(FaceDataset(samples, "stretch"), batches, 1, torch.device("cpu"))))
print(tuple(pictures.shape), tuple(labels.shape))
"""


def test_readers_start_after_opencv_used_its_threads(drawn_faces: Path) -> None:
    command = [sys.executable, "-c", READ_ONE_BATCH, str(drawn_faces / "val")]
    # Without care the reader waits for ever: the limit is only there to end that.
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout == "(4, 32, 32, 3) (4,)\n", done.stderr


def loaded(samples: list[Sample], workers: int, rank: int = 0, world: int = 1) -> list[tuple[np.ndarray, np.ndarray]]:
    policies = (AugmentConfig().minority, AugmentConfig().majority)
    dataset = FaceDataset(samples, "stretch", seed=3, policies=policies)
    batches = EpochBatches([s.label for s in samples], 4, balanced=True, seed=3, rank=rank, world=world)
    batches.set_epoch(2, 48)
    loader = train_loader(dataset, batches, workers, torch.device("cpu"))
    return [(pictures.numpy(), labels.numpy()) for pictures, labels, *_ in loader]


@pytest.fixture
def samples(drawn_faces: Path) -> list[Sample]:
    return read_classes(drawn_faces / "val", drawn_faces)


def test_as_many_processes_as_you_like_see_the_same_pixels(samples: list[Sample]) -> None:
    alone = loaded(samples, 0)
    assert len(alone) == 3
    assert alone[0][0].shape == (4, 48, 48, 3)
    assert alone[0][0].dtype == np.uint8
    assert alone[0][1].dtype == np.float32
    for workers in (1, 2):
        for (pictures, labels), (expected, expected_labels) in zip(loaded(samples, workers), alone, strict=True):
            np.testing.assert_array_equal(pictures, expected)
            np.testing.assert_array_equal(labels, expected_labels)
    halves = [loaded(samples, 0, rank, 2) for rank in range(2)]
    for (first, _), (second, _), (expected, _) in zip(*halves, alone, strict=True):
        np.testing.assert_array_equal(np.concatenate([first, second]), expected)


def test_a_picture_is_a_function_of_its_key(samples: list[Sample]) -> None:
    policies = (AugmentConfig().minority, AugmentConfig().majority)
    dataset = FaceDataset(samples, "stretch", seed=0, policies=policies)
    other_seed = FaceDataset(samples, "stretch", seed=1, policies=policies)
    key = PictureKey(0, 5, 2, 32)
    picture, label, *_ = dataset[key]
    assert label == samples[2].label
    assert picture.shape == (32, 32, 3)
    np.testing.assert_array_equal(picture, dataset[pickle.loads(pickle.dumps(key))][0])
    for changed in (dataset[PictureKey(1, 5, 2, 32)], dataset[PictureKey(0, 6, 2, 32)], other_seed[key]):
        assert (changed[0] != picture).any()


def test_without_policies_pictures_are_as_they_are(samples: list[Sample]) -> None:
    picture, *_ = FaceDataset(samples, "stretch")[PictureKey(4, 7, 1, 40)]
    np.testing.assert_array_equal(picture, load_input(samples[1], 40, "stretch"))


def test_each_class_gets_its_own_policy(samples: list[Sample]) -> None:
    still = Policy(flip=0.0, scale=0.0, shift=0.0, rotate=0.0, colour=0.0, grey=0.0, degrade=0.0, erase=0.0)
    dataset = FaceDataset(samples, "stretch", policies=(still.model_copy(update={"flip": 1.0}), still))
    for index, sample in enumerate(samples):
        plain = load_input(sample, 32, "stretch")
        picture, *_ = dataset[PictureKey(0, index, index, 32)]
        np.testing.assert_array_equal(picture, plain[:, ::-1] if sample.label == 0 else plain)


def test_images_are_read_larger_where_asked_and_come_out_at_the_size(samples: list[Sample]) -> None:
    policies = (AugmentConfig().minority, AugmentConfig().majority)
    plain, larger = (FaceDataset(samples, "stretch", policies=policies, oversize=o)[KEY][0] for o in (1.0, 1.5))
    assert plain.shape == larger.shape == (32, 32, 3)
    assert (plain != larger).any()
    policy, rng = policies[samples[2].label], np.random.default_rng(seed_of(0, KEY.epoch, KEY.position))
    np.testing.assert_array_equal(larger, augment(load_input(samples[2], 48, "stretch"), policy, rng, 32))


@pytest.mark.parametrize("workers", [0, 1])
def test_an_unreadable_picture_stops_with_its_name(samples: list[Sample], workers: int) -> None:
    for sample in samples:
        sample.path.write_bytes(b"")
    with pytest.raises(UnreadableError, match="empty file"):
        loaded(samples, workers)


def test_how_many_processes_read() -> None:
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    assert reading_processes(DataConfig(workers=3), cpu) == 3
    assert reading_processes(DataConfig(workers=0), cuda) == 0
    assert reading_processes(DataConfig(), cpu) in (0, 1)
    assert reading_processes(DataConfig(), cuda) >= 1
