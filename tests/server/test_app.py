"""The paths: answers, parameters, refusals, key, ids, metrics; by a model that can be computed by hand."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient

from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.image_result import ImageResult
from gender_classifier.server import service as service_module
from gender_classifier.server.schemas import Answers
from gender_classifier.web.policy import POLICY

from .conftest import expected, png, some_crops

Start = Callable[..., TestClient]
KEY = "a-key-of-enough-characters"


def post(client: TestClient, path: str, *files: bytes, **parameters: Any) -> Any:
    form = [("files", (f"{place}.png", content, "image/png")) for place, content in enumerate(files)]
    return client.post(path, files=form, params=parameters)


def logits(answer: Any) -> list[float]:
    assert answer.status_code == 200, answer.text
    return [face["logit"] for image in answer.json()["images"] for face in image["faces"]]


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


def test_other_paths_and_methods(client: TestClient) -> None:
    for method, path, status in (("GET", "/v1/nothing", 404), ("GET", "/v1/faces", 405), ("POST", "/healthz", 405)):
        answer = client.request(method, path)
        assert (answer.status_code, answer.json()["status"]) == (status, status)


def test_ids(client: TestClient) -> None:
    own = client.get("/healthz", headers={"X-Request-ID": "mine-1.2_3"})
    assert own.headers["x-request-id"] == "mine-1.2_3"
    for wrong in ("a b", "x" * 65, "<script>", ""):
        made = client.get("/nothing", headers={"X-Request-ID": wrong})
        assert len(made.headers["x-request-id"]) == 32
        assert made.json()["request_id"] == made.headers["x-request-id"]


def test_the_key(start: Start) -> None:
    client = start(key=KEY)
    wrong = ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {KEY}"}, {"Authorization": KEY})
    for path in ("/v1/models", "/metrics", "/v1/nothing"):
        for headers in (*wrong, {b"Authorization": "Bearer é".encode()}):
            refused = client.get(path, headers=headers)  # type: ignore[arg-type]
            assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
            assert refused.json()["code"] == "key"
    for said in (f"Bearer {KEY}", f"bearer  {KEY}"):
        assert client.get("/v1/models", headers={"Authorization": said}).status_code == 200
    for path in ("/healthz", "/readyz", "/docs", "/openapi.json", "/"):
        assert client.get(path).status_code == 200
    assert "securitySchemes" in client.get("/openapi.json").json()["components"]


def test_models_and_readiness(client: TestClient, model: Path) -> None:
    from gender_classifier.system.files import sha256_of

    (listed,) = client.get("/v1/models").json()["models"]
    assert (listed["name"], listed["sha256"], listed["engine"]) == ("linear", sha256_of(model), "onnxruntime")
    assert client.get("/readyz").json() == {"status": "ready", "models": [listed]}


def test_not_ready_before_the_models_are_loaded(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gender_classifier.server.app import create_app
    from gender_classifier.server.settings import ServerSettings

    go = threading.Event()
    real = service_module.Service.load

    def load(self: service_module.Service) -> None:
        go.wait(60)
        real(self)

    monkeypatch.setattr(service_module.Service, "load", load)
    with TestClient(create_app(ServerSettings(models=(model,)))) as client:
        assert client.get("/healthz").status_code == 200
        for path in ("/readyz", "/v1/models"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "not_ready", "1")
        assert post(client, "/v1/crops", png(some_crops(1)[0])).status_code == 503
        go.set()


def test_several_models(start: Start, model: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(model.read_bytes())
    client = start(models=(model, other))
    assert [one["name"] for one in client.get("/v1/models").json()["models"]] == ["linear", "other"]
    for name, parameters in (("linear", {}), ("other", {"model": "other"})):
        assert post(client, "/v1/crops", png(some_crops(1)[0]), **parameters).json()["model"] == name


def test_a_full_queue_says_when_to_come_again(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    go, inside = threading.Event(), threading.Semaphore(0)
    real = service_module._prepare

    def prepare(*given: Any) -> Any:
        inside.release()
        go.wait(60)
        return real(*given)

    monkeypatch.setattr(service_module, "_prepare", prepare)
    client = start(queue=3, max_files=3)
    crops = some_crops(3)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, client, "/v1/crops", *map(png, crops))
        assert inside.acquire(timeout=60)
        refused = post(client, "/v1/crops", png(crops[0]))
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) >= 1
        assert "gender_classifier_images_in_progress 3.0" in client.get("/metrics").text
        go.set()
        assert logits(first.result(60)) == pytest.approx(expected(crops), abs=1e-4)
    assert logits(post(client, "/v1/crops", png(crops[0]))) == pytest.approx(expected(crops[:1]), abs=1e-4)


def test_an_answer_that_takes_too_long(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()
    real = service_module._prepare
    monkeypatch.setattr(service_module, "_prepare", lambda *given: (go.wait(60), real(*given))[1])
    client = start(answer_seconds=0.1)
    late = post(client, "/v1/crops", *map(png, some_crops(3)))
    assert (late.status_code, late.json()["code"]) == (503, "late")
    # What a thread works on counts until it is done; what waited was let go.
    assert "gender_classifier_images_in_progress 1.0" in client.get("/metrics").text
    go.set()
    while "gender_classifier_images_in_progress 0.0" not in client.get("/metrics").text:
        time.sleep(0.02)


def test_a_fault_is_an_answer_and_the_next_goes_well(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    real = service_module._prepare
    broken = [True]

    def prepare(*given: Any) -> Any:
        if broken.pop() if broken else False:
            raise ZeroDivisionError("secret of the house")
        return real(*given)

    monkeypatch.setattr(service_module, "_prepare", prepare)
    client = start()
    client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
    fault = post(client, "/v1/crops", png(some_crops(1)[0]))
    assert (fault.status_code, fault.json()["code"]) == (500, "fault")
    assert "secret" not in fault.text
    assert post(client, "/v1/crops", png(some_crops(1)[0])).status_code == 200


def test_metrics_tell_what_happened(start: Start, astronaut: NDArray[np.uint8]) -> None:
    client = start()
    post(client, "/v1/crops", *map(png, some_crops(3)))
    post(client, "/v1/faces", png(astronaut), png(np.zeros((40, 40, 3), np.uint8)))
    post(client, "/v1/crops", b"none")
    text = client.get("/metrics").text
    for line in (
        'gender_classifier_images_total{status="ok"} 4.0',
        'gender_classifier_images_total{status="no face"} 1.0',
        'gender_classifier_refusals_total{code="not_an_image"} 1.0',
        'gender_classifier_requests_total{path="/v1/crops",status="200"} 1.0',
        'gender_classifier_stage_seconds_count{stage="prepare"} 5.0',
        'gender_classifier_stage_seconds_count{stage="network"} 4.0',
        "gender_classifier_images_in_progress 0.0",
        "process_resident_memory_bytes",
    ):
        assert line in text
    faces = [line for line in text.splitlines() if line.startswith("gender_classifier_faces_total")]
    assert sum(float(line.split(" ")[1]) for line in faces) == 4


def test_nothing_of_a_client_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"):
        client.get("/readyz")
        form = {"files": ("private-name.png", png(some_crops(1)[0]), "image/png")}
        client.post("/v1/crops?tta=true", files=form)
        client.get("/private-path")
        client.post("/v1/crops", content=b"private bytes", headers={"Content-Type": "multipart/form-data; boundary=x"})
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore", "asyncio"))]
    said = "\n".join(record.getMessage() for record in ours)
    assert "200 POST /v1/crops" in said
    assert "404 GET other" in said
    assert "private" not in said
    assert "/readyz" not in said  # asked every few seconds


def test_headers_for_browsers(client: TestClient) -> None:
    answer = client.get("/v1/models", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers


def test_the_documentation_needs_no_network(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    for part in ("<script", "src=", "@import", "url("):
        assert part not in page.text
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    for path in document["paths"]:
        assert f" {path}</code>" in page.text
    for name in document["components"]["schemas"]:
        assert f'id="{name}"' in page.text
    assert "perceived" in page.text
    assert "Find the faces of images and answer each." in page.text
    assert '<a href="#Answers">Answers</a>' in page.text
    assert client.get("/").text == page.text
    assert "HTTPValidationError" not in json.dumps(document)


def test_a_site_is_shown_at_the_root(start: Start, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<h1>the page</h1>")
    client = start(site=tmp_path)
    page = client.get("/")
    assert page.text == "<h1>the page</h1>"
    assert page.headers["content-security-policy"] == f"{POLICY}; frame-ancestors 'none'"
    # Without these two browsers give the page's WebAssembly one thread.
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["cross-origin-embedder-policy"] == "require-corp"
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/docs").status_code == 200
    assert client.get("/../pyproject.toml").status_code == 404
