"""`export --hub`: a folder that is whole, loads back, and says the same as the model file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file

from gender_classifier.errors import FoundWrongError
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.model_files.metadata import ModelMetadata
from gender_classifier.networks.config import NetworkConfig
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.normalise import DEVIATION, MEAN, normalise
from gender_classifier.networks.onnx_export import export_onnx
from gender_classifier.networks.starting_weights import load_initial
from gender_classifier.report.build import build_report, write_report
from gender_classifier.report.protocol import Protocol
from gender_classifier.runs.log import read_log
from gender_classifier.training import hub
from gender_classifier.training import run as train

from ..networks.test_efficientnet import randomise
from ..report.conftest import scores_of
from ..running import SMALL, call
from ..small_network import DEPTH, NARROW, WIDTH

SIZE = 32
PROTOCOL = Protocol("x", scores_of([0, 1] * 10, [-1.0, 1.0] * 10), None, "accuracy", (0.0, 0.0))
FILES = ["README.md", "config.json", "model.onnx", "model.safetensors"]


def pictures() -> NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)


def write_run(run: Path, width: float = WIDTH, depth: float = DEPTH) -> Path:
    """The two files of a finished run that the folder is made of."""
    network = EfficientNet(config=NetworkConfig.scaled(width, depth)).eval()
    with torch.no_grad():
        randomise(network)
    metadata = ModelMetadata(input_size=SIZE, fit="pad", licence="CC-BY-4.0", uncertain_band=(0.3, 0.6))
    metadata.training = {"network": {"width": width, "depth": depth}}
    export_onnx(network, metadata, run / "model.onnx", pictures())
    write_report(build_report([PROTOCOL], context={}), run)
    return run


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


def logits_of(weights: Path) -> NDArray[np.float32]:
    network = EfficientNet(config=NARROW)
    load_initial(network, weights)
    with torch.inference_mode():
        return network.eval()(normalise(torch.from_numpy(pictures()))).numpy()


def test_the_folder_holds_the_model_file_s_weights_metadata_and_card(run: Path, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "hub"
    done = call("export", run, "--hub", folder)
    assert (done.code, done.out) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert [path.name for path in folder.parent.iterdir()] == ["hub"]
    assert len({path.stat().st_mode for path in folder.iterdir()}) == 1
    assert (folder / "model.onnx").read_bytes() == (run / "model.onnx").read_bytes()
    assert (folder / "README.md").read_text(encoding="utf-8") == call("card", run).out
    model = GenderClassifier(folder / "model.onnx", threads=1)
    np.testing.assert_allclose(
        logits_of(folder / "model.safetensors"), model.score_crops(pictures(), ("identity",))[0], atol=1e-4
    )
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert ModelMetadata.model_validate(config["gender_classifier"]) == model.metadata
    assert (config["class_names"], config["positive"], config["input_size"]) == (["female", "male"], "male", SIZE)
    assert (config["normalisation"]["mean"], config["normalisation"]["std"]) == (list(MEAN), list(DEVIATION))
    assert config["pretrained_cfg"]["crop_mode"] == "border"


def test_training_starts_from_it(run: Path, drawn_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train.Trainer, "fit", lambda trainer: "not begun")
    monkeypatch.setattr(train, "finish_run", lambda *_: None)
    assert call("export", run, "--hub", tmp_path / "hub").code == 0
    weights = tmp_path / "hub" / "model.safetensors"
    done = call("train", drawn_faces, "--out", tmp_path / "next", *SMALL, "--init-weights", weights)
    assert done.code == 0, done.err
    init = read_log(tmp_path / "next")[0]["init"]
    assert (init["source"], init["missing"], init["left_over"]) == ("model.safetensors", [], [])
    assert init["used"] == len(load_file(weights))


def test_half_the_space_where_asked_for_or_configured(run: Path, tmp_path: Path) -> None:
    for name, options in (("full", ()), ("half", ("--float16",))):
        assert call("export", run, "--hub", tmp_path / name, *options).code == 0
    (run / "config.yaml").write_text("export: {float16: true}\n")
    assert call("export", run, "--hub", tmp_path / "configured").code == 0
    full, half, configured = (tmp_path / name / "model.safetensors" for name in ("full", "half", "configured"))
    assert half.read_bytes() == configured.read_bytes()
    assert half.stat().st_size < full.stat().st_size
    kinds = {key: tensor.dtype for key, tensor in load_file(half).items()}
    assert (kinds["conv_stem.weight"], kinds["bn1.running_var"]) == (torch.float16, torch.float32)
    np.testing.assert_allclose(logits_of(half), logits_of(full), atol=5e-2)


def test_what_cannot_be_written_leaves_nothing(run: Path, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    (tmp_path / "empty").mkdir()
    cases = [
        ((run, "--hub", taken), 2, "exists already"),
        ((run, "--hub", tmp_path / "hub", "--out", tmp_path / "x.onnx"), 2, "one at a time"),
        ((tmp_path / "empty", "--hub", tmp_path / "hub"), 3, "no such model file"),
    ]
    for arguments, code, message in cases:
        done = call("export", *arguments)
        assert (done.code, message in done.error) == (code, True)
    (run / "report.json").unlink()
    done = call("export", run, "--hub", tmp_path / "hub")
    assert (done.code, "no report to read" in done.error) == (3, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "run", "taken"]


def test_a_model_file_without_the_network_s_tensors_is_to_be_written_again(
    write_model: Callable[..., Path], tmp_path: Path
) -> None:
    write_model()
    write_report(build_report([PROTOCOL], context={}), tmp_path)
    done = call("export", tmp_path, "--hub", tmp_path / "hub")
    assert done.code == 3
    assert f"{tmp_path / 'model.onnx'}: no" in done.error
    assert "write it again by `gender-classifier export" in done.error
    assert not (tmp_path / "hub").exists()


def test_weights_that_do_not_load_back_whole_are_found_wrong(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = hub.read_weights

    def lossy(path: Path) -> dict[str, torch.Tensor]:
        return {key: tensor for key, tensor in whole(path).items() if key != "classifier.bias"}

    monkeypatch.setattr(hub, "read_weights", lossy)
    with pytest.raises(FoundWrongError, match="1 tensors missing, 0 left over"):
        hub.write_hub(run, tmp_path / "hub")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_weights_that_load_back_with_other_values_are_found_wrong(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def other(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> None:
        save_file({**tensors, "classifier.bias": tensors["classifier.bias"] + 1}, path, metadata)

    monkeypatch.setattr(hub, "save_file", other)
    with pytest.raises(FoundWrongError, match=r"1 tensors have other values, for example classifier\.bias"):
        hub.write_hub(run, tmp_path / "hub")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
