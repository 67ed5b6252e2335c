"""onnxruntime-web's archive: only the one that is known is taken, and fetching is said."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gender_classifier.cli import web as command
from gender_classifier.errors import UnreadableError
from gender_classifier.web import runtime


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A registry at the archive's address that gives another file; what it was asked for."""
    asked: list[str] = []

    class Registry(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404 if "gone" in self.path else 200)
            self.end_headers()
            self.wfile.write(b"another file")

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Registry)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(runtime, "URL", f"http://127.0.0.1:{server.server_port}/ort.tgz")
    yield asked
    server.shutdown()
    server.server_close()


def test_the_archive_holds_all_that_a_page_needs(archive: Path) -> None:
    files = runtime.runtime_files(archive, pytest.fail)
    assert set(files) == set(runtime.FILES)
    assert all(files[name].startswith(b"\0asm") for name in files if name.endswith(".wasm"))
    assert archive.stat().st_size == runtime.SIZE


def test_another_archive_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other.tgz"
    with pytest.raises(UnreadableError, match=r"other\.tgz: no such file or directory; get it where"):
        runtime.runtime_files(other, pytest.fail)
    other.write_bytes(b"another file")
    with pytest.raises(UnreadableError, match=rf"not onnxruntime-web {runtime.VERSION} as npm has it, by its SHA-512"):
        runtime.runtime_files(other, pytest.fail)


def test_what_is_fetched_is_said_and_checked(registry: list[str]) -> None:
    said: list[str] = []
    with pytest.raises(UnreadableError, match="what came is another file, by its SHA-512"):
        runtime.runtime_files(None, said.append)
    assert registry == ["/ort.tgz"]
    assert len(said) == 1
    assert said[0].startswith(f"fetching onnxruntime-web {runtime.VERSION} (33 MB) from {runtime.URL}; nothing is sent")


def test_a_registry_that_has_it_not_is_a_line(registry: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "URL", f"{runtime.URL}/gone")
    with pytest.raises(
        UnreadableError, match=r"cannot be had from .*gone \(Not Found\); get it where there is network"
    ):
        runtime.runtime_files(None, lambda line: None)


def test_the_commands_example_names_the_version() -> None:
    assert Path(runtime.URL).name == command.ARCHIVE
