"""A film that several tests look at: made once, analysed once; each test that writes beside it gets a copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("av", reason="the extra `video` is not installed")

from gender_classifier.images.resize import resize
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.video.analysis import analyse_video
from gender_classifier.video.options import VideoOptions
from gender_classifier.video.result import VideoResult
from gender_classifier.video.thumbs import Thumbs

from .films import Picture, shaded, with_face, write_film


@pytest.fixture(scope="session")
def woman() -> Picture:
    """A woman's face with what is around it, uint8 (224, 224, 3), RGB (NASA, public domain)."""
    data = pytest.importorskip("skimage.data")
    return resize(np.array(data.astronaut(), np.uint8)[:256, 96:352], (224, 224))


@pytest.fixture(scope="session")
def made(woman: Picture, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with sound: a woman who moves, then after a cut nobody."""
    moving = [with_face(woman, (480, 270), (40 + 3 * n, 30), (90, 110, 70)) for n in range(30)]
    path = tmp_path_factory.mktemp("films") / "film.mp4"
    return write_film(path, [*moving, *shaded(480, 270, 20, (150, 40, 40))], sound=2.0)


@pytest.fixture
def film(made: Path, tmp_path: Path) -> Path:
    """A copy of it in this test's folder."""
    return Path(shutil.copy(made, tmp_path))


@pytest.fixture(scope="session")
def analysed(made: Path) -> tuple[VideoResult, Thumbs]:
    """What the release sees in it, five frames a second, and the clearest face of each track."""
    thumbs = Thumbs()
    return analyse_video(GenderClassifier(threads=1), made, VideoOptions(), thumbs=thumbs), thumbs


@pytest.fixture(scope="session")
def result(analysed: tuple[VideoResult, Thumbs]) -> VideoResult:
    """What the release sees in the film."""
    return analysed[0]
