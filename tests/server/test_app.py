"""The paths that answer: crops, faces, parameters, refusals; by a model that can be computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient

from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.image_result import ImageResult
from gender_classifier.server.schemas import Answers

from .conftest import expected, logits, png, post, some_crops

Start = Callable[..., TestClient]


def test_crops_in_their_order_and_one_alone(client: TestClient) -> None:
    crops = some_crops(5)
    answer = post(client, "/v1/crops", *map(png, crops))
    assert logits(answer) == pytest.approx(expected(crops), abs=1e-4)
    assert [image["source"] for image in answer.json()["images"]] == [f"{n}.png" for n in range(5)]
    alone = client.post("/v1/crops", content=png(crops[2]), headers={"Content-Type": "image/png"})
    assert logits(alone) == pytest.approx(expected(crops[2:3]), abs=1e-4)
    Answers.model_validate_json(alone.content)


def test_faces_as_predict_finds_them(client: TestClient, model: Path, astronaut: NDArray[np.uint8]) -> None:
    blank = np.zeros((40, 40, 3), np.uint8)
    answer = post(client, "/v1/faces", png(astronaut), png(blank), png(astronaut)[:3000], min_face=30).json()["images"]
    own = GenderClassifier(model, threads=1).predict([png(astronaut), png(blank)], min_face=30)
    assert [image["status"] for image in answer] == ["ok", "no face", "unreadable"]
    assert answer[2]["message"] == "cannot be decoded (part of it is missing)"
    for said, known in zip(answer[:2], own, strict=True):
        result = ImageResult.from_dict(said)
        assert replace(result, source=None, faces=()) == replace(known, faces=())
        for face, other in zip(result.faces, known.faces, strict=True):
            assert replace(face, logit=0, probability_male=0) == replace(other, logit=0, probability_male=0)
            assert face.logit == pytest.approx(other.logit)


def test_parameters_are_predict_s(client: TestClient, model: Path) -> None:
    crops = some_crops(1)
    classifier = GenderClassifier(model, threads=1)
    plain = post(client, "/v1/crops", png(crops[0])).json()["images"][0]["faces"][0]
    flipped = post(client, "/v1/crops", png(crops[0]), tta=True, answer_all=True).json()["images"][0]["faces"][0]
    assert plain["logit"] == pytest.approx(classifier.predict_crops(crops)[0].logit)
    assert flipped["logit"] == pytest.approx(classifier.predict_crops(crops, tta=True)[0].logit)


@pytest.mark.parametrize(
    ("path", "parameters", "said"),
    [
        ("/v1/faces", {"min_face": 0}, "min_face: input should be greater than or equal to 1"),
        ("/v1/faces", {"rotate": "perhaps"}, "rotate: "),
        ("/v1/crops", {"prior": 1}, "prior: input should be less than 1"),
        ("/v1/crops", {"prior": 0.3}, "prior"),  # this model does not tell what it was calibrated on
        ("/v1/crops", {"right": 0.4}, "right: "),
        ("/v1/crops", {"right": 0.9}, "right=0.9"),
        ("/v1/crops", {"right": 0.9, "answer_all": True}, "one at a time"),
        ("/v1/crops", {"model": "other"}, "model: one of linear"),
    ],
)
def test_wrong_parameters(client: TestClient, path: str, parameters: dict[str, Any], said: str) -> None:
    answer = post(client, path, png(some_crops(1)[0]), **parameters)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert "\n" not in answer.json()["detail"]


@pytest.mark.parametrize(
    ("settings", "content", "parameters", "status", "said"),
    [
        ({}, b"GIF89a but no more", {}, 415, "file 0: not an image"),
        ({}, b"%!PS-Adobe-3.0 EPSF-3.0\n", {}, 415, "file 0: "),
        ({}, b"RIFF", {}, 415, "file 0: not an image"),
        ({"max_pixels": 1000}, png(some_crops(1)[0]), {}, 413, "more than 1,000 pixels"),
        ({"max_bytes": 1000}, png(some_crops(1)[0]), {}, 413, "more than 1,000 bytes"),
        (
            {},
            png(np.zeros((3000, 3000, 3), np.uint8)),
            {"min_face": 2},
            413,
            "min_face=2 in so large an image; take 22",
        ),
    ],
)
def test_refused_files(start: Start, settings: Any, content: bytes, parameters: Any, status: int, said: str) -> None:
    answer = post(start(**settings), "/v1/faces", content, **parameters)
    assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text


def test_a_bomb_is_not_decoded(client: TestClient) -> None:
    header = b"P6\n50000 50000\n255\n" + bytes(100)  # 2,500 million pixels
    answer = post(client, "/v1/crops", header)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_several_models(start: Start, model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(model.read_bytes())
    client = start(models=(model, other))
    assert [one["name"] for one in client.get("/v1/models").json()["models"]] == ["linear", "other"]
    for name, parameters in (("linear", {}), ("other", {"model": "other"})):
        assert post(client, "/v1/crops", png(some_crops(1)[0]), **parameters).json()["model"] == name
