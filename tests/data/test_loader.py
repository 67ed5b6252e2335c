"""Reading in processes of their own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")

READ_ONE_BATCH = """
import sys
from pathlib import Path

import cv2
import numpy as np
import torch

from gender_classifier.data.index import read_classes
from gender_classifier.data.loader import FaceDataset, train_loader
from gender_classifier.data.sampler import EpochBatches

# OpenCV's threads are there when readers are forked, as they are after the pictures were checked.
cv2.setNumThreads(4)
cv2.GaussianBlur(np.zeros((2000, 2000, 3), np.uint8), (31, 31), 5)
samples = read_classes(Path(sys.argv[1]), Path(sys.argv[1]))
batches = EpochBatches([sample.label for sample in samples], 4, balanced=True, seed=0)
batches.set_epoch(0, 32)
pictures, labels = next(iter(train_loader(FaceDataset(samples, "stretch"), batches, 1, torch.device("cpu"))))
print(tuple(pictures.shape), tuple(labels.shape))
"""


def test_readers_start_after_opencv_used_its_threads(drawn_faces: Path) -> None:
    command = [sys.executable, "-c", READ_ONE_BATCH, str(drawn_faces / "val")]
    # Without care the reader waits for ever: the limit is only there to end that.
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.stdout == "(4, 32, 32, 3) (4,)\n", done.stderr
