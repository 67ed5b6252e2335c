"""The README: short, its figures those of the shipped files, and every block of it runs when it is copied."""

from __future__ import annotations

import csv
import json
import os
import re
import runpy
import socket
import stat
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.inference.demo import demo_photo

from .running import SOURCE

REPOSITORY = Path(__file__).resolve().parents[1]
MADE = runpy.run_path(str(REPOSITORY / "docs" / "readme.py"))
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MOST_WORDS = 1000


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_it_is_short() -> None:
    """By the strictest count, which takes code, tables and comments for words too: `wc -w`."""
    assert len(README.split()) <= MOST_WORDS


def test_every_part_is_as_made_from_the_shipped_figures() -> None:
    named = [found[2] for found in MADE["PART"].finditer(README)]
    assert sorted(named) == sorted(MADE["PARTS"])
    assert MADE["filled"](README) == README, "python docs/readme.py makes it anew"


def test_a_row_of_fewer_images_says_of_how_many() -> None:
    """JPEG and small faces are of the first 2,000 of FairFace's test, not of the 5,000 that stand above them."""
    for table, shown in ((MADE["peers_all"](), 5), (MADE["peers"](), 2)):
        labels = [line.split("|")[1].strip() for line in table.splitlines()]
        changed = [label for label in labels if re.search("clean|blur|JPEG|pixels|brightness", label)]
        assert len(changed) == shown
        assert all(label.startswith("its first 2,000: ") for label in changed)


def test_it_does_not_say_that_the_release_uses_every_technique() -> None:
    report = json.loads((SOURCE / "gender_classifier/model_files/shipped/report.json").read_text(encoding="utf-8"))
    used = report["context"]["config"]
    assert not used["sampler"]["balanced"]
    assert not used["augment"]["per_class"]
    assert "eleven techniques for training; the release uses most of them" in README


def test_its_figures_stand_in_made_parts_alone() -> None:
    """A figure that no command writes would stay behind when the model is another."""
    rest = MADE["PART"].sub("", README)
    found = re.findall(r"\d+(?:\.\d+)? %|\b\d+\.\d+\b", re.sub(r"```.*?```", "", rest, flags=re.DOTALL))
    assert set(found) <= {"3.11", "3.13", "4.0", "0.5", "95 %", "2.0"}


def test_the_images_are_there_and_say_what_they_show() -> None:
    images = re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", README)
    assert len(images) >= 4
    assert all(len(said) > 20 and (REPOSITORY / path).is_file() for said, path in images)


def test_the_extras_that_it_installs_are_declared() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {name for each in re.findall(r"pip install '\.\[([\w,]+)\]'", README) for name in each.split(",")}
    assert named != set()
    assert named <= set(project["optional-dependencies"])


