"""Starting weights that tests share: a network's tensors, with ImageNet's classifier, under torchvision's names."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from gender_classifier.networks.config import B1
from gender_classifier.networks.efficientnet import EfficientNet


@pytest.fixture(scope="module")
def source() -> dict[str, Tensor]:
    """Tensors of a network with one output, all different from any fresh network's."""
    torch.manual_seed(1)
    tensors = EfficientNet().state_dict()
    return {k: torch.rand_like(v) + 0.5 if v.is_floating_point() else v for k, v in tensors.items()}


def differing(model: EfficientNet, tensors: dict[str, Tensor]) -> list[str]:
    """Keys whose tensors are not those of `tensors`; counters are not carried over."""
    state = model.state_dict()
    return [k for k, v in tensors.items() if not k.endswith("num_batches_tracked") and not torch.equal(state[k], v)]


def thousand(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same with ImageNet's classifier."""
    return {**tensors, "classifier.weight": torch.rand(1000, 1280), "classifier.bias": torch.rand(1000)}


def torchvision_keys() -> dict[str, str]:
    """Our keys to torchvision's `efficientnet_b1`, written down from its module tree.

    `features.0` is the stem, 1 to 7 the stages, 8 the head. A block is ``block.{0: expand, 1: depthwise,
    2: squeeze, 3: project}` (no expand in stage 1); ConvNormActivation holds `0` conv and `1`` norm.
    """
    modules = {"conv_stem": "features.0.0", "bn1": "features.0.1", "conv_head": "features.8.0", "bn2": "features.8.1"}
    modules["classifier"] = "classifier.1"
    for stage, spec in enumerate(B1.stages):
        for repeat in range(spec.repeats):
            ours, theirs = f"blocks.{stage}.{repeat}.", f"features.{stage + 1}.{repeat}.block."
            if stage == 0:
                inner = {"conv_dw": "0.0", "bn1": "0.1", "conv_pw": "2.0", "bn2": "2.1"}
                inner |= {"se.conv_reduce": "1.fc1", "se.conv_expand": "1.fc2"}
            else:
                inner = {
                    "conv_pw": "0.0",
                    "bn1": "0.1",
                    "conv_dw": "1.0",
                    "bn2": "1.1",
                    "conv_pwl": "3.0",
                    "bn3": "3.1",
                }
                inner |= {"se.conv_reduce": "2.fc1", "se.conv_expand": "2.fc2"}
            modules |= {ours + ourselves: theirs + them for ourselves, them in inner.items()}
    names = EfficientNet().state_dict()
    return {name: f"{modules[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}" for name in names}
