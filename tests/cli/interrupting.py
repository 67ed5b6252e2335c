"""Short runs with a checkpoint a step: killed at a chosen moment, and compared to the last bit."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch

from gender_classifier.metrics.scores import read_scores
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import read_log
from gender_classifier.training import checkpoint

from ..running import SMALL, Outcome, call, ended, start

# Two epochs of three steps with a checkpoint after each step.
OPTIONS = (*SMALL, "--set=train.epochs=2", "--set=train.checkpoint_minutes=1e-9", "--set=augment.enabled=true")


def train(faces: Path, run: Path, *more: str | Path) -> Outcome:
    return call("train", faces, "--out", run, *OPTIONS, *more)


def without_clock(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A log less what differs by nature: times, and how many processes read."""
    kept = [{k: v for k, v in line.items() if k not in ("seconds", "pictures_per_second")} for line in lines]
    kept[0]["config"]["data"].pop("workers")
    return kept


def assert_same(run: Path, whole: Path, drawn: bool = True) -> None:
    """Equal to the last bit: weights, optimizer, log, scores, report, figures if drawn; and no file more or less."""
    names = [{p.relative_to(r).as_posix() for p in r.rglob("*")} for r in (run, whole)]
    assert names[0] == {name for name in names[1] if drawn or not name.startswith("figures")}
    for name in (checkpoint.LAST, checkpoint.BEST, checkpoint.BEST_ON_VAL):
        (got, state), (expected, wanted) = (
            checkpoint.read_tensors(checkpoint.checkpoint_path(r, name)) for r in (run, whole)
        )
        assert got.keys() == expected.keys()
        assert [key for key in expected if not torch.equal(expected[key], got[key])] == []
        assert state == wanted
    assert without_clock(read_log(run)) == without_clock(read_log(whole))
    for table in (RunFolder(whole).held_out, RunFolder(whole).as_origin):
        got, expected = (read_scores(r / table.relative_to(whole)).columns() for r in (run, whole))
        assert got.keys() == expected.keys()
        assert [name for name in expected if got[name].tolist() != expected[name].tolist()] == []
    reports = [json.loads((r / "report.json").read_text()) for r in (run, whole)]
    for report in reports:
        report["context"].pop("seconds")
        report["context"]["config"]["data"].pop("workers")
    if not drawn:
        assert reports[1].pop("figures")
    assert reports[0] == reports[1]
    for picture in [whole / "augmentation.png", *((whole / "figures").iterdir() if drawn else ())]:
        assert (run / picture.relative_to(whole)).read_bytes() == picture.read_bytes(), picture.name


# In a process that is to be killed: dies in the middle of its N-th checkpoint file, or between the two renames.
DIE_WRITING = """
import os, signal
from pathlib import Path
from gender_classifier.training import checkpoint
write, left = checkpoint.save_file, iter(range({writes} - 1))
def save(tensors, path, metadata):
    write(tensors, path, metadata)
    if next(left, None) is None:
        data = Path(path).read_bytes()
        Path(path).write_bytes(data[:len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
checkpoint.save_file = save
"""
DIE_RENAMING = """
import os, signal
from gender_classifier.training import checkpoint
replace = os.replace
def die(source, target):
    replace(source, target)
    if str(target).endswith("previous.safetensors"):
        os.kill(os.getpid(), signal.SIGKILL)
checkpoint.os.replace = die
"""


def killed_at(line: str, faces: Path, run: Path, *more: str | Path, number: signal.Signals = signal.SIGKILL) -> int:
    """Start a run, send a signal when a line of its output begins with `line`; the code that it ends with."""
    process = start("train", faces, "--out", run, *OPTIONS, *more)
    assert process.stderr is not None
    before = []
    for said in process.stderr:
        before.append(said)
        if said.startswith(line):
            break
    else:
        pytest.fail("".join(before))
    if number is signal.SIGKILL:
        process.kill()  # its readers must notice by themselves: while they live the pipe is open
    else:
        os.killpg(process.pid, number)  # as a terminal does, to readers too
    done = ended(process)
    assert "Traceback" not in done.err
    return done.code
