"""Starting weights of others: their layouts, each taken by its own names."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from gender_classifier.networks.config import B0
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.starting_weights import load_initial
from gender_classifier.system.files import sha256_of

from .others_weights import differing, source, thousand, torchvision_keys

__all__ = ["source"]  # the fixture


def test_our_own_layout_is_taken_whole(source: dict[str, Tensor], tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    save_file(source, path)
    model = EfficientNet()
    report = load_initial(model, path)
    assert differing(model, source) == []
    counted = [key for key in source if not key.endswith("num_batches_tracked")]
    assert (report.layout, report.used, report.missing, report.left_over) == ("timm", len(counted), [], [])
    assert (report.source, report.sha256) == ("own.safetensors", sha256_of(path))
    assert report.line() == f"starting weights own.safetensors (timm layout): {len(counted)} tensors used"


def test_timm_s_thousand_classes_are_left_over(source: dict[str, Tensor], tmp_path: Path) -> None:
    save_file(thousand(source), tmp_path / "timm.safetensors")
    model = EfficientNet()
    fresh = model.classifier.weight.detach().clone()
    report = load_initial(model, tmp_path / "timm.safetensors")
    assert differing(model, source) == ["classifier.weight", "classifier.bias"]
    assert torch.equal(model.classifier.weight, fresh)
    assert report.missing == report.left_over == ["classifier.bias", "classifier.weight"]
    assert "2 missing (classifier.bias, classifier.weight), 2 left over (" in report.line()


@pytest.mark.parametrize("wrapper", [None, "state_dict", "model", "state_dict_ema"])
def test_torchvision_s_layout_and_what_training_scripts_wrap_round_it(
    source: dict[str, Tensor], tmp_path: Path, wrapper: str | None
) -> None:
    keys = torchvision_keys()
    content: Any = {f"module.{keys[name]}": value for name, value in thousand(source).items()}
    if wrapper is not None:
        content = {wrapper: content, "epoch": 3, "args": argparse.Namespace(lr=0.1)}
    torch.save(content, tmp_path / "tv.pth")
    model = EfficientNet()
    report = load_initial(model, tmp_path / "tv.pth")
    assert differing(model, source) == ["classifier.weight", "classifier.bias"]
    assert report.layout == "torchvision"
    assert report.missing == ["classifier.bias", "classifier.weight"]
    assert report.left_over == ["classifier.1.bias", "classifier.1.weight"]


def test_half_precision_is_taken(source: dict[str, Tensor], tmp_path: Path) -> None:
    save_file({k: v.half() for k, v in source.items()}, tmp_path / "half.safetensors")
    model = EfficientNet()
    load_initial(model, tmp_path / "half.safetensors")
    assert model.conv_stem.weight.dtype is torch.float32
    torch.testing.assert_close(model.conv_stem.weight, source["conv_stem.weight"], rtol=1e-3, atol=1e-3)


def test_the_release_starts_a_network_with_fewer_blocks_a_stage() -> None:
    network = EfficientNet(config=B0)
    report = load_initial(network, "release")
    assert report.missing == []
    assert len(report.left_over) > 0
    assert all(network.state_dict()[name].isfinite().all() for name in ("conv_stem.weight", "classifier.weight"))
