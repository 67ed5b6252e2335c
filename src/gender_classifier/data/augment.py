"""Augmentation by class: the same operations for women and men, at a strength for each.

Were an operation used for one class only, the network would learn the operation: if only
women are blurred, blur means woman. So both policies name the same operations, and a
policy differs in probability and strength alone.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from gender_classifier.config.settings import AugmentConfig, Policy
from gender_classifier.corruptions.image import KINDS, degrade
from gender_classifier.images.types import Picture

# Red, green, blue to luma (ITU-R BT.601).
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def policies(config: AugmentConfig, female: int, male: int) -> tuple[Policy, Policy] | None:
    """Give each class its augmentation policy: the stronger one to the class with fewer images.

    Args:
        config: the run's settings of augmentation.
        female: images of women in train.
        male: images of men in train.

    Returns:
        The policies of (female, male); women have the minority's where both have as many images. Both have the
        majority's where `per_class` is off. None where augmentation is off.
    """
    if not config.enabled:
        return None
    if not config.per_class:
        return config.majority, config.majority
    return (config.minority, config.majority) if female <= male else (config.majority, config.minority)


def augment(picture: Picture, policy: Policy, rng: np.random.Generator, size: int | None = None) -> Picture:
    """Make a changed copy of a training image: moved, recoloured, degraded, partly erased, each by chance.

    Args:
        picture: uint8 (H, W, 3), RGB, square or not; it is not changed.
        policy: what may happen, how often and how strongly.
        rng: of this image and epoch; in the same state it makes the same changes.
        size: height and width to bring it to, in the step that moves it: each interpolation blurs, two do so more. At
            most as large as the image; None: it stays as large as it is.

    Returns:
        uint8 (H, W, 3), or (size, size, 3), RGB; `picture` itself where nothing happened.
    """
    picture = _move(picture, policy, rng, size)
    picture = _recolour(picture, policy, rng)
    if rng.random() < policy.degrade:
        kind = KINDS[int(rng.integers(len(KINDS)))]
        picture = degrade(picture, kind, float(rng.uniform(0.0, policy.degrade_strength)), rng)
    if rng.random() < policy.erase:
        picture = _erase(picture, rng)
    return np.ascontiguousarray(picture)


def _move(picture: Picture, policy: Policy, rng: np.random.Generator, size: int | None) -> Picture:
    """Turn, scale, shift and mirror about the middle; a pixel's place is that of its centre."""
    height, width = picture.shape[:2]
    down, across = (height, width) if size is None else (size, size)
    flip = rng.random() < policy.flip
    scale = rng.uniform(1.0 - policy.scale, 1.0 + policy.scale)
    angle = math.radians(rng.uniform(-policy.rotate, policy.rotate))
    shift = rng.uniform(-policy.shift, policy.shift, 2) * (across, down)
    if flip:
        picture = np.asarray(cv2.flip(picture, 1), np.uint8)
    if policy.scale == policy.shift == policy.rotate == 0.0:
        if (height, width) == (down, across):
            return picture
        return np.asarray(cv2.resize(picture, (across, down), interpolation=cv2.INTER_AREA), np.uint8)
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]]) * (across / width, down / height)
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    place = np.array([(across - 1) / 2, (down - 1) / 2]) + shift - turn @ centre
    matrix = np.column_stack([turn, place])
    moved = cv2.warpAffine(picture, matrix, (across, down), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(moved, np.uint8)


def _recolour(picture: Picture, policy: Policy, rng: np.random.Generator) -> Picture:
    brightness, contrast, saturation = 1.0 + rng.uniform(-policy.colour, policy.colour, 3)
    grey = rng.random() < policy.grey
    if policy.colour == 0.0 and not grey:
        return picture
    mix = 0.0 if grey else float(saturation)
    # Saturation is a blend with luma, a 3 x 3 matrix; brightness and contrast are one line: all of it in one pass.
    matrix = mix * np.eye(3, dtype=np.float32) + (1.0 - mix) * np.tile(_LUMA, (3, 1))
    gain = float(brightness * contrast)
    offset = float((1.0 - contrast) * picture.mean() * brightness)
    full = np.concatenate([gain * matrix, np.full((3, 1), offset, np.float32)], axis=1)
    return np.asarray(cv2.transform(picture, full), np.uint8)


def _erase(picture: Picture, rng: np.random.Generator) -> Picture:
    """Random erasing with noise (Zhong et al., AAAI 2020, algorithm 1): 2 to 20 % of the area."""
    height, width = picture.shape[:2]
    area = rng.uniform(0.02, 0.2) * height * width
    aspect = math.exp(rng.uniform(math.log(0.3), math.log(3.3)))
    h = min(height, max(1, round(math.sqrt(area * aspect))))
    w = min(width, max(1, round(math.sqrt(area / aspect))))
    y, x = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
    erased = picture.copy()
    erased[y : y + h, x : x + w] = rng.integers(0, 256, (h, w, 3), dtype=np.uint8)
    return erased
