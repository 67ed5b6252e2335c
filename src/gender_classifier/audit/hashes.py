"""What an image is recognised by: 64-bit perceptual hashes, of all of it and of slight crops, and a small grey copy.

Source of the hash: Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions", 2010, section 3.2.1
(the signs of the lowest cosine coefficients against their median). Re-encoding and resizing leave these coefficients
nearly as they are, and mirroring changes the signs of every other column of them. Cropping moves all of them, so that
each image is also hashed as its crops would be.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gender_classifier.images.resize import resize
from gender_classifier.images.types import Picture

THUMB = 64
"""Side of the grey copy that pairs are compared on, pixels."""

_GRID = 160  # pixels; a twentieth of the side, the step between crops, is a whole number of them
_LOW = 8
_STEPS = ((0, 0), (1, 1), (0, 1), (1, 0), (0, 2), (2, 0))  # twentieths cut off at either end
_FLAT = 3.0  # standard deviation of grey values below which an image shows nothing to be recognised by


def _cosines() -> NDArray[np.float32]:
    """The lowest rows of the orthonormal cosine transform (DCT-II) of each step's stretch, zero where it is cut off."""
    rows = np.zeros((len(_STEPS), _LOW, _GRID))
    for step, (before, after) in enumerate(_STEPS):
        begin, end = before * _GRID // 20, _GRID - after * _GRID // 20
        length = end - begin
        angles = np.pi / length * (np.arange(length) + 0.5) * np.arange(_LOW)[:, None]
        rows[step, :, begin:end] = np.cos(angles) * np.sqrt(np.where(np.arange(_LOW) == 0, 1.0, 2.0) / length)[:, None]
    return rows.reshape(-1, _GRID).astype(np.float32)


_COSINES = _cosines()
_WEIGHTS = np.uint64(1) << np.arange(63, dtype=np.uint64)
_MIRROR = np.where(np.arange(_LOW) % 2, -1.0, 1.0).astype(np.float32)

WINDOWS = tuple(
    (left / 20, top / 20, 1 - right / 20, 1 - bottom / 20) for top, bottom in _STEPS for left, right in _STEPS
)
"""Crops that are hashed: x0, y0, x1, y1 as shares of the sides; all of the image first. Up to a tenth of each side is
cut off, in steps of a twentieth; a crop between two of them is still within a few bits of one."""


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What an image is recognised by.

    Example:
        >>> picture = np.random.default_rng(0).integers(0, 256, (96, 64, 3), np.uint8)
        >>> found = fingerprint(picture)
        >>> found.hashes.shape, found.thumb.shape
        ((36,), (64, 64))

    Attributes:
        hashes: uint64 (len(WINDOWS),), of all of the image and of its crops.
        mirrored: hash of the mirrored image.
        thumb: uint8 (THUMB, THUMB), grey, whatever the image's aspect.
    """

    hashes: NDArray[np.uint64]
    mirrored: np.uint64
    thumb: NDArray[np.uint8]


def fingerprint(picture: Picture) -> Fingerprint | None:
    """Make the fingerprint of an image.

    Args:
        picture: uint8 (H, W, 3), RGB.

    Returns:
        The fingerprint; None of a blank image, in which nothing can be told apart.
    """
    grey = cv2.cvtColor(resize(picture, (_GRID, _GRID)), cv2.COLOR_RGB2GRAY)
    if grey.std() < _FLAT:
        return None
    low = low_frequencies(np.asarray(grey, np.float32))
    thumb = cv2.resize(grey, (THUMB, THUMB), interpolation=cv2.INTER_AREA)
    return Fingerprint(hashes_of(low), hashes_of(low[:1] * _MIRROR)[0], np.asarray(thumb, np.uint8))


def low_frequencies(grey: NDArray[np.float32]) -> NDArray[np.float32]:
    """Compute the lowest cosine coefficients of each window of an image.

    Cutting a window out and transforming it are both linear, and the same along rows and columns: two products of
    matrices do it for all windows at once.

    Args:
        grey: float32 (160, 160), grey values, 0 to 255.

    Returns:
        float32 (len(WINDOWS), 8, 8), in the order of `WINDOWS`.
    """
    steps = len(_STEPS)
    blocks = (_COSINES @ grey @ _COSINES.T).reshape(steps, _LOW, steps, _LOW)
    return np.asarray(blocks.transpose(0, 2, 1, 3).reshape(-1, _LOW, _LOW), np.float32)


def hashes_of(low: NDArray[np.float32]) -> NDArray[np.uint64]:
    """Compute hashes of the lowest cosine coefficients.

    A bit a coefficient: whether it is above the median. The mean brightness is left out, and the highest bit is 0.

    Args:
        low: float32 (N, 8, 8), by `low_frequencies`.

    Returns:
        uint64 (N,).
    """
    flat = low.reshape(len(low), -1)[:, 1:]
    above = flat > np.median(flat, axis=1, keepdims=True)
    return np.asarray((above * _WEIGHTS).sum(axis=1, dtype=np.uint64))
