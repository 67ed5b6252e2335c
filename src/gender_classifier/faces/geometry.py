"""From landmarks to a crop: the one geometry that training and prediction share."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from gender_classifier.errors import UnreadableError
from gender_classifier.images.resize import resize
from gender_classifier.images.types import Picture

LANDMARKS = ("right eye", "left eye", "nose", "right mouth corner", "left mouth corner")
"""Order of the five points; right and left are the person's own, so the right eye is left in the image."""


@dataclass(frozen=True)
class Geometry:
    """Where a face's landmarks lie in its crop.

    Example:
        >>> CANONICAL.scaled(112).points().shape
        (5, 2)

    Attributes:
        size: side of the square crop, pixels.
        landmarks: x and y of the five `LANDMARKS`, pixels of the crop.
    """

    size: int
    landmarks: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        if len(self.landmarks) != len(LANDMARKS) or any(len(point) != 2 for point in self.landmarks):
            raise UnreadableError(f"geometry: expected {len(LANDMARKS)} landmarks of two numbers")

    def points(self) -> NDArray[np.float64]:
        """Give the landmarks as an array.

        Returns:
            x and y, float64 (5, 2), pixels of the crop.
        """
        return np.array(self.landmarks, np.float64)

    def with_margin(self, margin: float) -> Geometry:
        """Give the geometry of a wider or narrower crop of the same size in pixels.

        Args:
            margin: how many times as wide the crop is about its centre, above 0: above 1 more hair and chin show.

        Returns:
            A new geometry, its landmarks rounded to a thousandth of a pixel.
        """
        centre = self.size / 2
        return replace(self, landmarks=_rows((self.points() - centre) / margin + centre))

    def scaled(self, size: int) -> Geometry:
        """Give the geometry of the same crop at another number of pixels.

        Args:
            size: side of the crop, pixels.

        Returns:
            A new geometry, its landmarks rounded to a thousandth of a pixel.
        """
        return Geometry(size, _rows(self.points() * (size / self.size)))

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, for JSON.

        Returns:
            `size`, and `landmarks` as five lists of x and y; `from_dict` takes them.
        """
        return {"size": self.size, "landmarks": [list(point) for point in self.landmarks]}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Geometry:
        """Undo `to_dict`.

        Args:
            values: with `size` and `landmarks`, as `align.json` and a model's metadata hold them.

        Returns:
            The geometry, its landmarks rounded to a thousandth of a pixel.

        Raises:
            UnreadableError: not five landmarks of two numbers.
            KeyError: `size` or `landmarks` is missing.
        """
        points = tuple(tuple(round(float(value), 3) for value in point) for point in values["landmarks"])
        return cls(int(values["size"]), points)


def _rows(points: NDArray[np.float64]) -> tuple[tuple[float, ...], ...]:
    return tuple((round(float(x), 3), round(float(y), 3)) for x, y in points)


CANONICAL = Geometry(224, ((72.2, 65.0), (150.9, 64.8), (111.1, 113.0), (78.4, 152.2), (145.2, 152.5)))
"""Median landmarks of FairFace's training images as they are: `python benchmarks/geometry.py DIR --count 2000`."""


def similarity(source: ArrayLike, target: ArrayLike) -> NDArray[np.float64]:
    """Find the rotation, uniform scale and shift that bring `source` nearest to `target`.

    Source: Umeyama, "Least-squares estimation of transformation parameters between two point
    patterns", TPAMI 1991, equations 34 to 43; without reflection.

    Args:
        source: points, (N, 2), N at least 2 and not all in one place.
        target: as many points, (N, 2), in the same order.

    Returns:
        Matrix, float64 (2, 3): its left (2, 2) rotates and scales, its last column shifts.

    Raises:
        ValueError: the source's points coincide.
    """
    a, b = np.asarray(source, np.float64), np.asarray(target, np.float64)
    mean_a, mean_b = a.mean(0), b.mean(0)
    spread = np.square(a - mean_a).sum() / len(a)
    if not spread > 0:
        raise ValueError("the points to align coincide")
    u, d, vt = np.linalg.svd((b - mean_b).T @ (a - mean_a) / len(a))
    sign = np.array([1.0, math.copysign(1.0, np.linalg.det(u) * np.linalg.det(vt))])
    rotation = u @ np.diag(sign) @ vt
    scale = float((d * sign).sum() / spread)
    return np.concatenate([scale * rotation, (mean_b - scale * rotation @ mean_a)[:, None]], axis=1)


_WARPED = 32_767
"""Pixels: OpenCV warps no image with a side of so many pixels or more."""


def crop(picture: Picture, matrix: NDArray[np.float64], size: int) -> Picture:
    """Cut a square out of an image that a matrix turns, scales and shifts.

    An image that shrinks is first reduced by area, for a warp alone would alias; what lies
    outside the image repeats its border.

    Args:
        picture: uint8 (H, W, 3).
        matrix: from the image's coordinates to the crop's, float64 (2, 3), as `similarity` gives it.
        size: side of the crop, pixels.

    Returns:
        uint8 (size, size, 3), channels as in `picture`.
    """
    scale = math.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if scale < 0.75 or max(picture.shape[:2]) >= _WARPED:
        picture, matrix = _around(picture, matrix, size, scale)
    if scale < 0.75:
        height, width = picture.shape[:2]
        small = (max(1, round(width * scale)), max(1, round(height * scale)))
        ratio = np.array([width / small[0], height / small[1]])
        picture = resize(picture, small)
        # Pixel centres are at whole numbers, so the reduced grid begins half a (large) pixel in.
        matrix = np.concatenate(
            [matrix[:, :2] * ratio, matrix[:, 2:] + matrix[:, :2] @ ((ratio - 1) / 2)[:, None]], axis=1
        )
    warped = cv2.warpAffine(picture, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _around(
    picture: Picture, matrix: NDArray[np.float64], size: int, scale: float
) -> tuple[Picture, NDArray[np.float64]]:
    """The part of `picture` that a crop needs, and the matrix from it.

    Reducing all of a photo is slow, and OpenCV warps no very long one.
    """
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float64)
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64) @ back[:, :2].T + back[:, 2]
    height, width = picture.shape[:2]
    margin = 2.0 / scale  # what filters reach beyond the crop
    # At least a pixel, where a face lies outside the image altogether.
    low = np.clip(np.floor(corners.min(0) - margin), 0, (width - 1, height - 1)).astype(int)
    high = np.clip(np.ceil(corners.max(0) + margin), low + 1, (width, height)).astype(int)
    shift = matrix[:, 2:] + matrix[:, :2] @ low[:, None].astype(np.float64)
    return picture[low[1] : high[1], low[0] : high[0]], np.concatenate([matrix[:, :2], shift], axis=1)
