"""`from_hub`: what `export --hub` lays out comes back from a server on this machine, and answers the same."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from ..running import SOURCE, call

pytest.importorskip("huggingface_hub")
pytest.importorskip("torch")
pytest.importorskip("onnx")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ASK = """
import json, sys, warnings
import numpy as np
from gender_classifier import GenderClassifier
from gender_classifier.errors import UserError
try:
    model = GenderClassifier.from_hub(*json.loads(sys.argv[1]), threads=1)
except UserError as error:
    sys.exit(f"{type(error).__name__}: {error}")
crops = np.random.default_rng(0).integers(0, 256, (2, *(model.metadata.input_size,) * 2, 3), dtype=np.uint8)
print(json.dumps({"logits": model.score_crops(crops, ("identity",))[0].tolist(), "torch": "torch" in sys.modules}))
"""


class Hub(ThreadingHTTPServer):
    """Serves one repository, `someone/faces`, in the hub's manner, and keeps what was asked of it."""

    folder: Path
    asked: list[tuple[str, str, str]]


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_HEAD(self) -> None:
        self.answer(with_body=False)

    def do_GET(self) -> None:
        self.answer(with_body=True)

    def answer(self, with_body: bool) -> None:
        self.server.asked.append((self.command, self.path, self.headers.get("User-Agent", "")))
        *_, repository, resolve, revision, name = ["", "", "", *self.path.removeprefix("/").rsplit("/", 3)]
        file = self.server.folder / name
        known = (repository, resolve) == ("someone/faces", "resolve")
        if not known or revision not in ("main", "v1", COMMIT) or not file.is_file():
            self.send_response(404)
            code = "RepoNotFound" if not known else "EntryNotFound" if revision == "main" else "RevisionNotFound"
            self.send_header("X-Error-Code", code)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        data = file.read_bytes()
        self.send_response(200)
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if with_body:
            self.wfile.write(data)

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exported") / "upload"
    assert call("export", "release", "--hub", folder).code == 0
    return folder


@pytest.fixture
def hub(exported: Path, tmp_path: Path) -> Iterator[Hub]:
    shutil.copytree(exported, tmp_path / "upload")
    server = Hub(("127.0.0.1", 0), Handler)
    server.folder, server.asked = tmp_path / "upload", []
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def ask(hub: Hub, home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    address = f"http://127.0.0.1:{hub.server_address[1]}"
    environment = kept | {"PYTHONPATH": str(SOURCE), "HF_ENDPOINT": address, "HF_HOME": str(home)} | more
    command = [sys.executable, "-c", ASK, json.dumps(arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_what_was_exported_comes_back_and_answers_the_same(hub: Hub, tmp_path: Path) -> None:
    from gender_classifier import GenderClassifier

    done = ask(hub, tmp_path / "home", "someone/faces")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    model = GenderClassifier("release", threads=1)
    side = model.metadata.input_size
    crops = np.random.default_rng(0).integers(0, 256, (2, side, side, 3), dtype=np.uint8)
    np.testing.assert_allclose(found["logits"], model.score_crops(crops, ("identity",))[0], atol=1e-6)
    assert not found["torch"]
    asked = {(method, path) for method, path, _ in hub.asked}
    assert asked == {(method, "/someone/faces/resolve/main/model.onnx") for method in ("HEAD", "GET")} or asked == {
        ("HEAD", "/someone/faces/resolve/main/model.onnx"),
        ("GET", f"/someone/faces/resolve/{COMMIT}/model.onnx"),
    }
    assert not any("torch" in agent or "session_id" in agent for *_, agent in hub.asked), "telemetry"


def test_what_is_kept_is_not_downloaded_again_and_answers_without_a_network(hub: Hub, tmp_path: Path) -> None:
    first = ask(hub, tmp_path / "home", "someone/faces", "v1")
    hub.asked.clear()
    again = ask(hub, tmp_path / "home", "someone/faces", "v1")
    assert (first.returncode, again.returncode, again.stdout) == (0, 0, first.stdout), first.stderr + again.stderr
    assert {method for method, *_ in hub.asked} == {"HEAD"}
    hub.asked.clear()
    offline = ask(hub, tmp_path / "home", "someone/faces", "v1", HF_HUB_OFFLINE="1")
    assert (offline.returncode, offline.stdout, hub.asked) == (0, first.stdout, [])


@pytest.mark.parametrize(
    ("arguments", "more", "said"),
    [
        (("someone/else",), {}, "UnreadableError: someone/else: cannot be had from the hub"),
        (("someone/faces", "v9"), {}, "UnreadableError: someone/faces at v9: cannot be had from the hub"),
        (("someone/faces",), {"HF_HUB_OFFLINE": "1"}, "UnreadableError: someone/faces: the hub cannot be reached"),
        (("no name at all",), {}, "UserError: no name at all: not the name of a repository"),
    ],
)
def test_what_cannot_be_had_is_one_line(
    arguments: tuple[str, ...], more: dict[str, str], said: str, hub: Hub, tmp_path: Path
) -> None:
    done = ask(hub, tmp_path / "home", *arguments, **more)
    assert done.returncode == 1
    assert done.stderr.startswith(said), done.stderr
    assert done.stderr.count("\n") == 1


def test_a_repository_without_a_model_of_ours_says_so(hub: Hub, tmp_path: Path) -> None:
    (hub.folder / "model.onnx").unlink()
    done = ask(hub, tmp_path / "home", "someone/faces")
    assert (done.returncode, "has no model.onnx" in done.stderr) == (1, True), done.stderr
    (hub.folder / "model.onnx").write_bytes(b"not a model")
    done = ask(hub, tmp_path / "home", "someone/faces")
    assert (done.returncode, "not a model file" in done.stderr) == (1, True), done.stderr
