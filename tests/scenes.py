"""Photos made of one face whose place is known: the photograph of `astronaut`, pasted."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.images.types import Box

Picture = NDArray[np.uint8]

# The square of the photograph that is pasted, and the face's box in it as the detector sees it at full size.
TOP, LEFT, SIDE = 20, 110, 230
FACE = np.array([69.4, 42.8, 158.9, 154.7])
FACE_PX = 100.0
"""Side of the face in the square at its own size: square root of the box's area."""


@dataclass(frozen=True)
class Scene:
    """An image and its faces' boxes, from left to right."""

    picture: Picture
    boxes: list[Box]


def scene(astronaut: Picture, size: tuple[int, int], faces: list[tuple[float, int, int]]) -> Scene:
    """An image of `size` (width, height) with faces of a side, pixels, each square's corner at x, y.

    A square may reach beyond the image and is cut off there.
    """
    square = astronaut[TOP : TOP + SIDE, LEFT : LEFT + SIDE]
    picture = np.full((size[1], size[0], 3), 96, np.uint8)
    boxes = []
    for side, x, y in faces:
        factor = side / FACE_PX
        scaled = round(SIDE * factor)
        method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
        pasted = np.asarray(cv2.resize(square, (scaled, scaled), interpolation=method), np.uint8)
        x0, y0, x1, y1 = max(0, x), max(0, y), min(size[0], x + scaled), min(size[1], y + scaled)
        picture[y0:y1, x0:x1] = pasted[y0 - y : y1 - y, x0 - x : x1 - x]
        corners = FACE * (scaled / SIDE) + (x, y, x, y)
        boxes.append((float(corners[0]), float(corners[1]), float(corners[2]), float(corners[3])))
    return Scene(picture, sorted(boxes))


def off_by(found: Box, expected: Box) -> float:
    """Largest distance of two boxes' sides, as a share of the expected face's side."""
    side = np.sqrt((expected[2] - expected[0]) * (expected[3] - expected[1]))
    return float(np.abs(np.subtract(found, expected)).max() / side)


def landmarks_error(crop: np.ndarray, detector: FaceDetector) -> float:
    """Mean distance of the crop's landmarks from the geometry's, shares of the side."""
    found = detector.detect(crop)[0].landmarks
    return float(np.linalg.norm(found - CANONICAL.scaled(crop.shape[0]).points(), axis=1).mean()) / crop.shape[0]
