"""Autocast and the gradient scaler."""

import pytest
import torch

from gender_classifier.errors import UserError
from gender_classifier.training.precision import Precision

CPU = torch.device("cpu")


def linear() -> tuple[torch.nn.Linear, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = torch.nn.Linear(4, 1)
    return model, torch.optim.SGD(model.parameters(), lr=0.1)


def test_auto_is_float32_on_the_cpu() -> None:
    model, _ = linear()
    with Precision("auto", CPU).autocast():
        assert model(torch.ones(1, 4)).dtype is torch.float32


def test_bfloat16_computes_in_it_or_says_that_it_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = linear()
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    with Precision("bfloat16", CPU).autocast():
        assert model(torch.ones(1, 4)).dtype is torch.bfloat16
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    with pytest.raises(UserError, match="bfloat16"):
        Precision("bfloat16", CPU)


def test_an_overflow_skips_the_step_and_lowers_the_scale() -> None:
    model, optimizer = linear()
    precision = Precision("float16", CPU)
    before, scale = model.weight.clone(), precision.scaler.get_scale()
    stepped = precision.step(model(torch.full((1, 4), float("inf"))).sum(), model.parameters(), optimizer, 1.0)
    assert not stepped
    torch.testing.assert_close(model.weight, before)
    assert precision.scaler.get_scale() < scale
    optimizer.zero_grad()
    assert precision.step(model(torch.ones(1, 4)).sum(), model.parameters(), optimizer, 1.0)
    assert not torch.equal(model.weight, before)


def test_clips_after_unscaling() -> None:
    # The gradient of the sum is 3 in each of four weights and 1 in the bias: norm sqrt(37), clipped to 0.5.
    model, optimizer = linear()
    before = torch.cat([model.weight.flatten(), model.bias]).clone()
    Precision("float16", CPU).step(model(torch.full((1, 4), 3.0)).sum(), model.parameters(), optimizer, 0.5)
    moved = torch.cat([model.weight.flatten(), model.bias]) - before
    assert moved.norm().item() == pytest.approx(0.1 * 0.5, rel=1e-3)


def test_scaler_state_goes_through() -> None:
    model, optimizer = linear()
    first = Precision("float16", CPU)
    first.step(model(torch.full((1, 4), float("inf"))).sum(), model.parameters(), optimizer, 0.0)
    second = Precision("float16", CPU)
    second.restore(first.state())
    assert second.state() == first.state() != Precision("float16", CPU).state()
