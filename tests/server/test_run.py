"""The service as it runs: its address, a killed worker, a killed parent, a graceful stop, clients that say nothing."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ..running import call, environment
from .conftest import expected, load_clients, png, some_crops

clients = load_clients()


def worker_of(process: subprocess.Popen[bytes], host: str, port: int) -> int:
    """Process id of the worker."""
    for _ in range(600):
        found = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        names = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in found}
        workers = [pid for pid, name in names.items() if b"spawn_main" in name]
        if workers:
            return workers[0]
        time.sleep(0.05)
    raise AssertionError("no worker")


@pytest.fixture(autouse=True)
def _this_package(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)


def pictures(count: int) -> list[Any]:
    crops = some_crops(count)
    band = [("male" if logit >= 0 else "female", logit) for logit in expected(crops)]
    return [clients.Picture(png(crop), (one,), "/v1/crops") for crop, one in zip(crops, band, strict=True)]


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks processes up in /proc")


@on_linux
def test_a_killed_worker_comes_back(model: Path, tmp_path: Path) -> None:
    picture = pictures(1)[0]
    with clients.served("--model", model, log=tmp_path / "log") as (host, port, process):
        first = worker_of(process, host, port)
        for _ in range(2):
            os.kill(worker_of(process, host, port), signal.SIGKILL)
            # Whoever comes now waits, or is told to come again; nobody gets a wrong answer.
            tally = clients.crowd(host, port, [picture], 1, 1)
            assert set(tally.outcomes) <= {("polite", "right"), ("polite", "refused: busy")} | {
                key for key in tally.outcomes if key[1].startswith("lost")
            }
            time.sleep(1.5)
            clients.wait_ready(host, port)
            assert clients.crowd(host, port, [picture], 5, 2).outcomes[("polite", "right")] == 5
        assert worker_of(process, host, port) != first


@on_linux
def test_the_worker_does_not_outlive_its_parent(model: Path, tmp_path: Path) -> None:
    with clients.served("--model", model, log=tmp_path / "log") as (host, port, process):
        worker = worker_of(process, host, port)
        process.kill()
        process.wait(60)
        for _ in range(600):
            state = Path(f"/proc/{worker}/stat")
            if not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z":
                break
            time.sleep(0.05)
        else:
            raise AssertionError("the worker lives on")
        with pytest.raises(OSError, match=r"[Rr]efused"):
            socket.create_connection((host, port), 5).close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_accepted_is_answered(number: int, model: Path, tmp_path: Path) -> None:
    many = pictures(24)
    with (
        clients.served("--model", model, "--batch-wait", "300", log=tmp_path / "log") as (host, port, process),
        ThreadPoolExecutor(24) as pool,
    ):
        waiting = [pool.submit(clients.ask, host, port, "POST", one.path, one.content) for one in many]
        while clients.metric(host, port, "gender_classifier_images_in_progress") < 5:
            time.sleep(0.02)
        process.send_signal(number)
        answers = [one.result(60) for one in waiting]
        assert process.wait(60) == 0
    begun = [answer for answer in answers if answer[0] == 200]
    assert len(begun) == 24


def test_it_says_where_it_listens_and_to_whom(model: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with clients.served("--model", model, log=log) as (host, port, _):
        assert host == "127.0.0.1"
        assert clients.ask(host, port, "GET", "/healthz")[0] == 200
    assert "this machine alone; --host 0.0.0.0 opens it to others" in log.read_text()
    with clients.served("--model", model, "--host", "0.0.0.0", log=log):
        said = log.read_text()
    assert "open to other machines" in said
    assert "no key is asked for" in said
    (tmp_path / "key").write_text("0123456789abcdef\n")
    with clients.served("--model", model, "--key-file", tmp_path / "key", log=log) as (host, port, _):
        assert clients.ask(host, port, "GET", "/v1/models")[0] == 401
        key = {"Authorization": "Bearer 0123456789abcdef"}
        assert clients.ask(host, port, "GET", "/v1/models", headers=key)[0] == 200
    assert "0123456789abcdef" not in log.read_text()


def test_a_client_that_says_nothing_is_left(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from uvicorn import Config, Server

    from gender_classifier.server import run
    from gender_classifier.server.app import create_app
    from gender_classifier.server.settings import ServerSettings

    monkeypatch.setattr(run, "HEAD_SECONDS", 0.2)
    app = create_app(ServerSettings(models=(model,), threads=1))
    server = Server(Config(app, http=run.PatientProtocol, log_config=None, lifespan="off"))
    bound = run.bind("127.0.0.1", 0)
    with ThreadPoolExecutor(1) as pool:
        serving = pool.submit(server.run, [bound])
        try:
            address = bound.getsockname()
            head = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
            for said in (b"", head):  # nothing, and a part of a head
                with socket.create_connection(address, 60) as end:
                    end.sendall(said)
                    assert end.recv(100) == b""
            with socket.create_connection(address, 60) as end:  # answered in time, and then a part of the next
                end.sendall(head + b"\r\n")
                assert end.recv(1000).startswith(b"HTTP/1.1 200")
                end.sendall(head)
                while end.recv(1000):
                    pass
        finally:
            server.should_exit = True
            serving.result(60)


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--model=none.onnx"], 3, "none.onnx"),
        (["--host=256.0.0.1"], 2, "256.0.0.1:"),
        (["--host=a..b"], 2, "a..b:8000: cannot be bound (not a host's name)"),
        (["--engine=steam"], 2, "engine=steam"),
        (["--queue=3"], 2, "queue of 3 images"),
        (["--site={tmp}"], 2, "no index.html"),
        (["--key-file={tmp}/none"], 3, "none"),
        (["--key-file={tmp}/short"], 2, "at least 16"),
        (["--key-file={tmp}/empty"], 2, "holds no key"),
        (["--port={taken}"], 2, "cannot be bound"),
    ],
)
def test_what_cannot_be_is_one_line(options: list[str], code: int, said: str, model: Path, tmp_path: Path) -> None:
    (tmp_path / "short").write_text("short")
    (tmp_path / "empty").write_text("\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        named = [one.format(tmp=tmp_path, taken=taken.getsockname()[1]) for one in options]
        if not any(one.startswith("--model") for one in named):
            named.append(f"--model={model}")
        done = call("serve", *named)
    assert done.code == code
    assert said in done.error
