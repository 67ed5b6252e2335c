"""EfficientNet-B1 is timm's, to the last key and within float tolerance."""

import contextlib
import importlib
import sys
from importlib.util import find_spec
from types import ModuleType

import pytest
import torch
from torch import nn

from gender_classifier.networks.efficientnet import EfficientNet


def randomise(model: nn.Module, seed: int = 0) -> None:
    """Statistics and affine parameters of batch norm as after training, so that a mistake in them shows."""
    generator = torch.Generator().manual_seed(seed)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.copy_(torch.randn(module.num_features, generator=generator) * 0.2)
            module.running_var.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
            module.weight.data.copy_(torch.rand(module.num_features, generator=generator) + 0.5)
            module.bias.data.copy_(torch.randn(module.num_features, generator=generator) * 0.2)


class AnyType(type):
    """A class that has every attribute, all of this kind."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return AnyType(name, (), {})


class AnyModule(ModuleType):
    """A module that has every name, each a class of its own."""

    __path__: list[str] = []  # noqa: RUF012

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return AnyType(name, (), {})


def import_timm(patch: pytest.MonkeyPatch) -> ModuleType:
    """timm, also where torchvision, which it imports but whose parts B1 does not use, is not to be had.

    It may be missing, or built for another torch: then the operator that it lacks is declared first.
    """
    if find_spec("timm") is None:
        pytest.skip("timm is not installed: pip install --no-deps timm")
    if find_spec("torchvision") is None:
        for name in ("", ".datasets", ".ops", ".ops.misc", ".transforms", ".transforms.functional"):
            patch.setitem(sys.modules, f"torchvision{name}", AnyModule(f"torchvision{name}"))
    else:
        with contextlib.suppress(RuntimeError):  # it has the operator: nothing to declare
            torch.library.define("torchvision::nms", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return importlib.import_module("timm")


def test_parity_with_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = EfficientNet().eval()
    theirs = import_timm(monkeypatch).create_model("efficientnet_b1", num_classes=1).eval()
    randomise(theirs)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    ours.load_state_dict(theirs.state_dict())
    pictures = torch.randn(2, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        expected, features = theirs(pictures).squeeze(1), theirs.forward_features(pictures)
        torch.testing.assert_close(ours(pictures), expected, rtol=1e-5, atol=1e-5)
        torch.testing.assert_close(ours.feature_map(pictures), features, rtol=1e-5, atol=1e-5)
    assert float(expected.diff().abs()) > 1e-3  # the outputs depend on the images


def test_parameters_and_shapes_at_224() -> None:
    with torch.device("meta"):
        model = EfficientNet().eval()
        outputs = model.stage_outputs(torch.empty(2, 3, 224, 224))
        logits = model.logits(outputs[-1])
    assert sum(p.numel() for p in model.parameters()) == 6_514_465
    assert [tuple(o.shape[1:]) for o in outputs] == [
        (32, 112, 112),
        (16, 112, 112),
        (24, 56, 56),
        (40, 28, 28),
        (80, 14, 14),
        (112, 14, 14),
        (192, 7, 7),
        (320, 7, 7),
        (1280, 7, 7),
    ]
    assert logits.shape == (2,)


def test_recomputing_stages_gives_the_same_gradients() -> None:
    pictures = torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    gradients = []
    for recompute in (False, True):
        torch.manual_seed(3)
        model = EfficientNet(dropout=0.0, drop_path=0.0, grad_checkpointing=recompute).train()
        model(pictures).sum().backward()
        gradients.append(model.conv_stem.weight.grad)
    assert torch.isfinite(gradients[0]).all()
    torch.testing.assert_close(gradients[0], gradients[1], rtol=1e-4, atol=1e-6)


def test_drop_path_drops_whole_samples_and_keeps_the_mean() -> None:
    torch.manual_seed(0)
    model = EfficientNet(drop_path=0.5)
    rates = [block.drop_path.rate for stage in model.blocks for block in stage]
    assert rates == sorted(rates)
    assert rates[0] == 0.0
    assert 0.45 < rates[-1] < 0.5
    drop = model.blocks[-1][-1].drop_path.train()
    out = drop(torch.ones(4000, 2, 2, 2)).flatten(1)
    assert torch.equal(out.amin(1), out.amax(1))
    assert out[:, 0].unique().tolist() == pytest.approx([0.0, 1 / (1 - rates[-1])])
    assert float(out.mean()) == pytest.approx(1.0, abs=0.05)
    assert torch.equal(drop.eval()(out), out)


def test_residuals_that_start_at_zero_leave_the_shortcut_alone() -> None:
    torch.manual_seed(0)
    model = EfficientNet().train()
    before = {name: p.clone() for name, p in model.named_parameters()}
    model.start_residuals_at_zero()
    changed = {name for name, p in model.named_parameters() if not torch.equal(p, before[name])}
    assert len(changed) == 23 - 7, "each block but the first of a stage has a shortcut"
    for stage in model.blocks:
        for block in list(stage)[1:]:
            inputs = torch.randn(2, block.conv_pw.in_channels, 8, 8)
            assert torch.equal(block(inputs), inputs)
    # The way back is open: what is zero is a scale, which has a gradient, and the stem has one past the shortcuts.
    model(torch.randn(4, 3, 64, 64)).sum().backward()
    assert all(dict(model.named_parameters())[name].grad.abs().sum() > 0 for name in changed)
    assert model.conv_stem.weight.grad.abs().sum() > 0
