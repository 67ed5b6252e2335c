"""One reading of an image."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.audit.looks import look_at, look_at_all, sharpness
from gender_classifier.data.datasets import Sample
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.system.files import sha256_of

from .drawing import face


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(threads=1)


def test_a_photograph(tmp_path: Path, astronaut: NDArray[np.uint8], detector: FaceDetector) -> None:
    path = tmp_path / "woman.png"
    Image.fromarray(astronaut[:, :400]).save(path)
    seen = look_at(Sample(path, "woman.png", 0), "train", detector)
    assert (seen.width, seen.height, seen.reason, seen.split) == (400, 512, "", "train")
    assert seen.digest == sha256_of(path)
    assert len(seen.faces) == 1
    assert 80 < seen.faces[0] < 180
    assert seen.fingerprint is not None
    assert seen.brightness == pytest.approx(cv2.cvtColor(astronaut[:, :400], cv2.COLOR_RGB2GRAY).mean(), abs=0.1)


def test_a_large_one_lying_on_its_side(tmp_path: Path, astronaut: NDArray[np.uint8], detector: FaceDetector) -> None:
    large = cv2.resize(astronaut[:, :400], (2103, 2691))
    image = Image.fromarray(np.ascontiguousarray(np.rot90(large)))
    exif = Image.Exif()
    exif[274] = 6  # turn it clockwise to show it
    path = tmp_path / "large.jpg"
    image.save(path, quality=85, exif=exif)
    seen = look_at(Sample(path, "large.jpg", 0), "train", detector)
    assert (seen.width, seen.height) == (2103, 2691)
    assert len(seen.faces) == 1
    assert 420 < seen.faces[0] < 950


def test_what_cannot_be_read_says_why_and_costs_nothing_else(tmp_path: Path, detector: FaceDetector) -> None:
    (tmp_path / "empty.jpg").write_bytes(b"")
    Image.fromarray(face(0)).save(tmp_path / "whole.jpg")
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    names = ["empty.jpg", "cut.jpg", "none.jpg", "whole.jpg"]
    ticks: list[None] = []
    looks = look_at_all(
        [(Sample(tmp_path / name, name, 0), "val") for name in names],
        detector,
        threads=2,
        tick=lambda: ticks.append(None),
    )
    assert [look.sample.name for look in looks] == names
    assert [bool(look.reason) for look in looks] == [True, True, True, False]
    assert looks[0].reason == "empty file"
    assert looks[2].reason == "no such file or directory"
    assert [look.digest for look in looks[:3]] == ["", "", ""]
    assert len(ticks) == 4


def test_sharpness_falls_with_blur_and_not_with_size(astronaut: NDArray[np.uint8]) -> None:
    plain = sharpness(astronaut)
    assert sharpness(np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 6), np.uint8)) < plain / 3
    larger = np.asarray(cv2.resize(astronaut, (1024, 1024), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert sharpness(larger) == pytest.approx(plain, rel=0.15)
