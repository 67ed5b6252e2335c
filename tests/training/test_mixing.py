"""Mixup and CutMix against what the papers write."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gender_classifier.config.settings import MixConfig
from gender_classifier.training.mixing import mix

IMAGES = torch.randn(6, 3, 20, 30, generator=torch.Generator().manual_seed(0))


def test_off_by_default() -> None:
    mixed, share = mix(IMAGES, MixConfig(), 3)
    assert mixed is IMAGES
    assert share == 1.0


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_mixup_is_a_weighted_mean_with_the_partner(seed: int) -> None:
    mixed, share = mix(IMAGES, MixConfig(mixup=0.4), seed)
    assert 0.0 <= share <= 1.0
    torch.testing.assert_close(mixed, share * IMAGES + (1 - share) * IMAGES.flip(0), atol=1e-5, rtol=1e-4)


@given(st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_cutmix_takes_a_box_and_its_area_is_the_partners_share(seed: int) -> None:
    mixed, share = mix(IMAGES, MixConfig(cutmix=1.0), seed)
    theirs = (mixed != IMAGES).all(1)
    assert theirs.float().mean().item() == pytest.approx(1.0 - share, abs=1e-6)
    partner = IMAGES.flip(0)
    torch.testing.assert_close(mixed, torch.where(theirs[:, None], partner, IMAGES), rtol=0, atol=0)
    rows, columns = (torch.nonzero(theirs[0].any(axis)).flatten() for axis in (1, 0))
    if len(rows):
        assert int(theirs[0].sum()) == len(rows) * len(columns)
        assert rows.tolist() == list(range(int(rows[0]), int(rows[-1]) + 1))


def test_some_batches_are_left_as_they_are_and_both_kinds_take_turns() -> None:
    shares = [mix(IMAGES, MixConfig(mixup=1.0, probability=0.3), seed)[1] for seed in range(300)]
    assert 0.2 < np.mean([share < 1.0 for share in shares]) < 0.4
    both = [mix(IMAGES, MixConfig(mixup=1.0, cutmix=1.0), seed)[0] for seed in range(60)]
    boxes = [bool((mixed == IMAGES).any() or (mixed == IMAGES.flip(0)).any()) for mixed in both]
    assert 15 < sum(boxes) < 45


def test_the_same_seed_mixes_the_same() -> None:
    config = MixConfig(mixup=0.2, cutmix=1.0, probability=0.8)
    for seed in range(20):
        (first, share), (again, same) = mix(IMAGES, config, seed), mix(IMAGES, config, seed)
        assert share == same
        assert torch.equal(first, again)
