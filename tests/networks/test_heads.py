"""Heads for training alone."""

from __future__ import annotations

import math

import pytest
import torch

from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.networks.heads import AuxiliaryHeads, WithAuxiliary


def test_a_head_that_only_guesses_costs_one_whatever_the_number_of_classes() -> None:
    heads = AuxiliaryHeads(1280, [2, 9])
    loss = heads.loss([torch.zeros(4, 2), torch.zeros(4, 9)], torch.tensor([[0, 3], [1, 8], [0, 0], [1, 5]]))
    assert loss.item() == pytest.approx(1.0)


def test_the_unknown_count_for_nothing() -> None:
    heads = AuxiliaryHeads(1280, [3])
    logits = torch.tensor([[2.0, 0.0, 0.0], [9.0, -9.0, 0.0]], requires_grad=True)
    loss = heads.loss([logits], torch.tensor([[0], [-1]]))
    assert loss.item() == pytest.approx((math.log(math.e**2 + 2) - 2) / math.log(3), rel=1e-5)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[1].abs().sum() == 0
    assert heads.loss([logits.detach()], torch.tensor([[-1], [-1]])).item() == 0.0


def test_the_gender_logit_is_the_networks_own() -> None:
    torch.manual_seed(0)
    network = EfficientNet().eval()
    both = WithAuxiliary(network, AuxiliaryHeads(1280, [7, 9])).eval()
    pictures = torch.randn(2, 3, 32, 32)
    logits, further = both(pictures)
    torch.testing.assert_close(logits, network(pictures))
    assert [tuple(each.shape) for each in further] == [(2, 7), (2, 9)]
