"""The download of starting weights: once, whole, with the known checksum, or one line."""

from __future__ import annotations

import hashlib
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from safetensors.torch import save
from torch import Tensor

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.networks import download
from gender_classifier.networks import starting_weights as weights
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.starting_weights import load_initial

from .others_weights import differing, source, thousand

__all__ = ["source"]  # the fixture


class Server(http.server.ThreadingHTTPServer):
    """Answers every request in one way, and counts them."""

    daemon_threads, block_on_close = True, False  # an answer that nobody reads must not hold up the end
    status, body, cut, asked = 200, b"", 0, 0

    def handle_error(self, *_: object) -> None:
        """A client that goes away before the end is expected here."""


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body[: len(self.server.body) - self.server.cut])
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep silent."""


@pytest.fixture
def server(source: dict[str, Tensor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server of weights on this machine, which `imagenet` is to be had from; an empty cache."""
    with Server(("127.0.0.1", 0), Handler) as made:
        made.body = save(thousand(source))
        monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_URL", f"http://127.0.0.1:{made.server_port}/b1.safetensors")
        monkeypatch.setenv("GENDER_CLASSIFIER_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def cached(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "cache").rglob("*") if path.is_file()]


def test_imagenet_is_downloaded_once(server: Server, source: dict[str, Tensor], tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        model = EfficientNet()
        report = load_initial(model, "imagenet", said.append)
        assert differing(model, source) == ["classifier.weight", "classifier.bias"]
    assert server.asked == len(said) == 1
    assert said[0].startswith("downloading http://127.0.0.1:")
    (name,) = cached(tmp_path)
    assert (report.source, report.left_over) == (name, ["classifier.bias", "classifier.weight"])


@pytest.mark.parametrize(
    ("status", "cut", "body", "message"),
    [
        (404, 0, None, "Not Found"),
        (503, 0, None, "Service Unavailable"),
        (200, 1000, None, "1000 more expected|IncompleteRead"),
        (200, 0, b"<html>please log in</html>", "cannot be had"),
        (200, 0, b"", "cannot be had"),
    ],
)
def test_a_download_that_fails_is_one_line_and_leaves_nothing(
    server: Server, tmp_path: Path, status: int, cut: int, body: bytes | None, message: str
) -> None:
    whole = server.body
    server.status, server.cut = status, cut
    server.body = whole if body is None else body
    with pytest.raises(UnreadableError, match=message) as caught:
        load_initial(EfficientNet(), "imagenet")
    assert "\n" not in str(caught.value)
    assert "give a file to --init-weights instead" in str(caught.value)
    assert cached(tmp_path) == []
    server.status, server.cut, server.body = 200, 0, whole
    load_initial(EfficientNet(), "imagenet")
    assert len(cached(tmp_path)) == 1


def test_a_download_with_another_checksum_is_refused(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = hashlib.sha256(server.body).hexdigest()
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_SHA256", "0" * 64)
    with pytest.raises(UnreadableError, match=f"SHA-256 {right}, not {'0' * 64}: not the known file") as caught:
        load_initial(EfficientNet(), "imagenet")
    assert "\n" not in str(caught.value)
    assert cached(tmp_path) == []
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_SHA256", right[:8])
    load_initial(EfficientNet(), "imagenet")
    assert len(cached(tmp_path)) == 1


def test_a_file_in_the_cache_is_checked_each_time(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_SHA256", hashlib.sha256(server.body).hexdigest())
    path = weights.download_imagenet()
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(UnreadableError, match="delete it, and it is downloaded again"):
        weights.download_imagenet()
    path.unlink()
    assert weights.download_imagenet() == path
    assert server.asked == 2


def test_what_a_file_s_checksum_must_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GENDER_CLASSIFIER_IMAGENET_SHA256", raising=False)
    known = download.IMAGENET_SHA256
    assert len(known) == 64
    assert download.expected_sha256(download.IMAGENET_URL) == known
    mirrored = download.IMAGENET_URL.replace("huggingface.co", "mirror.example")
    assert download.expected_sha256(mirrored) == known
    assert download.expected_sha256("https://example.org/efficientnet_b1-533bc792.pth") == "533bc792"
    assert download.expected_sha256("https://example.org/b1.safetensors") == ""
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_SHA256", "not one")
    with pytest.raises(UserError, match="expected a SHA-256"):
        download.expected_sha256("https://example.org/b1.safetensors")


def test_no_network_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GENDER_CLASSIFIER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENDER_CLASSIFIER_IMAGENET_URL", "http://127.0.0.1:9/b1.safetensors")
    with pytest.raises(UnreadableError, match="cannot be had from http://127"):
        weights.download_imagenet()
    assert cached(tmp_path) == []
