"""`export`: what it needs of a run, told in a line before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import RunLog
from gender_classifier.training.export import export


def test_a_model_file_is_there_already(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").touch()
    with pytest.raises(UserError, match="a model file already; name a run folder, or with --hub"):
        export(tmp_path / "model.onnx")


def test_a_file_or_a_folder(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="one at a time"):
        export(tmp_path, tmp_path / "a.onnx", hub=tmp_path / "hub")


def test_a_run_that_was_not_evaluated(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="not a run folder"):
        export(tmp_path)
    RunFolder(tmp_path).log.touch()
    with pytest.raises(UnreadableError, match="stopped before it began"):
        export(tmp_path)
    RunLog(tmp_path).write("start")
    with pytest.raises(UnreadableError, match=f"run `gender-classifier evaluate {tmp_path}`"):
        export(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["log.jsonl"]
