"""A part computed twice a step learns what it would learn computed once."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
from torch import nn

from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.recompute import recomputed

from ..small_network import NARROW


def test_statistics_and_gradients_are_as_without() -> None:
    pictures = torch.randn(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    made = []
    for recompute in (False, True):
        torch.manual_seed(3)
        model = EfficientNet(0.4, 0.2, grad_checkpointing=recompute, config=NARROW).train()
        torch.manual_seed(4)
        model(pictures).square().sum().backward()
        made.append(model)
    plain, again = made
    moved = dict(plain.named_buffers())
    assert any(name.endswith("running_mean") and value.abs().max() > 0 for name, value in moved.items())
    assert [name for name, value in again.named_buffers() if not torch.equal(value, moved[name])] == []
    for mine, theirs in zip(again.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=1e-4, atol=1e-6)


def test_norms_are_as_they_were_afterwards() -> None:
    norm, frozen = nn.BatchNorm2d(2, momentum=0.3), nn.BatchNorm2d(2).eval()
    recomputed(nn.Sequential(norm, frozen), torch.randn(4, 2, 3, 3).requires_grad_()).square().sum().backward()
    assert (norm.momentum, int(norm.num_batches_tracked)) == (0.3, 1)
    assert (frozen.momentum, int(frozen.num_batches_tracked)) == (0.1, 0)
    assert torch.equal(frozen.running_mean, torch.zeros(2))


def test_norms_are_as_they_were_after_an_error() -> None:
    class Once(nn.Module):
        calls = 0

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            self.calls += 1
            if self.calls > 1:
                raise MemoryError
            return x.square()

    part = nn.Sequential(nn.BatchNorm2d(2), Once())
    output = recomputed(part, torch.randn(4, 2, 3, 3).requires_grad_())
    with pytest.raises(MemoryError):
        output.sum().backward()
    assert part[0].momentum == 0.1
    assert part[0].num_batches_tracked is not None
