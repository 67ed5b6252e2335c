"""How a run begins: on which device, from which weights, in which folder. All of it: `tests/cli/test_train.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from gender_classifier.config.reading import load_config
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.runs.log import RunLog
from gender_classifier.training import run as train
from gender_classifier.training.checkpoint import PREVIOUS, checkpoint_path


def test_layers_that_start_at_random_all_learn() -> None:
    quick = load_config("quick")
    assert (quick.model.init_weights, quick.optimizer.frozen) == ("release", 5)
    assert train._started_from(quick, "none").optimizer.frozen == 0
    assert train._started_from(quick, "imagenet").optimizer.frozen == 5
    assert load_config("demo").model.init_weights == "none"


def test_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert train._device("auto") == train._device("cpu") == torch.device("cpu")
    with pytest.raises(UserError, match="no CUDA device here; use cpu or auto"):
        train._device("cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert train._device("auto") == torch.device("cuda")


def test_a_run_has_begun_with_its_first_checkpoint_or_second_line(tmp_path: Path) -> None:
    assert not train.begun(tmp_path)
    log = RunLog(tmp_path)
    log.write("start")
    assert not train.begun(tmp_path)
    log.write("step")
    assert train.begun(tmp_path)
    other = tmp_path / "other"
    checkpoint_path(other, PREVIOUS).parent.mkdir(parents=True)
    checkpoint_path(other, PREVIOUS).touch()
    assert train.begun(other)
    with pytest.raises(UserError, match="already holds a run; go on with --resume"):
        train._refuse_used(other)


def test_a_run_that_goes_on_keeps_its_settings(tmp_path: Path) -> None:
    from gender_classifier.config.reading import dump_config

    with pytest.raises(UnreadableError, match="nothing to resume"):
        train.resumed_config(tmp_path, None, ())
    kept = load_config("quick", ["train.epochs=3"])
    (tmp_path / "config.yaml").write_text(dump_config(kept), encoding="utf-8")
    assert train.resumed_config(tmp_path, None, ()) == kept
    assert train.resumed_config(tmp_path, "quick", ("train.epochs=3",)) == kept
    with pytest.raises(UserError, match="leave out --config and --set"):
        train.resumed_config(tmp_path, None, ("train.epochs=4",))


def test_starting_weights_of_a_run_that_begins_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train._start_again(tmp_path, "a.onnx") == "a.onnx"
    RunLog(tmp_path).write("start", init_weights=None)
    assert train._start_again(tmp_path, None) == "none"
    RunLog(tmp_path).write("start", init_weights="b.onnx")
    assert train._start_again(tmp_path, None) == "b.onnx"
    with pytest.raises(UserError, match=r"began with other starting weights \(b\.onnx\)"):
        train._start_again(tmp_path, "a.onnx")
    assert "stopped before its first checkpoint; beginning again" in capsys.readouterr().err


def test_no_threads_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="threads=0: at least 1"):
        train.train(tmp_path / "nowhere", tmp_path / "run", threads=0)
