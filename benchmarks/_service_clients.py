"""Clients of a running service, polite and rude, which know the answers that they must get; for benchmark and tests."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POLITE, VANISHES, SLOW, MUTATED = "polite", "vanishes", "slow", "mutated"
MUTATED_STATUSES = (200, 400, 413, 415)
PATIENCE = 120


@dataclass(frozen=True)
class Picture:
    """A file to send, where to, and what must be answered: a label and a logit a face."""

    content: bytes
    expected: tuple[tuple[str, float], ...]
    path: str = "/v1/faces"


@dataclass
class Tally:
    """What came of requests, by kind of client and outcome; and seconds that answered polite ones took."""

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    faces: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, kind: str, outcome: str, seconds: float | None = None, faces: int = 0) -> None:
        with self.lock:
            self.outcomes[kind, outcome] += 1
            self.faces += faces
            if seconds is not None:
                self.seconds.append(seconds)

    def wrong(self) -> dict[tuple[str, str], int]:
        """Outcomes that must not be: neither an answer that is right, nor a refusal that the client asked for."""
        fine = {"right", "refused: busy", "left", "as it must be"}
        return {key: count for key, count in self.outcomes.items() if key[1] not in fine}


@contextlib.contextmanager
def served(*options: str | Path, log: Path) -> Iterator[tuple[str, int, subprocess.Popen[bytes]]]:
    """Run ``gender-classifier serve`` on a free port until it is ready; gives host, port and the process."""
    command = [sys.executable, "-m", "gender_classifier", "serve", "--port", "0", *map(str, options)]
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stderr=errors, stdin=subprocess.DEVNULL)
    try:
        host, port = _address(process, log)
        wait_ready(host, port)
        yield host, port, process
    finally:
        process.terminate()
        process.wait(60)


def _address(process: subprocess.Popen[bytes], log: Path) -> tuple[str, int]:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("http://"):
                host, _, port = line.removeprefix("http://").split(" ")[0].rpartition(":")
                return host.strip("[]"), int(port)
        time.sleep(0.05)
    raise RuntimeError(f"the service did not start: {log.read_text(encoding='utf-8', errors='replace')}")


def wait_ready(host: str, port: int) -> None:
    """Wait until the models are loaded."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if ask(host, port, "GET", "/readyz")[0] == 200:
                return
        time.sleep(0.05)
    raise RuntimeError("the service did not become ready")


def ask(
    host: str, port: int, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], bytes]:
    """Send a request on a connection of its own: status, headers (names in lower case) and body of the answer."""
    connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, {"Content-Type": "application/octet-stream", **(headers or {})})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def metric(host: str, port: int, name: str) -> float:
    """Sum of a metric's values over its labels."""
    lines = ask(host, port, "GET", "/metrics")[2].decode().splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith(name) and line[len(name) :][:1] in (" ", "{")
    )


def crowd(
    host: str,
    port: int,
    pictures: Sequence[Picture],
    requests: int,
    clients: int,
    shares: dict[str, float] | None = None,
    seed: int = 0,
) -> Tally:
    """Send requests from so many clients at a time, each kind by its share; a 503 is asked again when it says.

    Args:
        host: of the service.
        port: of it.
        pictures: files and their answers.
        requests: of all clients together.
        clients: threads.
        shares: of the kinds; None: polite ones alone.
        seed: of what is random.
    """
    tally = Tally()
    kinds = list(shares or {POLITE: 1.0})
    chosen = random.Random(seed).choices(kinds, list((shares or {POLITE: 1.0}).values()), k=requests)
    numbers = iter(range(requests))
    lock = threading.Lock()

    def client(place: int) -> None:
        connection = http.client.HTTPConnection(host, port, timeout=PATIENCE)
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                connection.close()
                return
            picture, draw = pictures[number % len(pictures)], random.Random(f"{seed} {number}")
            _DO[chosen[number]](host, port, connection, picture, f"r{seed}-{number}", draw, tally)

    with ThreadPoolExecutor(clients) as pool:
        for done in [pool.submit(client, place) for place in range(clients)]:
            done.result()
    return tally


