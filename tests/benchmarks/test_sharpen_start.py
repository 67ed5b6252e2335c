"""Sharpened weights compute with SiLU what they computed with ReLU."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor, nn

from gender_classifier.networks.efficientnet import EfficientNet, SqueezeExcite
from gender_classifier.networks.normalise import normalise

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "sharpen_start.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sharpen_start", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def lite_like() -> dict[str, Tensor]:
    """B1's tensors as `b1_from_lite1.safetensors` has them: gates that no image moves, no classifier."""
    torch.manual_seed(0)
    state = {k: v for k, v in EfficientNet().state_dict().items() if not k.startswith("classifier")}
    for key, value in state.items():
        if key.endswith("se.conv_expand.weight"):
            value.zero_()
        elif key.endswith("se.conv_expand.bias"):
            value.fill_(4.0)
    return {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}


def with_relu(state: dict[str, Tensor]) -> EfficientNet:
    """The network that the tensors come from: ReLU, no gates, a larger epsilon."""
    model = EfficientNet().eval()
    model.load_state_dict(state, strict=False)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-3
        if hasattr(module, "act"):
            module.act = nn.ReLU()
        if hasattr(module, "se"):
            module.se = nn.Identity()
    assert not any(isinstance(module, SqueezeExcite) for module in model.modules())
    return model


def centre(features: Tensor) -> Tensor:
    """Without the border, where zero padding stands for another colour in each input range."""
    edge = features.shape[-1] // 4
    return features[..., edge:-edge, edge:-edge]


@torch.no_grad()
def error(script: ModuleType, factor: float) -> list[float]:
    """Squared error of stem and first stages, in shares of the variance."""
    pictures = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    state = lite_like()
    sharp = EfficientNet().eval()
    sharp.load_state_dict(script.sharpen(state, factor, factor), strict=False)
    ours = sharp.stage_outputs(normalise(pictures))
    theirs = with_relu(state).stage_outputs(pictures.permute(0, 3, 1, 2).float() / 127.5 - 1)
    ours[0] = ours[0] / factor
    pairs = [(centre(a), centre(b)) for a, b in zip(ours[:3], theirs[:3], strict=True)]
    return [float((a - b).square().mean() / b.var()) for a, b in pairs]


def test_a_large_factor_is_relu(script: ModuleType) -> None:
    # Without any of its foldings (range, epsilon, gates, factor) the error is at least a hundredth.
    assert max(error(script, 64.0)) < 1e-3


def test_the_factor_is_what_nears_it(script: ModuleType) -> None:
    errors = [error(script, factor) for factor in (1.0, 8.0)]
    assert errors[0] > 10 * errors[1]
