"""Who may ask, what headers an answer has, and the pages that are shown: documentation and a site."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

from gender_classifier.web.policy import POLICY

Start = Callable[..., TestClient]

KEY = "a-key-of-enough-characters"


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
