"""The one resize, for training, evaluation and prediction alike."""

from __future__ import annotations

import cv2
import numpy as np

from gender_classifier.images.read import MAX_PIXELS
from gender_classifier.images.types import Picture


def resize(picture: Picture, size: tuple[int, int]) -> Picture:
    """Resize an image: area averaging down, bilinear up.

    Averaging over the area is the low-pass filter without which shrinking aliases.

    Args:
        picture: uint8 (H, W, 3) or (H, W).
        size: width and height, pixels.

    Returns:
        uint8 (height, width, 3) or (height, width); `picture` itself where it has that size.
    """
    width, height = size
    if picture.shape[:2] == (height, width):
        return picture
    shrinks = width < picture.shape[1] or height < picture.shape[0]
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method), np.uint8)


def fit(picture: Picture, size: int, mode: str = "stretch") -> Picture:
    """Make an image square.

    Args:
        picture: uint8 (H, W, 3).
        size: side of the square, pixels.
        mode: `stretch` ignores the aspect; `crop` takes the central square; `pad` repeats the
            border along the short side.

    Returns:
        uint8 (size, size, 3).

    Raises:
        ValueError: another mode.
    """
    height, width = picture.shape[:2]
    if mode == "crop":
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        picture = picture[top : top + side, left : left + side]
    elif mode == "pad":
        side = max(height, width)
        if side * side > MAX_PIXELS:  # memory would grow with the square of a panorama's length
            picture = resize(picture, (max(1, round(width * size / side)), max(1, round(height * size / side))))
            (height, width), side = picture.shape[:2], size
        top, left = (side - height) // 2, (side - width) // 2
        bordered = cv2.copyMakeBorder(
            picture, top, side - height - top, left, side - width - left, cv2.BORDER_REPLICATE
        )
        picture = np.asarray(bordered, np.uint8)
    elif mode != "stretch":
        raise ValueError(f"fit mode {mode!r}: known are stretch, crop and pad")
    return resize(picture, (size, size))
