"""The service without HTTP: models by name, images in their order, refusals, and metrics of what was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.errors import UserError
from gender_classifier.inference.image_result import ImageResult, Status
from gender_classifier.server.problems import ProblemError
from gender_classifier.server.service import Options, Service, _name_of
from gender_classifier.server.settings import ServerSettings
from gender_classifier.server.uploads import Upload

from .conftest import expected, png, some_crops


@pytest.fixture(scope="module")
def service(model: Path) -> Iterator[Service]:
    made = Service(ServerSettings(models=(model,), threads=1, max_pixels=5000))
    with pytest.raises(ProblemError, match="being loaded"):
        made.named(None)
    made.check()
    assert not made.ready
    made.load()
    yield made
    made.close()


def answer(service: Service, options: Options, *uploads: Upload) -> list[ImageResult]:
    return asyncio.run(service.answer(service.named(None), uploads, options))


def test_images_in_their_order_without_crops(service: Service) -> None:
    crops = some_crops(3)
    uploads = [Upload(f"{place}.png", png(crop)) for place, crop in enumerate(crops)]
    found = answer(service, Options(faces_only=True), *uploads, Upload("", png(crops[0])[:60]))
    assert [image.source for image in found] == ["0.png", "1.png", "2.png", None]
    assert [image.status for image in found] == [Status.OK] * 3 + [Status.UNREADABLE]
    assert [face.logit for image in found for face in image.faces] == pytest.approx(expected(crops), abs=1e-4)
    assert all(image.crops is None for image in found)
    assert service.gate.used == 0
    text = service.metrics.text().decode()
    assert 'images_total{status="ok"} 3.0' in text
    assert 'images_total{status="unreadable"} 1.0' in text


@pytest.mark.parametrize(
    ("content", "options", "status", "said"),
    [
        (b"nothing", Options(), 415, "file 0: not an image"),
        (png(np.zeros((80, 80, 3), np.uint8)), Options(), 413, "file 0: more than 5,000 pixels"),
        (png(some_crops(1)[0]), Options(right=0.9), 422, "right=0.9"),
        (png(some_crops(1)[0]), Options(prior=0.3), 422, "prior"),
    ],
)
def test_refusals(service: Service, content: bytes, options: Options, status: int, said: str) -> None:
    with pytest.raises(ProblemError) as caught:
        answer(service, options, Upload("a", content))
    assert (caught.value.status, said in caught.value.detail) == (status, True)
    assert service.gate.used == 0


def test_a_model_is_named(service: Service) -> None:
    assert service.named("linear").about.name == service.named(None).about.name == "linear"
    with pytest.raises(ProblemError, match="model: one of linear"):
        service.named("other")


def test_two_models_of_one_name(model: Path) -> None:
    made = Service(ServerSettings(models=(model, model), threads=1))
    with pytest.raises(UserError, match="two models are named linear"):
        made.load()
    made.close()


def test_two_models_of_one_name_are_refused_before_anything_is_served(model: Path, tmp_path: Path) -> None:
    runs = tmp_path / "monday" / "first", tmp_path / "tuesday" / "first"
    for run in runs:
        run.mkdir(parents=True)
        (run / "model.onnx").write_bytes(model.read_bytes())
    with pytest.raises(UserError, match="tuesday/first: two models are named first; leave one out, or rename"):
        Service(ServerSettings(models=(model, *runs), threads=1)).check()
    with pytest.raises(UserError, match="two models are named linear"):
        Service(ServerSettings(models=(model, model), threads=1)).check()
    Service(ServerSettings(models=(model, runs[0]), threads=1)).check()


def test_a_run_s_model_has_the_run_s_name() -> None:
    assert _name_of(Path("runs/second/model.onnx")) == "second"
    assert _name_of(Path("models/first.onnx")) == "first"
