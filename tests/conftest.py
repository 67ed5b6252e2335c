"""What tests share: real faces where they are at hand, a photograph in the public domain, drawn faces."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

# One thread a process: tests are small, they fork, and threads that wait for one another slow a busy machine.
os.environ["OMP_NUM_THREADS"] = "1"
# Some tests look at model files by onnxruntime itself, not through our module, which sets this.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import numpy as np
import pytest
from hypothesis import configuration, settings
from numpy.typing import NDArray

from gender_classifier.data.synthetic import draw_dataset

from .running import undrawn
from .small_model import SIZE, save_model

REPOSITORY = Path(__file__).resolve().parents[1]

# A busy machine must not fail a property that holds.
settings.register_profile("project", deadline=None)
settings.load_profile("project")
configuration.set_hypothesis_home_dir(REPOSITORY / "build" / "hypothesis")


def _shared_data(name: str) -> Path:
    """A folder of real faces that is not part of the repository, or skip."""
    named = os.environ.get("GENDER_CLASSIFIER_SHARED")
    roots = [Path(named)] if named else []
    roots.append(REPOSITORY.parent / "shared")
    for root in roots:
        folder = root / "data" / name
        if folder.is_dir():
            return folder
    looked = " nor ".join(str(root / "data" / name) for root in roots)
    pytest.skip(f"no {looked}; GENDER_CLASSIFIER_SHARED names the folder that holds data/{name}")


@pytest.fixture(scope="session")
def facecom() -> Path:
    """FACECOM Task A: `{train,val}/{female,male}`."""
    return _shared_data("facecom")


@pytest.fixture(scope="session")
def fairface_sample() -> Path:
    """700 FairFace images, `{female,male}` and `manifest.csv`."""
    return _shared_data("fairface-sample")


@pytest.fixture
def astronaut() -> NDArray[np.uint8]:
    """A photograph of a woman, uint8 (512, 512, 3), RGB (NASA, public domain)."""
    data = pytest.importorskip("skimage.data")
    return np.array(data.astronaut(), np.uint8)


@pytest.fixture
def drawn_faces(tmp_path: Path) -> Path:
    """A small data set of drawn faces, 64 px: train 12 female and 24 male, val 6 and 8."""
    root = tmp_path / "faces"
    draw_dataset(root, train=(12, 24), val=(6, 8), size=64)
    return root


@pytest.fixture(name="undrawn")
def _undrawn() -> Iterator[None]:
    """A test's runs without figures."""
    with undrawn():
        yield


@pytest.fixture
def write_model(tmp_path: Path) -> Callable[..., Path]:
    """`save_model` into this test's folder."""
    return partial(save_model, tmp_path / "model.onnx")


@pytest.fixture
def crops() -> NDArray[np.uint8]:
    """Twelve smooth crops, uint8 (12, SIZE, SIZE, 3)."""
    import cv2

    coarse = np.random.default_rng(1).integers(0, 256, (12, 4, 4, 3), dtype=np.uint8)
    return np.stack([np.asarray(cv2.resize(c, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC), np.uint8) for c in coarse])
