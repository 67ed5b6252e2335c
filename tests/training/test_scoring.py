"""Logits in the samples' order, and a split judged at its swept threshold or at one half."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch
from PIL import Image
from torch import nn

from gender_classifier.config.settings import ThresholdConfig
from gender_classifier.data.datasets import Sample
from gender_classifier.errors import FoundWrongError
from gender_classifier.training.loss import FocalLoss
from gender_classifier.training.scoring import finite, judge, score

LABELS = np.array([0, 0, 1, 1], np.int64)
LOGITS = np.array([-3.0, 1.0, 2.0, 4.0], np.float32)


class Brightness(nn.Module):
    """Says how bright an image is, and refuses to be asked while it trains."""

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        assert not self.training
        return pictures.mean(dim=(1, 2, 3))


def test_logits_in_order_and_training_goes_on(tmp_path: Path) -> None:
    samples = []
    for place, value in enumerate((200, 10, 90, 250, 40)):
        Image.new("RGB", (16, 16), (value,) * 3).save(tmp_path / f"{place}.png")
        samples.append(Sample(tmp_path / f"{place}.png", f"{place}.png", 0))
    model = Brightness().train()
    logits = score(model, samples, 8, "stretch", torch.device("cpu"))
    assert (logits.dtype, logits.argsort().tolist()) == (np.float32, [1, 4, 2, 0, 3])
    assert model.training
    assert score(model, [], 8, "stretch", torch.device("cpu")).shape == (0,)


def test_judged_at_the_swept_threshold_or_at_one_half() -> None:
    criterion = FocalLoss(gamma=0.0, alpha=0.5)
    swept = judge(LABELS, LOGITS, criterion, ThresholdConfig(metric="accuracy"))
    plain = judge(LABELS, LOGITS, criterion, ThresholdConfig(enabled=False))
    assert (swept["accuracy"], plain["accuracy"]) == (1.0, 0.75)
    assert plain["threshold"] == 0.5
    assert 1 / (1 + np.exp(-1.0)) < swept["threshold"] <= 1 / (1 + np.exp(-2.0))
    assert swept["loss"] == plain["loss"] > 0


@pytest.mark.parametrize("logits", [[0.5, np.nan], [np.inf, 0.5], []])
def test_answers_that_are_no_numbers_are_what_was_found(logits: list[float]) -> None:
    assert finite(LOGITS, "val", 0) is LOGITS
    with pytest.raises(FoundWrongError, match=r"on `val` is not finite at epoch 3: lower optimizer\.rate"):
        finite(np.array(logits, np.float32), "val", 2)