def _polite(
    host: str, port: int, connection: Any, picture: Picture, name: str, draw: random.Random, tally: Tally
) -> None:
    headers = {"Content-Type": "application/octet-stream", "X-Request-ID": name}
    while True:
        began = time.perf_counter()
        try:
            connection.request("POST", picture.path, picture.content, headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            tally.count(POLITE, f"lost: {type(error).__name__}")
            return
        took = time.perf_counter() - began
        if answer.status == 503:
            tally.count(POLITE, "refused: busy")
            time.sleep(float(answer.headers.get("Retry-After", "0")) * draw.random())
            continue
        if answer.status == 200 and answer.headers.get("X-Request-ID") == name and right(json.loads(body), picture):
            tally.count(POLITE, "right", took, len(picture.expected))
        else:
            tally.count(POLITE, f"wrong: {answer.status} {body[:200]!r}")
        return


def right(answer: dict[str, Any], picture: Picture, within: float = 2e-3) -> bool:
    """Whether an answer is what is known of the picture."""
    faces = answer["images"][0]["faces"]
    return (
        len(answer["images"]) == 1
        and len(faces) == len(picture.expected)
        and all(
            abs(face["logit"] - logit) < within and face["label"] == label
            for face, (label, logit) in zip(faces, picture.expected, strict=True)
        )
    )


def _head(picture: Picture, name: str) -> bytes:
    return (
        f"POST {picture.path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/octet-stream\r\n"
        f"X-Request-ID: {name}\r\nConnection: close\r\nContent-Length: {len(picture.content)}\r\n\r\n"
    ).encode()


def _vanishes(
    host: str, port: int, connection: Any, picture: Picture, name: str, draw: random.Random, tally: Tally
) -> None:
    """Leave somewhere: within the head, within the body, or before the answer."""
    message = _head(picture, name) + picture.content
    sent = draw.choice((draw.randrange(1, 80), draw.randrange(len(message)), len(message)))
    with contextlib.suppress(OSError), socket.create_connection((host, port), PATIENCE) as end:
        end.sendall(message[:sent])
        if draw.random() < 0.5:
            time.sleep(0.03 * draw.random())
        if draw.random() < 0.3:  # a reset in place of an orderly end
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    tally.count(VANISHES, "left")


def _slow(
    host: str, port: int, connection: Any, picture: Picture, name: str, draw: random.Random, tally: Tally
) -> None:
    """Send in pieces with pauses; the answer must come all the same."""
    message = _head(picture, name) + picture.content
    cuts = sorted(draw.sample(range(1, len(message)), 8))
    with socket.create_connection((host, port), PATIENCE) as end:
        for start, stop in zip([0, *cuts], [*cuts, len(message)], strict=True):
            end.sendall(message[start:stop])
            time.sleep(0.05 * draw.random())
        answer = http.client.HTTPResponse(end)
        answer.begin()
        body = answer.read()
    if answer.status == 503:
        tally.count(SLOW, "refused: busy")
    elif answer.status == 200 and answer.headers.get("X-Request-ID") == name and right(json.loads(body), picture):
        tally.count(SLOW, "right")
    else:
        tally.count(SLOW, f"wrong: {answer.status} {body[:200]!r}")


def _mutated(
    host: str, port: int, connection: Any, picture: Picture, name: str, draw: random.Random, tally: Tally
) -> None:
    """Send a file that is changed here and there, or cut: an answer or a refusal, never a fault."""
    content = bytearray(picture.content)
    for _ in range(draw.choice((1, 4, 32))):
        content[draw.randrange(len(content))] = draw.randrange(256)
    if draw.random() < 0.3:
        del content[draw.randrange(1, len(content)) :]
    headers = {"X-Request-ID": name}
    while True:
        status, got, body = ask(host, port, "POST", picture.path, bytes(content), headers)
        if status != 503:
            break
        tally.count(MUTATED, "refused: busy")
        time.sleep(float(got.get("retry-after", "0")) * draw.random())
    fine = status in MUTATED_STATUSES and got.get("x-request-id") == name and bool(json.loads(body))
    tally.count(MUTATED, "as it must be" if fine else f"wrong: {status} {body[:200]!r}")


_DO: dict[str, Callable[..., None]] = {POLITE: _polite, VANISHES: _vanishes, SLOW: _slow, MUTATED: _mutated}