class Shell:
    """Runs lines of the README in a folder that holds what they name."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        bin_ = folder / ".bin"
        bin_.mkdir()
        command = bin_ / "gender-classifier"
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m gender_classifier "$@"\n')
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        path = f"{bin_}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path, "PYTHONPATH": str(SOURCE), "COLUMNS": "100"}

    def __call__(self, line: str) -> str:
        done = subprocess.run(
            ["bash", "-c", line], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "photos").mkdir()
    for place in ("holiday.jpg", "photos/one.jpg"):
        (tmp_path / place).write_bytes(demo_photo().read_bytes())
    return Shell(tmp_path)


def lines_of(command: str) -> list[str]:
    """Lines of all shell blocks that call a command of ours."""
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [line for line in lines if re.match(rf"gender-classifier {command}\b", line)]


def plainly(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def test_the_first_answer_is_the_one_shown(shell: Shell) -> None:
    (line,) = lines_of("demo")
    assert plainly(shell(line)) == plainly(blocks("text")[0])
    here, shown = (
        np.asarray(Image.open(path), np.int16) for path in (shell.folder / "demo.jpg", REPOSITORY / "docs" / "demo.jpg")
    )
    assert here.shape == shown.shape
    assert np.abs(here - shown).mean() < 1.0, "copy the demo's image to docs/demo.jpg"


def test_the_python_prints_what_is_shown(shell: Shell) -> None:
    (code,) = blocks("python")
    assert len([line for line in code.splitlines() if line]) <= 8
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert plainly(done.stdout) == plainly(blocks("text")[1])


def test_a_folder_of_photos(shell: Shell) -> None:
    line = next(line for line in lines_of("predict") if "--out" in line)
    shell(line)
    with (shell.folder / "faces.csv").open(newline="", encoding="utf-8") as handle:
        (row,) = csv.DictReader(handle)
    assert (row["path"], row["label"], row["status"]) == (str(Path("photos/one.jpg")), "female", "ok")


def test_a_film(shell: Shell) -> None:
    pytest.importorskip("av")
    from .video.films import with_face, write_film

    frame = with_face(np.asarray(Image.open(demo_photo()).convert("RGB")), (640, 520), (60, 4), (90, 120, 60))
    write_film(shell.folder / "film.mp4", [frame] * 25)
    (line,) = lines_of("video")
    shell(line)
    assert "<html" in (shell.folder / "film.html").read_text(encoding="utf-8")


def test_the_service(shell: Shell) -> None:
    pytest.importorskip("uvicorn")
    (line,) = lines_of("serve")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served = subprocess.Popen(
        ["bash", "-c", f"exec {line} --port {port}"], cwd=shell.folder, env=shell.environment, stderr=subprocess.DEVNULL
    )
    try:
        assert waited(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/v1/faces", demo_photo().read_bytes(), {"Content-Type": "image/jpeg"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert b'"female"' in answer.read()
    finally:
        served.terminate()
        assert served.wait(timeout=90) in (0, 4, -15)


def test_the_page(shell: Shell) -> None:
    from gender_classifier.web.runtime import VERSION

    archive = REPOSITORY / "build" / f"onnxruntime-web-{VERSION}.tgz"
    if not archive.is_file():
        pytest.skip(f"no {archive}, which tests/web fetches")
    (line,) = lines_of("web")
    shell(f"{line} --runtime {archive}")  # else it is fetched anew
    assert "<html" in (shell.folder / "site" / "index.html").read_text(encoding="utf-8")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def waited(ready: Callable[[], bool], seconds: float = 120) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():
            return True
        time.sleep(0.2)
    return False


def test_a_training_of_one_s_own(shell: Shell, astronaut: NDArray[np.uint8]) -> None:
    """The four lines, on photographs of two faces; what they learn is nothing."""
    pytest.importorskip("torch")
    people = {"female": astronaut, "male": np.asarray(Image.open(demo_photo()).convert("RGB"))}
    for split, count in (("train", 20), ("val", 2)):
        for name, picture in people.items():
            folder = shell.folder / "faces" / split / name
            folder.mkdir(parents=True)
            for number in range(count):
                shade = np.clip(picture.astype(float) * (0.7 + 0.03 * number), 0, 255).astype(np.uint8)
                Image.fromarray(shade).save(folder / f"{number}.jpg", quality=90)
    (block,) = [block for block in blocks("sh") if "train aligned" in block]
    installed, *lines = block.strip().splitlines()
    assert installed == "pip install '.[train]'"
    assert len(lines) == 3
    printed = [shell(line) for line in lines]
    assert "held out" in printed[1]
    assert (shell.folder / "runs" / "first" / "report.md").is_file()
    assert "one.jpg" in printed[2]


def test_a_run_on_facecom_is_taken_from_its_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = {name: 0.9 + place / 100 for place, name in enumerate(MADE["SHOWN"])}
    row = {"phase": "validation", "split": "val", "tta": "disabled", **shown}
    train, other = {**row, "phase": "train", "split": "train"}, {**row, "phase": "choose", "split": "choose"}
    held_out = [{**row, "accuracy": 0.5, "recall_female": 0.25}]
    context = {
        "recipe": "facecom",
        "init": {"source": "release.onnx", "sha256": "unknown"},
        "size": 128,
        "digest": "d",
        "config": {"train": {"seed": 3}},
    }
    origin = [train, other, row, {**row, "tta": "enabled"}]
    protocols = [{"name": "held out", "rows": held_out}, {"name": "as the origin", "rows": origin}]
    (tmp_path / "report.json").write_text(json.dumps({"context": context, "protocols": protocols}))
    monkeypatch.setitem(MADE["take_facecom"].__globals__, "FACECOM", tmp_path / "facecom.json")
    MADE["take_facecom"](tmp_path)
    table = MADE["facecom"]()
    ours = [line.split("|")[3:-1] for line in table.splitlines() if "| this |" in line]
    values = [f"{100 * value:.2f}" for value in shown.values()]
    assert [[cell.strip(" *") for cell in row] for row in ours] == [["this", *values]] * 3
    assert "| validation | off | this | 90.00 | 91.00 | 92.00 | 93.00 | **94.00** |" in table  # bold where it is ahead
    assert "| origin | **95.73** | **96.57** | **97.79** | **97.18** | 89.52 |" in table
    assert table.count("| origin |") == 3
    assert "recipe `facecom` from release.onnx, 128 px, seed 3" in table
    assert "50.0 %, women 25.0" in table
    protocols[0]["tta"] = {"chosen": False}
    third = "127cfc15cdae89b59465437e3e1d5362ce17cf7db67798c53034a4be64497cee"
    context = {"recipe": "quick", "init": {"source": "release.onnx", "sha256": third}}
    (tmp_path / "report.json").write_text(json.dumps({"context": context, "protocols": protocols}))
    MADE["take_quick"](tmp_path)
    assert "is right on 50.0 %, women 25.0, held out, from the third release (" in MADE["quick"]()
    assert MADE["facecom"]() == table
