"""The run's log: what is kept on a resume, and a disk that is full."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.runs.log import RunLog, read_log
from gender_classifier.training.tensorboard import TensorBoardWatcher


def test_lines_come_back_and_watchers_see_them(tmp_path: Path) -> None:
    log, seen = RunLog(tmp_path), []
    log.watchers.append(seen.append)
    log.write("start", seed=1)
    log.write("epoch", loss=0.5)
    assert read_log(tmp_path) == seen == [{"kind": "start", "seed": 1}, {"kind": "epoch", "loss": 0.5}]
    assert log.lines == 2


def test_a_resume_cuts_what_came_after_its_checkpoint(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    for number in range(4):
        log.write("step", number=number)
    with (tmp_path / "log.jsonl").open("a") as handle:
        handle.write('{"kind": "st')  # killed in the middle of a line
    assert [line["number"] for line in read_log(tmp_path)] == [0, 1, 2, 3]
    log = RunLog(tmp_path, 2)
    log.write("step", number=9)
    assert [line["number"] for line in read_log(tmp_path)] == [0, 1, 9]
    assert log.lines == 3


def test_a_process_that_does_not_write_makes_no_file(tmp_path: Path) -> None:
    log, seen = RunLog(None), []
    log.watchers.append(seen.append)
    log.write("start")
    assert (log.lines, seen, list(tmp_path.iterdir())) == (1, [], [])


def test_a_full_disk_is_one_line_that_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = RunLog(tmp_path)

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(UserError, match=r"log\.jsonl: cannot be written \(No space left .*--resume"):
        log.write("start")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"kind": \n{}\n', "line 1: not JSON"),
        (b'{"kind": "start"}\n3\n{}\n', "line 2: not JSON"),
        (b'{"kind": "\xff"}\n{}\n', "line 1: not JSON"),
        (None, "not a run folder"),
    ],
)
def test_what_is_no_log_is_refused(tmp_path: Path, text: bytes | None, message: str) -> None:
    if text is not None:
        (tmp_path / "log.jsonl").write_bytes(text)
    with pytest.raises(UnreadableError, match=message):
        read_log(tmp_path)


@pytest.mark.parametrize("text", ["", '{"kind": "st'])
def test_a_run_stopped_before_its_first_line_has_not_begun(tmp_path: Path, text: str) -> None:
    (tmp_path / "log.jsonl").write_text(text, encoding="utf-8")
    assert read_log(tmp_path) == []
    with pytest.raises(UnreadableError, match=r"log\.jsonl: no whole line in it, .* stopped before it began"):
        read_log(tmp_path, begun=True)


def test_tensorboard_gets_every_number_at_its_step(tmp_path: Path) -> None:
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    watcher = TensorBoardWatcher(tmp_path)
    watcher(
        json.loads('{"kind": "step", "epoch": 0, "step": 3, "global_step": 3, "loss": 0.5, "rates": {"stem": 0.25}}')
    )
    watcher({"kind": "epoch", "epoch": 1, "best": True, "val": {"accuracy": 0.75}})
    events = accumulator.EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    found = {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    assert found == {
        "step/global_step": [(3, 3.0)],
        "step/loss": [(3, 0.5)],
        "step/rates/stem": [(3, 0.25)],
        "epoch/val/accuracy": [(1, 0.75)],
    }
