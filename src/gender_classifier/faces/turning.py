"""Images that stand turned by a quarter or a half, as scans without a note of it do.

The detector tells: it was trained on upright faces, and is surer of a face that stands upright than of the same face
turned (`benchmarks/turned.py` prints how much). Its landmarks do not tell: of a face that stands on its head it gives
landmarks as if it stood upright.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gender_classifier.faces.detection import Face
from gender_classifier.images.types import Picture

Find = Callable[[Picture], list[Face]]

SURE, SURE_OF_HALF = 0.88, 0.93
"""Scores from which no quarter turn, and no half turn, is tried: an image that stands so has no face of that score."""
BETTER = 0.03
"""By how much another turn's best face must be surer than the best one of the image as it stands."""
LEAST = 0.8
"""Score that the best face of another turn must have at least."""


def find_turned(picture: Picture, find: Find) -> tuple[list[Face], int]:
    """Find faces in an image as it stands and, where none or only a poor one is there, turned.

    Args:
        picture: uint8 (H, W, 3) RGB.
        find: finds upright faces in such an image, in any order; called for it, and for each turn that is tried.

    Returns:
        Faces in pixels of the image as it stands, and by how many degrees clockwise it stood turned: 0, 90, 180, 270.
    """
    faces, turned = find(picture), 0
    height, width = picture.shape[:2]
    best = _best(faces)
    wanted = max(LEAST, best + BETTER)
    for quarters in _tried(best):
        found = find(np.ascontiguousarray(np.rot90(picture, quarters)))
        if _best(found) >= wanted:
            wanted, turned = np.nextafter(_best(found), 1.0), 90 * quarters
            faces = [turned_back(face, quarters, width, height) for face in found]
    return faces, turned


def _tried(best: float) -> tuple[int, ...]:
    """Turns, in quarters, that are worth a try beside a best face of a score."""
    return () if best >= SURE_OF_HALF else (2,) if best >= SURE else (2, 1, 3)


def _best(faces: list[Face]) -> float:
    return max((face.score for face in faces), default=0.0)


def turned_back(face: Face, quarters: int, width: int, height: int) -> Face:
    """Express a face found in `numpy.rot90(image, quarters)` in pixels of the image.

    Args:
        face: as found.
        quarters: 0 to 3, anticlockwise.
        width: of the image as it stands, pixels.
        height: of it.

    Returns:
        The face with its box and landmarks moved.
    """
    x0, y0, x1, y1 = face.box
    corners = _points_back(np.array([(x0, y0), (x1, y1)]), quarters, width, height)
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    box = (float(left), float(top), float(right), float(bottom))
    # Landmarks are places of pixels, which lie between the corners that boxes are measured from.
    landmarks = _points_back(face.landmarks, quarters, width - 1, height - 1)
    return replace(face, box=box, landmarks=landmarks)


def _points_back(points: NDArray[np.float64], quarters: int, width: float, height: float) -> NDArray[np.float64]:
    x, y = points[:, 0], points[:, 1]
    back = ((x, y), (width - y, x), (width - x, height - y), (y, height - x))[quarters % 4]
    return np.stack(back, axis=1)
