"""The faces of an image, from left to right, as every command finds them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.faces.tiles import find_in_tiles
from gender_classifier.faces.turning import find_turned
from gender_classifier.images.read import largest_reduction
from gender_classifier.images.resize import resize
from gender_classifier.images.types import Picture

SMALLEST = 24
"""Side of the smallest face sought, pixels, in a photo of up to 1,280 pixels; larger photos: in proportion."""

_SMALLEST_OF = 1280
_WIDE = 16 / 9
# The box of a face near the smallest comes out up to a fifth smaller than that of the same face seen larger.
_AS_MEASURED = 0.8
# Below this many pixels a face loses what it is told by: reading a photo reduced must leave it as many.
_ENOUGH = 32
# What a face that leaves the frame lacks is made up by this share of the image's side, its border repeated.
_BEYOND = 0.3
_BEYOND_LOOK = 320


@dataclass(frozen=True, eq=False)
class Look:
    """What was found in an image.

    Example:
        >>> find_faces(np.zeros((120, 160, 3), np.uint8), FaceDetector(threads=1), smallest=24)
        Look(faces=[], turned=0, too_small=0)

    Attributes:
        faces: from left to right, in pixels of the image as it stands.
        turned: by how many degrees clockwise it stood turned: 0, 90, 180 or 270.
        too_small: number of faces that were found and do not count, being smaller than asked for.
    """

    faces: list[Face]
    turned: int = 0
    too_small: int = 0


def smallest_face(width: int, height: int, asked: int | None) -> float:
    """Give the side of the smallest face to seek in a photo.

    In proportion it is `SMALLEST` where the longer side has up to 1,280 pixels, and more in a larger photo. Of an image
    longer than 16:9 the longer side counts as 16/9 of the shorter one.

    Args:
        width: of the photo, pixels.
        height: of it.
        asked: side that was asked for, pixels; None: in proportion.

    Returns:
        Pixels of the photo; `asked` as it is, else at least `SMALLEST`.
    """
    if asked is not None:
        return float(asked)
    side = min(max(width, height), _WIDE * min(width, height))
    return SMALLEST * max(1.0, side / _SMALLEST_OF)


def reduction_for(smallest: float) -> int:
    """Say by how much a photo may be reduced while it is read.

    Args:
        smallest: side of the smallest face that counts, pixels of the photo as stored.

    Returns:
        1, 2, 4 or 8: by how much each side may become shorter; the smallest face keeps at least 32 pixels, or
        all that it has.
    """
    return largest_reduction(smallest, _ENOUGH)


def find_faces(picture: Picture, detector: FaceDetector, smallest: float, rotate: bool = True) -> Look:
    """Find the faces of an image; also one that fills or leaves the frame, and those of an image that stands turned.

    Args:
        picture: uint8 (H, W, 3) RGB.
        detector: finds them.
        smallest: side of the smallest face that counts, pixels of `picture`.
        rotate: seek at quarter turns where none or only a poor face is found.

    Returns:
        The faces that count, how the image stood, and how many faces are too small.
    """
    least, too_small = _AS_MEASURED * smallest, 0
    sought = max(1, math.floor(smallest))

    def find(standing: Picture) -> list[Face]:
        nonlocal too_small
        every = find_in_tiles(standing, lambda tile: detector.detect(tile, min_face=sought))
        found = [face for face in every if face.side >= least]
        too_small = max(too_small, len(every) - len(found))
        return found or _beyond_frame(standing, detector, least)

    faces, turned = find_turned(picture, find) if rotate else (find(picture), 0)
    return Look(sorted(faces, key=lambda face: face.box[0] + face.box[2]), turned, too_small)


def _beyond_frame(picture: Picture, detector: FaceDetector, least: float) -> list[Face]:
    """The largest face where one fills or leaves the frame, sought with the image's border repeated around it."""
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
