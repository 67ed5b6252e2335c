"""Readiness, load and faults: what is said when no answer can be given, and what metrics and log keep."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from starlette.testclient import TestClient

from gender_classifier.server import service as service_module

from .conftest import expected, logits, png, post, some_crops

Start = Callable[..., TestClient]


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
    assert fault.json()["request_id"] == fault.headers["x-request-id"]
    assert fault.headers["cache-control"] == "no-store"
    assert 'requests_total{path="/v1/crops",status="500"} 1.0' in client.get("/metrics").text
    assert post(client, "/v1/crops", png(some_crops(1)[0])).status_code == 200


def test_a_client_that_left_is_counted_as_one(start: Start) -> None:
    client = start()

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError("nobody is there to read it")

    head = {"method": "POST", "path": "/v1/crops", "query_string": b"", "headers": [(b"content-length", b"9")]}
    asyncio.run(client.app({"type": "http", "http_version": "1.1", "asgi": {"version": "3.0"}, **head}, receive, send))
    text = client.get("/metrics").text
    assert 'gender_classifier_requests_total{path="/v1/crops",status="499"} 1.0' in text
    assert "gender_classifier_vanished_total 1.0" in text


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
