"""Pixels to network inputs: mean and deviation by channel, and the layout."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch

from gender_classifier.networks.normalise import DEVIATION, MEAN, normalise


def test_mean_and_deviation_by_channel_and_the_layout() -> None:
    pictures = torch.randint(0, 256, (2, 5, 4, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    found = normalise(pictures)
    assert (found.shape, found.dtype) == ((2, 3, 5, 4), torch.float32)
    assert found.is_contiguous(memory_format=torch.channels_last)
    for channel, (mean, deviation) in enumerate(zip(MEAN, DEVIATION, strict=True)):
        expected = (pictures[..., channel].double() / 255 - mean) / deviation
        torch.testing.assert_close(found[:, channel].double(), expected, atol=1e-5, rtol=0)
