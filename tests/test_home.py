"""Nothing leaves the machine and no file appears that was not asked for: every command in a fresh home.

Python's own sockets are watched by an audit hook, native code's (onnxruntime's, say) by strace where there is one, and
what is written by looking at the home and the temporary folder afterwards.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from .running import SMALL, SOURCE

WATCH = """
import os, sys
def watch(event, arguments):
    asks = event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto")
    if asks or (event == "socket.connect" and isinstance(arguments[1], tuple)):
        with open(os.environ["ASKED"], "a") as handle:
            handle.write(f"{event} {arguments[1:]}\\n")
        raise OSError("no network for this test")
sys.addaudithook(watch)
"""

CALLS = "trace=connect,sendto,sendmsg,sendmmsg"

CODE = f"""{WATCH}
import json
from gender_classifier.cli import main
for command in json.loads(sys.argv[1]):
    sys.argv[1:] = command
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
"""


class Guarded:
    """Runs commands with a home of their own, and tells what they left there or asked of the network."""

    def __init__(self, folder: Path) -> None:
        self.home, self.temporary, self.work = (folder / name for name in ("home", "tmp", "work"))
        for made in (self.home, self.temporary, self.work):
            made.mkdir()
        self.asked, self.trace = folder / "asked.txt", folder / "trace.txt"

    def __call__(self, *commands: Sequence[str | Path], python: str = CODE) -> None:
        """Run commands one after the other in a process of their own, or another script."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "MPL", "ORT_", "OMP_"))}
        environment = {
            **kept,
            "HOME": str(self.home),
            "TMPDIR": str(self.temporary),
            "PYTHONPATH": str(SOURCE),
            "ASKED": str(self.asked),
        }
        watched = ["strace", "-f", "--seccomp-bpf", "-qq", "-e", CALLS, "-o", self.trace]
        asked = json.dumps([[str(part) for part in command] for command in commands])
        done = subprocess.run(
            [*(watched if can_trace() else ()), sys.executable, "-c", python, asked],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def found(self) -> list[str]:
        """Files and folders in the home and the temporary folder, and what was asked of the network."""
        left = [str(path) for folder in (self.home, self.temporary) for path in sorted(folder.rglob("*"))]
        asked = self.asked.read_text().splitlines() if self.asked.exists() else []
        traced = self.trace.read_text().splitlines() if self.trace.exists() else []
        return left + asked + [line for line in traced if re.search(r"AF_INET6?\b", line)]

    def below_work(self) -> list[str]:
        """Files and folders where the commands worked."""
        return sorted(path.name for path in self.work.iterdir())


@cache
def can_trace() -> bool:
    """Whether strace is there and allowed."""
    strace = shutil.which("strace")
    command = [str(strace), "-f", "--seccomp-bpf", "-e", CALLS, "-o", os.devnull, "true"]
    return strace is not None and subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def guarded(tmp_path: Path) -> Guarded:
    return Guarded(tmp_path)


@pytest.fixture
def photo(tmp_path: Path, astronaut: NDArray[np.uint8]) -> Path:
    (tmp_path / "photos").mkdir()
    Image.fromarray(astronaut).save(tmp_path / "photos" / "a.png")
    return tmp_path / "photos" / "a.png"


def test_a_look_up_and_a_file_would_be_found(guarded: Guarded) -> None:
    script = (
        "import os, socket\nfrom pathlib import Path\n(Path.home() / 'id').touch()\n"
        "try:\n    socket.create_connection(('127.0.0.1', 9))\nexcept OSError:\n    pass\n"
    )
    guarded(python=WATCH + script)
    assert [Path(guarded.found()[0]).name, guarded.found()[1][:18]] == ["id", "socket.getaddrinfo"]


@pytest.mark.skipif(not can_trace(), reason="no strace here, or it is not allowed")
def test_native_code_s_look_up_would_be_found(guarded: Guarded) -> None:
    script = (
        "import ctypes, struct, socket\nlibc = ctypes.CDLL(None)\n"
        "to = struct.pack('=HH4s8x', socket.AF_INET, socket.htons(9), bytes([127, 0, 0, 1]))\n"
        "libc.connect(libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0), to, len(to))\n"
    )
    guarded(python=script)
    assert len(guarded.found()) == 1


def test_prediction(guarded: Guarded, photo: Path) -> None:
    guarded(
        ("predict", photo, "--out=rows.csv", "--annotate=shown", "--crops=crops", "--tta"),
        ("demo",),
        ("align", photo.parent, "aligned"),
        ("count", "rows.csv"),
    )
    assert guarded.found() == []
    assert guarded.below_work() == ["aligned", "crops", "demo.jpg", "rows.csv", "shown"]


def test_the_other_engine(guarded: Guarded, photo: Path) -> None:
    pytest.importorskip("openvino", reason="the extra `openvino` is not installed")
    guarded(("predict", photo, "--engine=openvino"))
    assert guarded.found() + guarded.below_work() == []


def test_training_and_what_follows(guarded: Guarded, drawn_faces: Path) -> None:
    pytest.importorskip("torch")
    guarded(
        ("train", drawn_faces, "--out=run", *SMALL, "--log=tensorboard"),
        ("export", "run", "--out=model.onnx"),
        ("card", "run", "--out=card.md"),
        ("summary",),
    )
    assert guarded.found() == []
    assert guarded.below_work() == ["card.md", "model.onnx", "run"]


def test_evidence(guarded: Guarded, drawn_faces: Path, write_model: Callable[..., Path]) -> None:
    pytest.importorskip("matplotlib")
    model, data = write_model(), drawn_faces / "val"
    guarded(
        ("evaluate", model, data, "--out=judged"),
        ("audit", data, "--model", model, "--out=audited"),
        ("compare", model, "judged/scores.parquet", data, "--out=compared", "--draws=100"),
        ("robustness", model, data, "--out=robust", "--kinds=jpeg", "--limit=4"),
    )
    assert guarded.found() == []
    assert guarded.below_work() == ["audited", "compared", "judged", "robust"]


def test_onnxruntime_s_telemetry_can_be_allowed() -> None:
    code = "import os, gender_classifier.system.engine; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    kept = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY"}
    said = []
    for given in ({}, {"ORT_DISABLE_TELEMETRY": "1"}, {"ORT_DISABLE_TELEMETRY": ""}):
        environment = {**kept, **given, "PYTHONPATH": str(SOURCE), "HOME": "/nowhere", "TMPDIR": "/nowhere"}
        command = [sys.executable, "-c", code]
        said.append(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert said == ["1\n", "1\n", "\n"]
