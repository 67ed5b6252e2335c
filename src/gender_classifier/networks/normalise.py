"""Pixels to network inputs: the one place where mean and deviation stand."""

from __future__ import annotations

import torch
from torch import Tensor

# ImageNet's channel mean and standard deviation, of pixels in 0 ... 1, in the order R, G, B.
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)


def normalise(pictures: Tensor) -> Tensor:
    """Turn RGB images into the network's input: 0 is ImageNet's mean, 1 a standard deviation above it, by channel.

    Args:
        pictures: uint8 (N, H, W, 3), on any device.

    Returns:
        float32 (N, 3, H, W) on the same device, laid out channels-last in memory.
    """
    scale = torch.tensor([1.0 / (255.0 * d) for d in DEVIATION], device=pictures.device)
    offset = torch.tensor([-m / d for m, d in zip(MEAN, DEVIATION, strict=True)], device=pictures.device)
    # A permuted view of NHWC is NCHW in channels-last layout: nothing is copied for it.
    return (pictures.float() * scale + offset).permute(0, 3, 1, 2)
