"""Mean of a run's weights and finished models': what is averaged, what is exported, what is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import save_file

from gender_classifier.data.datasets import DataIndex
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.training.checkpoint import BEST, checkpoint_path, load_run, read_tensors
from gender_classifier.training.model_average import ModelAverage, read_models

from ..small_network import NARROW
from .trainers import index, trainer

__all__ = ["index"]  # the fixture


@pytest.fixture
def models(tmp_path: Path) -> list[Path]:
    """Two finished models, other in every tensor, batch-norm statistics too."""
    files = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        network = EfficientNet(config=NARROW)
        tensors = {
            name: value + 0.01 * torch.rand_like(value) if value.is_floating_point() else value
            for name, value in network.state_dict().items()
        }
        files.append(tmp_path / f"model{seed}.safetensors")
        save_file(tensors, files[-1])
    return files


def test_every_tensor_is_the_mean_and_the_run_is_not_touched(models: list[Path]) -> None:
    torch.manual_seed(0)
    network = EfficientNet(config=NARROW)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    others = ModelAverage.read(network, [str(model) for model in models])
    mean = others.with_weights_of(network).state_dict()
    first, second = (ModelAverage.read(network, [str(model)]).sums for model in models)
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name
        if value.is_floating_point():
            torch.testing.assert_close(mean[name], (before[name] + first[name] + second[name]) / 3)
            assert not torch.equal(mean[name], before[name]), name
    assert [one["source"] for one in others.described()] == ["model1.safetensors", "model2.safetensors"]


def test_what_is_kept_is_averaged_and_training_goes_on_as_without(
    index: DataIndex, models: list[Path], tmp_path: Path
) -> None:
    alone = trainer(index, tmp_path / "alone", "train.epochs=1", "data.choose_share=0.25")
    alone.fit()
    run = tmp_path / "averaged"
    averaged = trainer(index, run, "train.epochs=1", "data.choose_share=0.25")
    averaged.others = others = ModelAverage.read(averaged.model, [str(models[0])])
    averaged.fit()
    (trained, _, _), (same, _, _) = load_run(tmp_path / "alone"), load_run(run)
    for name, value in trained.items():
        assert torch.equal(value, same[name]), name
    own, _ = read_tensors(checkpoint_path(tmp_path / "alone", BEST))
    kept, _ = read_tensors(checkpoint_path(run, BEST))
    for name, value in own.items():
        if value.is_floating_point():
            torch.testing.assert_close(kept[name], (value + others.sums[name]) / 2)


def test_another_network_and_a_missing_file_are_refused(models: list[Path], tmp_path: Path) -> None:
    network = EfficientNet(config=NARROW)
    tensors = {name: value for name, value in network.state_dict().items() if not name.startswith("classifier.")}
    save_file(tensors, tmp_path / "headless.safetensors")
    with pytest.raises(
        UserError, match=r"average\.models: .*headless.* another network .*2 tensors missing, 0 left over"
    ):
        ModelAverage.read(network, [str(models[0]), str(tmp_path / "headless.safetensors")])
    with pytest.raises(UnreadableError, match=r"gone\.onnx: no such weights file"):
        ModelAverage.read(network, [str(tmp_path / "gone.onnx")])


def test_a_run_goes_on_with_the_files_that_it_began_with(models: list[Path]) -> None:
    network, told = EfficientNet(config=NARROW), list[str]()
    assert read_models(network, [], None, told.append) is None
    named = [str(models[0])]
    begun = read_models(network, named, None, told.append)
    assert begun is not None
    assert re.fullmatch(r"averaged with model1\.safetensors: \d+ tensors", told[0])
    assert read_models(network, named, begun.described(), told.append) is not None
    models[1].replace(models[0])
    with pytest.raises(UserError, match="not the files any more that the run began with"):
        read_models(network, named, begun.described(), told.append)
