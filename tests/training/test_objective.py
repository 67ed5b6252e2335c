"""The loss of a batch: labels, other models' answers, further labels, mixed images."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from gender_classifier.config.reading import load_config
from gender_classifier.networks.heads import AuxiliaryHeads
from gender_classifier.training.loading import Batch
from gender_classifier.training.loss import FocalLoss
from gender_classifier.training.objective import Objective

LOGITS = torch.tensor([1.5, -0.5, 0.2, -3.0])
BATCH = Batch(
    pictures=torch.zeros(4, 32, 32, 3, dtype=torch.uint8),
    labels=torch.tensor([1.0, 0.0, 0.0, 1.0]),
    targets=torch.tensor([[0], [1], [2], [-1]]),
    soft=torch.tensor([0.9, 0.2, float("nan"), 0.4]),
)
CROSS_ENTROPY = FocalLoss(0.0, 0.5)


def objective(*changes: str) -> Objective:
    return Objective(load_config(None, changes), CROSS_ENTROPY, AuxiliaryHeads(8, []))


def test_labels_alone_are_the_criterion() -> None:
    assert objective()(LOGITS, [], BATCH).item() == CROSS_ENTROPY(LOGITS, BATCH.labels).item()


def test_answers_take_their_share_and_missing_ones_leave_the_label() -> None:
    loss = objective("soft_labels.scores=[a.csv]", "soft_labels.weight=0.25")(LOGITS, [], BATCH)
    hard = F.binary_cross_entropy_with_logits(LOGITS, BATCH.labels, reduction="none") / 2
    answers = F.binary_cross_entropy_with_logits(LOGITS, BATCH.soft, reduction="none") / 2
    expected = torch.stack([0.75 * hard[i] + 0.25 * answers[i] if i != 2 else hard[i] for i in range(4)]).mean()
    torch.testing.assert_close(loss, expected)


def test_a_missing_answer_gives_no_gradient_that_is_no_number() -> None:
    logits = LOGITS.clone().requires_grad_()
    objective("soft_labels.scores=[a.csv]", "soft_labels.weight=1")(logits, [], BATCH).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad != 0).all()


@pytest.mark.parametrize("temperature", [1.0, 2.0, 5.0])
def test_the_temperature_keeps_the_gradients_size(temperature: float) -> None:
    """For small logits the gradient is a quarter of the difference of logits, whatever T is (section 2.1)."""
    logits = torch.tensor([0.02, -0.01, 0.03, 0.0]).requires_grad_()
    answers = torch.tensor([0.01, 0.02, -0.02, 0.005])
    asked = objective("soft_labels.scores=[a.csv]", "soft_labels.weight=1", f"soft_labels.temperature={temperature}")
    asked(logits, [], BATCH._replace(soft=torch.sigmoid(answers / temperature))).backward()
    assert logits.grad is not None
    torch.testing.assert_close(logits.grad, 0.5 * (logits.detach() - answers) / 4 / 4, atol=1e-6, rtol=1e-2)


def test_mixed_images_learn_both_labels_in_their_shares() -> None:
    asked = objective("soft_labels.scores=[a.csv]", "auxiliary.columns=[race]")
    asked.heads.append(torch.nn.Linear(8, 3))
    further = [torch.randn(4, 3)]
    partners = BATCH._replace(labels=BATCH.labels.flip(0), targets=BATCH.targets.flip(0), soft=BATCH.soft.flip(0))
    own, theirs = asked(LOGITS, further, BATCH), asked(LOGITS, further, partners)
    assert abs(own - theirs) > 0.01
    torch.testing.assert_close(asked(LOGITS, further, BATCH, share=0.3), 0.3 * own + 0.7 * theirs)
