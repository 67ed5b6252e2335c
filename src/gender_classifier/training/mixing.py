"""Mixup and CutMix: two training images as one, with both labels in their shares.

Sources: Zhang et al., "mixup: Beyond Empirical Risk Minimization", ICLR 2018, section 2; Yun et al., "CutMix:
Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV 2019, section 3.1. As in both, a
batch has one share, and its images are mixed with one another.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from gender_classifier.config.settings import MixConfig


def mix(images: Tensor, config: MixConfig, seed: int) -> tuple[Tensor, float]:
    """Mix each image of a batch with the one at the same place from the end.

    Args:
        images: normalised, float (N, 3, H, W).
        config: how, and how often.
        seed: of chance: whether, how and in which shares is a function of it alone.

    Returns:
        Mixed images, and the share of each one's own: 1 where nothing was mixed. The rest, `1 - share`, is its
        partner's, `images.flip(0)`.
    """
    kinds = [name for name in ("mixup", "cutmix") if getattr(config, name) > 0]
    rng = np.random.default_rng(seed)
    if not kinds or rng.random() >= config.probability:
        return images, 1.0
    kind = kinds[int(rng.integers(len(kinds)))]
    alpha = getattr(config, kind)
    share = float(rng.beta(alpha, alpha))
    if kind == "mixup":
        return torch.lerp(images.flip(0), images, share), share
    height, width = images.shape[2:]
    top, bottom, left, right = _box(height, width, share, rng)
    mixed = images.clone()
    mixed[:, :, top:bottom, left:right] = images.flip(0)[:, :, top:bottom, left:right]
    return mixed, 1.0 - (bottom - top) * (right - left) / (height * width)


def _box(height: int, width: int, share: float, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Top, bottom, left, right of a box of the image's aspect, about anywhere, clipped at the edges (equation 2)."""
    side = math.sqrt(1.0 - share)
    y, x = rng.uniform(0, height), rng.uniform(0, width)
    rows, columns = (
        np.clip(np.rint([middle - side * length / 2, middle + side * length / 2]).astype(int), 0, length)
        for middle, length in ((y, height), (x, width))
    )
    return int(rows[0]), int(rows[1]), int(columns[0]), int(columns[1])
