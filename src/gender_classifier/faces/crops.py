"""Every face of a photo, each as the canonical crop that a network was trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from gender_classifier.faces.align import settle
from gender_classifier.faces.detect import Face, FaceDetector
from gender_classifier.faces.geometry import Geometry, crop, similarity
from gender_classifier.images.read import largest_reduction
from gender_classifier.images.resize import resize

Picture = NDArray[np.uint8]

SMALLEST = 24
"""Side of the smallest face sought, pixels, in a photo of up to 1,280 pixels; larger photos: in proportion."""

_SMALLEST_OF = 1280
# The box of a face near the smallest comes out up to a fifth smaller than that of the same face seen larger.
_AS_MEASURED = 0.8
# Below this many pixels a face loses what it is told by: reading a photo reduced must leave it as many.
_ENOUGH = 32
# What a face that leaves the frame lacks is made up by this share of the picture's side, its border repeated.
_BEYOND = 0.3
_BEYOND_LOOK = 320


@dataclass(frozen=True, eq=False)
class FaceCrop:
    """A face and its crop, uint8 (size, size, 3) RGB."""

    face: Face
    picture: Picture


def smallest_face(width: int, height: int, asked: int | None) -> float:
    """Side of the smallest face to seek in a photo, its pixels: as asked, or :data:`SMALLEST` in proportion."""
    return float(asked) if asked is not None else SMALLEST * max(1.0, max(width, height) / _SMALLEST_OF)


def reduction_for(smallest: float) -> int:
    """By how much (1, 2, 4, 8) a photo may be reduced while reading when faces from ``smallest`` pixels matter."""
    return largest_reduction(smallest, _ENOUGH)


def face_crops(picture: Picture, detector: FaceDetector, geometry: Geometry, smallest: float) -> list[FaceCrop]:
    """Faces from left to right with their crops.

    Args:
        picture: uint8 (H, W, 3) RGB.
        detector: finds them.
        geometry: of the crops.
        smallest: side of the smallest face that counts, pixels of ``picture``.
    """
    crops = []
    for face in find_faces(picture, detector, smallest):
        landmarks = settle(picture, face.landmarks, detector)
        crops.append(FaceCrop(face, crop(picture, similarity(landmarks, geometry.points()), geometry.size)))
    return crops


def find_faces(picture: Picture, detector: FaceDetector, smallest: float) -> list[Face]:
    """Faces from left to right, in pixels of ``picture``; also one that fills or leaves the frame.

    The arguments are those of :func:`face_crops`.
    """
    least = _AS_MEASURED * smallest
    found = [f for f in detector.detect(picture, min_face=max(1, math.floor(smallest))) if f.side >= least]
    found = found or _beyond_frame(picture, detector, least)
    return sorted(found, key=lambda face: face.box[0] + face.box[2])


def _beyond_frame(picture: Picture, detector: FaceDetector, least: float) -> list[Face]:
    """The largest face where one fills or leaves the frame, sought with the picture's border repeated around it."""
    height, width = picture.shape[:2]
    scale = min(1.0, _BEYOND_LOOK / max(height, width))
    small = resize(picture, (max(1, round(width * scale)), max(1, round(height * scale))))
    edge = round(_BEYOND * max(small.shape[:2]))
    padded = np.asarray(cv2.copyMakeBorder(small, edge, edge, edge, edge, cv2.BORDER_REPLICATE), np.uint8)
    ratio = np.array([width / small.shape[1], height / small.shape[0]])
    faces = []
    for face in detector.detect(padded, min_face=SMALLEST):
        low, high = ((np.array(corner) - edge) * ratio for corner in (face.box[:2], face.box[2:]))
        x, y = (low + high) / 2
        box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        moved = replace(face, box=box, landmarks=(face.landmarks - edge) * ratio)
        if 0 <= x <= width and 0 <= y <= height and moved.side >= least:
            faces.append(moved)
    return sorted(faces, key=lambda face: -face.side)[:1]
