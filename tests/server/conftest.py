"""A service in this process with a model that can be computed by hand, and one in processes of its own."""

from __future__ import annotations

import importlib.util
import io
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

pytest.importorskip("fastapi", reason="the extra `server` is not installed")
pytest.importorskip("httpx2")

from starlette.testclient import TestClient

from gender_classifier.server.app import create_app
from gender_classifier.server.settings import ServerSettings

from ..small_model import SIZE, logits_by_hand, save_model

CLIENTS = Path(__file__).resolve().parents[2] / "benchmarks" / "_service_clients.py"


def load_clients() -> ModuleType:
    """The benchmark's clients."""
    spec = importlib.util.spec_from_file_location("_service_clients", CLIENTS)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["_service_clients"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def png(crop: NDArray[np.uint8]) -> bytes:
    """Bytes of a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(crop).save(buffer, "PNG")
    return buffer.getvalue()


def some_crops(count: int, seed: int = 1) -> NDArray[np.uint8]:
    """Crops, uint8 (count, SIZE, SIZE, 3), whose logits differ."""
    return np.random.default_rng(seed).integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8)


def expected(crops: NDArray[np.uint8]) -> list[float]:
    """Logits of crops, by hand."""
    return [float(logit) for logit in logits_by_hand(crops)]


def post(client: TestClient, path: str, *files: bytes, **parameters: Any) -> Any:
    """POST images as files of a form."""
    form = [("files", (f"{place}.png", content, "image/png")) for place, content in enumerate(files)]
    return client.post(path, files=form, params=parameters)


def logits(answer: Any) -> list[float]:
    """Every face's logit, in its order, of an answer that went well."""
    assert answer.status_code == 200, answer.text
    return [face["logit"] for image in answer.json()["images"] for face in image["faces"]]


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A linear model's file, named `linear`."""
    return save_model(tmp_path_factory.mktemp("model") / "linear.onnx")


@contextmanager
def running(model: Path, **settings: Any) -> Iterator[TestClient]:
    """A service in this process, when it is ready."""
    with TestClient(create_app(ServerSettings(**{"models": (model,), "threads": 1, **settings}).checked())) as client:
        while client.get("/readyz").status_code == 503:
            time.sleep(0.02)
        yield client


@pytest.fixture
def start(model: Path) -> Iterator[Callable[..., TestClient]]:
    """Start a service in this process, with settings, and wait until it is ready."""
    with ExitStack() as stack:
        yield lambda **settings: stack.enter_context(running(model, **settings))


@pytest.fixture(scope="module")
def client(model: Path) -> Iterator[TestClient]:
    """A service with settings as they are when nothing is said, for the tests of a module."""
    with running(model) as client:
        yield client
