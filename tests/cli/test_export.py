"""`export` through the command line: what it takes, and what it cannot export in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from gender_classifier.errors import ExitCode
from gender_classifier.training import export as training

from ..running import call


def test_its_options_arrive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Any] = []
    monkeypatch.setattr(training, "export", lambda *named, **more: (given.extend([*named, more]), ExitCode.FINE)[1])
    assert call("export", "run", "--out", tmp_path / "m.onnx", "--float16", "--hub", "upload").code == 0
    assert given == [Path("run"), tmp_path / "m.onnx", {"float16": True, "hub": Path("upload")}]


def test_what_is_no_finished_run_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"")
    cases = [
        ((tmp_path / "model.onnx",), 2, "a model file already"),
        ((tmp_path,), 3, "not a run folder (log.jsonl is missing)"),
        ((tmp_path, "--out", "m.onnx", "--hub", "upload"), 2, "one at a time"),
    ]
    for arguments, code, message in cases:
        done = call("export", *arguments)
        assert (done.code, message in done.error) == (code, True), arguments
    (tmp_path / "log.jsonl").write_text('{"kind": "start"}\n', encoding="utf-8")
    assert "not evaluated yet" in call("export", tmp_path).error
