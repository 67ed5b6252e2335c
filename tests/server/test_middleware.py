"""Around a request: id, key and headers, with an app that says what it was asked."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the extra `server` is not installed")

from starlette.requests import ClientDisconnect

from gender_classifier.server.metrics import Metrics
from gender_classifier.server.middleware import Surroundings, guarded

KEY = "a-key-of-enough-characters"


def ask(path: str, headers: dict[str, str] | None = None, key: str | None = None) -> tuple[int, dict[str, str], str]:
    """Status, headers and metrics' text of a request to an app that answers 204."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert scope["state"]["request_id"]
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    sent, metrics = pass_on(app, path, headers, key)
    answer = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answer, metrics.text().decode()


def pass_on(
    app: Any, path: str, headers: dict[str, str] | None = None, key: str | None = None, sent: list[Any] | None = None
) -> tuple[list[Any], Metrics]:
    """What an app sends, and the metrics; `sent` has it also where an exception comes out."""
    sent = [] if sent is None else sent

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        raise AssertionError("nobody reads a body here")

    metrics = Metrics(lambda: 0.0)
    named = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": "GET", "path": path, "headers": named}
    asyncio.run(Surroundings(app, metrics, key, ["/healthz", "/v1/models"])(scope, receive, send))
    return sent, metrics


@pytest.mark.parametrize(("given", "kept"), [("mine-1.2_3", True), ("x" * 64, True), ("x" * 65, False), ("a b", False)])
def test_a_plain_id_is_kept_and_another_is_made_anew(given: str, kept: bool) -> None:
    _, headers, _ = ask("/healthz", {"X-Request-ID": given})
    assert (headers["x-request-id"] == given) == kept
    assert len(headers["x-request-id"]) in (len(given), 32)


def test_answers_with_faces_are_not_kept_by_anyone() -> None:
    assert ask("/v1/models")[1]["cache-control"] == "no-store"
    assert "cache-control" not in ask("/healthz")[1]
    assert ask("/healthz")[1]["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        ("Bearer wrong", 401),
        (f"Basic {KEY}", 401),
        (f"Bearer {KEY}x", 401),
        (f"Bearer {KEY}", 204),
        (f"bearer  {KEY} ", 204),
    ],
)
def test_the_key(authorization: str | None, status: int) -> None:
    headers = {"Authorization": authorization} if authorization is not None else {}
    said, answer, metrics = ask("/v1/models", headers, KEY)
    assert said == status
    assert (answer.get("www-authenticate") == "Bearer") == (status == 401)
    assert ('refusals_total{code="key"} 1.0' in metrics) == (status == 401)
    assert f'requests_total{{path="/v1/models",status="{status}"}} 1.0' in metrics


def test_paths_that_ask_for_the_key_and_paths_without_a_name() -> None:
    assert [path for path in ("/v1/faces", "/metrics", "/healthz", "/docs", "/") if guarded(path)] == [
        "/v1/faces",
        "/metrics",
    ]
    assert ask("/healthz", key=KEY)[0] == 204
    assert 'requests_total{path="other",status="204"} 1.0' in ask("/private-path")[2]


def test_what_is_no_request_passes_by() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def none(*_: Any) -> Any:
        return None

    asyncio.run(Surroundings(app, Metrics(lambda: 0.0), KEY, [])({"type": "lifespan"}, none, none))
    assert seen == ["lifespan"]


def test_a_fault_is_an_answer_with_its_id_and_is_counted_as_one(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        raise ZeroDivisionError

    with caplog.at_level("INFO"):
        sent, metrics = pass_on(app, "/v1/models", {"X-Request-ID": "mine"})
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    assert (sent[0]["status"], headers["content-type"]) == (500, "application/problem+json")
    assert (headers["x-request-id"], headers["x-content-type-options"]) == ("mine", "nosniff")
    assert headers["cache-control"] == "no-store"
    assert json.loads(sent[1]["body"])["request_id"] == "mine"
    text = metrics.text().decode()
    assert 'requests_total{path="/v1/models",status="500"} 1.0' in text
    assert 'refusals_total{code="fault"} 1.0' in text
    assert "vanished_total 0.0" in text
    fault, line = caplog.records
    assert (fault.getMessage(), fault.exc_info is not None) == ("fault id=mine", True)
    assert line.getMessage().startswith("500 GET /v1/models ")


def test_a_fault_within_an_answer_ends_it(caplog: pytest.LogCaptureFixture) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ZeroDivisionError

    sent: list[Any] = []
    with caplog.at_level("INFO"), pytest.raises(ZeroDivisionError):
        pass_on(app, "/healthz", {"X-Request-ID": "mine"}, sent=sent)
    assert [message["type"] for message in sent] == ["http.response.start"]  # no second beginning
    assert "fault id=mine" in caplog.text


@pytest.mark.parametrize("begun", [False, True])
def test_a_client_that_left_is_counted_as_one(begun: bool) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ClientDisconnect

    sent, metrics = pass_on(app, "/v1/models")
    assert len(sent) == begun
    text = metrics.text().decode()
    assert 'requests_total{path="/v1/models",status="499"} 1.0' in text
    assert "vanished_total 1.0" in text
    assert "refusals_total{" not in text
