"""Layer-wise rates, decay groups, and AdamW's decoupled decay."""

import itertools

import pytest
import torch
from torch import nn

from gender_classifier.config.settings import OptimizerConfig, ScheduleConfig
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.training.optimizer import (
    LAYERS,
    build_optimizer,
    freeze,
    frozen_modules,
    layer_of,
    layer_rates,
    rates_by_layer,
)
from gender_classifier.training.schedule import build_schedule


@pytest.fixture(scope="module")
def model() -> EfficientNet:
    return EfficientNet()


def test_every_parameter_has_a_layer_and_one_group(model: EfficientNet) -> None:
    assert {layer_of(name) for name, _ in model.named_parameters()} == set(LAYERS)
    optimizer = build_optimizer(model, OptimizerConfig())
    held = [id(p) for group in optimizer.param_groups for p in group["params"]]
    assert sorted(held) == sorted(id(p) for p in model.parameters())


def test_rates_fall_in_the_stated_ratio_at_any_step(model: EfficientNet) -> None:
    config = OptimizerConfig(rate=1e-3, layer_decay=0.7, layer_floor=0.0)
    optimizer = build_optimizer(model, config)
    schedule = build_schedule(optimizer, ScheduleConfig(), 50)
    for _ in range(50):
        rates = [rates_by_layer(optimizer)[layer] for layer in LAYERS]
        for lower, upper in itertools.pairwise(rates):
            # To 1e-4 only: the end of the cycle is start / end_divisor for each group, floats of tiny size.
            assert lower / upper == pytest.approx(0.7, rel=1e-4)
        optimizer.step()
        if schedule.last_epoch < 49:
            schedule.step()


def test_the_floor_holds() -> None:
    rates = layer_rates(OptimizerConfig(rate=1.0, layer_decay=0.5, layer_floor=0.1))
    assert min(rates.values()) == pytest.approx(0.1)
    assert rates["classifier"] == 1.0
    assert rates["stem"] == pytest.approx(0.1)


def test_norms_and_biases_do_not_decay(model: EfficientNet) -> None:
    optimizer = build_optimizer(model, OptimizerConfig(weight_decay=0.3))
    for group in optimizer.param_groups:
        expected = 0.3 if group["params"][0].ndim > 1 else 0.0
        assert group["weight_decay"] == expected
        assert {p.ndim > 1 for p in group["params"]} == {expected > 0.0}


class OneWeight(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.classifier = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.ones_(self.classifier.weight)


@pytest.mark.parametrize(("name", "expected"), [("adamw", 1.0 - 0.1 * 0.5), ("adam", 0.9)])
def test_decay_is_decoupled(name: str, expected: float) -> None:
    # With a zero gradient AdamW shrinks by rate * decay; Adam turns the decay into a gradient and steps by the rate.
    model = OneWeight()
    optimizer = build_optimizer(model, OptimizerConfig(name=name, rate=0.1, weight_decay=0.5))
    model.classifier.weight.grad = torch.zeros(1, 1)
    optimizer.step()
    assert model.classifier.weight.item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("layers", range(len(LAYERS)))
def test_the_first_layers_are_frozen_and_no_others(layers: int) -> None:
    model = EfficientNet().train()
    freeze(model, layers)
    frozen = {layer_of(name) for name, p in model.named_parameters() if not p.requires_grad}
    learning = {layer_of(name) for name, p in model.named_parameters() if p.requires_grad}
    assert (frozen, learning) == (set(LAYERS[:layers]), set(LAYERS[layers:]))
    still = {
        name for name, module in model.named_modules() if isinstance(module, nn.BatchNorm2d) and not module.training
    }
    assert {layer_of(f"{name}.weight") for name in still} == set(LAYERS[:layers])
    held = {id(p) for group in build_optimizer(model, OptimizerConfig()).param_groups for p in group["params"]}
    assert held == {id(p) for p in model.parameters() if p.requires_grad}


def test_frozen_layers_have_no_dropped_paths() -> None:
    model = EfficientNet(drop_path=0.5).train()
    freeze(model, 4)
    x = torch.randn(2, 3, 64, 64)
    low = nn.Sequential(*frozen_modules(model, 4)[:2], model.act, *frozen_modules(model, 4)[2:])
    with torch.no_grad():
        assert torch.equal(low(x), low(x))
