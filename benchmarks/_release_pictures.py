"""What `release.py` does to a face crop before the network sees it: the same for every model and every run."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.corruptions.framing import Framing
from gender_classifier.corruptions.image import degrade
from gender_classifier.images.resize import fit, resize

Picture = NDArray[np.uint8]
Change = Callable[[Picture, int], Picture]
"""From a crop, uint8 (224, 224, 3), and its number in the test to a network's input, uint8 (size, size, 3)."""

SIDE = 224
FACE_SIZES = (20, 25, 30, 40, 50, 75, 100)
STRENGTH = 0.5
SHIFTS = (-0.15, -0.10, -0.05, 0.0, 0.05, 0.10, 0.15)
SCALES = (0.8, 0.9, 1.0, 1.1, 1.25)
DEGREES = (-30.0, -20.0, -10.0, 0.0, 10.0, 20.0, 30.0)


def plain(size: int) -> Change:
    """The crop as it is, at the network's size."""
    return lambda picture, _number: fit(picture, size)


def reduced(pixels: int, size: int) -> Change:
    """A face of `pixels` by `pixels`: reduced by area, then brought to the network's size as prediction does."""
    return lambda picture, _number: fit(resize(picture, (pixels, pixels)), size)


def degraded(kind: str, size: int) -> Change:
    """Middle strength of `corruptions.image`, on the crop's own pixels; its chance is a function of number and kind."""

    def change(picture: Picture, number: int) -> Picture:
        rng = np.random.default_rng((number, zlib.crc32(kind.encode())))
        return fit(degrade(picture, kind, STRENGTH, rng), size)

    return change


def _compress(picture: Picture) -> Picture:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=10)
    with Image.open(buffer) as image:
        return np.array(image, np.uint8)


PEERS_CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "clean": lambda picture: picture,
    "blur σ 3": lambda picture: np.asarray(cv2.GaussianBlur(picture, (0, 0), 3.0), np.uint8),
    "JPEG 10": _compress,
    "32 px": lambda picture: resize(resize(picture, (32, 32)), (SIDE, SIDE)),
    "brightness × 0.3": lambda picture: np.asarray(np.rint(picture * np.float32(0.3)), np.uint8),
}
"""The changes by which the peers were measured (`_release_tables.PEERS`), on the crop's own 224 pixels."""


def as_peers(name: str, size: int) -> Change:
    """One of `PEERS_CHANGES`, at the network's size."""
    return lambda picture, _number: fit(PEERS_CHANGES[name](picture), size)


def framed(size: int, *, right: float = 0.0, down: float = 0.0, scale: float = 1.0, degrees: float = 0.0) -> Change:
    """The crop as a wrong box would give it; its border is repeated beyond it, as prediction's crops do.

    Args:
        size: of the network's input, pixels.
        right, down: by how much of the side the face moves in the crop.
        scale: how large the face becomes.
        degrees: by which it turns clockwise.
    """
    framing = Framing(right, down, scale, scale, degrees)
    return lambda picture, _number: framing.apply(picture, size)


def framings() -> Iterator[tuple[str, float, dict[str, float]]]:
    """Kind, amount and the arguments of `framed`, the untouched framing once for each kind."""
    for kind, name, amounts in (
        ("shift right", "right", SHIFTS),
        ("shift down", "down", SHIFTS),
        ("scale", "scale", SCALES),
        ("rotation", "degrees", DEGREES),
    ):
        for amount in amounts:
            yield kind, amount, {name: amount}
