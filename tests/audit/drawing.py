"""Images to audit: drawn faces, and what becomes of an image on its way through the world."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.data.synthetic import draw_face
from gender_classifier.images.resize import resize

Picture = NDArray[np.uint8]


def face(number: int, size: int = 128) -> Picture:
    """A drawn face, another for each number."""
    # Of other seeds some wear one cloth in two colours, and a copy may be recoloured: they count as copies.
    return draw_face(number % 2, size, np.random.default_rng((11, number)))


def encoded(picture: Picture, quality: int) -> Picture:
    """Through a JPEG file and back."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.array(Image.open(buffer), np.uint8)


def _cut(picture: Picture, left: float, top: float, right: float, bottom: float) -> Picture:
    height, width = picture.shape[:2]
    return picture[round(top * height) : round((1 - bottom) * height), round(left * width) : round((1 - right) * width)]


CHANGES: dict[str, Callable[[Picture], Picture]] = {
    "re-encoded": lambda p: encoded(p, 40),
    "halved": lambda p: resize(p, (p.shape[1] // 2, p.shape[0] // 2)),
    "enlarged": lambda p: resize(p, (p.shape[1] * 2, p.shape[0] * 2)),
    "mirrored": lambda p: np.ascontiguousarray(p[:, ::-1]),
    "cropped all round": lambda p: _cut(p, 0.05, 0.05, 0.05, 0.05),
    "cropped at a side": lambda p: _cut(p, 0.0, 0.0, 0.09, 0.0),
    "cropped at a corner": lambda p: _cut(p, 0.07, 0.04, 0.0, 0.0),
    "cropped, mirrored, re-encoded": lambda p: encoded(
        np.ascontiguousarray(_cut(p, 0.02, 0.06, 0.05, 0.02)[:, ::-1]), 60
    ),
}
"""What a copy may have gone through."""
