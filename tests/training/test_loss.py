"""Focal loss against a float64 reference."""

import numpy as np
import pytest
import torch

from gender_classifier.config.settings import LossConfig
from gender_classifier.training.loss import FocalLoss, build_loss


def reference(logits: np.ndarray, labels: np.ndarray, gamma: float, alpha: float) -> np.ndarray:
    toward = np.where(labels == 1, logits, -logits).astype(np.float64)
    log_p = -np.logaddexp(0.0, -toward)
    one_minus_p = np.exp(-np.logaddexp(0.0, toward))
    return -np.where(labels == 1, alpha, 1 - alpha) * one_minus_p**gamma * log_p


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("alpha", [0.0, 0.25, 0.5, 1.0])
def test_equals_the_reference(gamma: float, alpha: float) -> None:
    logits = np.linspace(-15, 15, 121)
    for label in (0, 1):
        labels = np.full_like(logits, label)
        got = FocalLoss(gamma, alpha).each(
            torch.tensor(logits, dtype=torch.float32), torch.tensor(labels, dtype=torch.float32)
        )
        np.testing.assert_allclose(got.numpy(), reference(logits, labels, gamma, alpha), rtol=1e-5, atol=1e-6)


def test_is_stable_at_large_logits() -> None:
    logits = torch.tensor([-100.0, 100.0, -100.0, 100.0], requires_grad=True)
    loss = FocalLoss(2.0, 0.5)(logits, torch.tensor([0.0, 1.0, 1.0, 0.0]))
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(logits.grad).all()
    assert loss.item() == pytest.approx(0.25 * 100.0, rel=1e-5)


def test_gamma_zero_is_half_of_cross_entropy() -> None:
    logits, labels = torch.randn(64), (torch.rand(64) > 0.5).float()
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, labels) / 2
    torch.testing.assert_close(FocalLoss(0.0, 0.5)(logits, labels), expected)


def test_label_smoothing_moves_the_minimum() -> None:
    logits = torch.linspace(-6, 6, 1201)
    loss = FocalLoss(0.0, 0.5, 0.1).each(logits, torch.ones_like(logits))
    assert torch.sigmoid(logits[loss.argmin()]).item() == pytest.approx(0.9, abs=0.01)


def test_alpha_follows_the_share_that_is_drawn() -> None:
    auto = LossConfig()
    # One woman in five: the positive class (male) weighs 0.2, so that both classes weigh alike in sum.
    assert build_loss(auto, 0.2).alpha == pytest.approx(0.2)
    # Drawn one to one they are balanced already: the counts would correct that a second time.
    assert build_loss(auto, 0.5).alpha == 0.5
    assert build_loss(LossConfig(alpha=0.7), 0.2).alpha == 0.7


def test_bce_has_no_focusing() -> None:
    assert build_loss(LossConfig(name="bce", gamma=2.0), 0.5).gamma == 0.0
