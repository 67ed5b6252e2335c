"""Panoramas and long screenshots: looked at in overlapping tiles, so that none of it is shrunk to nothing.

Each face's middle lies in the core of one tile alone, and a face no larger than the image's short side lies wholly in
the tile that has its middle: no face is cut, and none counts twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np

from gender_classifier.faces.detection import Face
from gender_classifier.images.types import Picture

LONG, SHORTEST = 3, 1280
"""A tile is so many times longer than it is wide, or so many pixels long where that is more."""


def find_in_tiles(picture: Picture, find: Callable[[Picture], list[Face]]) -> list[Face]:
    """Find the faces of an image, in tiles where it is long.

    Args:
        picture: uint8 (H, W, 3) RGB.
        find: finds faces in one tile, an image of the same kind, in pixels of the tile; called once for each tile.

    Returns:
        Faces in pixels of the image, tile by tile.
    """
    height, width = picture.shape[:2]
    short, length = min(height, width), max(height, width)
    if length <= tile_length(short):
        return find(picture)
    axis = 0 if width >= height else 1  # of x, y
    faces: list[Face] = []
    for begin, end, first, last in cores(length, short):
        tile = picture[:, begin:end] if axis == 0 else picture[begin:end]
        for face in find(np.ascontiguousarray(tile)):
            middle = (face.box[axis] + face.box[axis + 2]) / 2 + begin
            if first <= middle < last:
                faces.append(_moved(face, axis, begin))
    return faces


def tile_length(short: int) -> int:
    """Give the length of a tile.

    Args:
        short: the tile's other side, which is the image's shorter one, pixels.

    Returns:
        Pixels; images up to this long are not cut.
    """
    return max(LONG * short, SHORTEST)


def cores(length: int, short: int) -> list[tuple[int, int, float, float]]:
    """Cut a length into tiles that overlap by `short` or more, each with a core; the cores share nothing.

    Args:
        length: of the image's longer side, pixels, more than `tile_length(short)`.
        short: its shorter side, pixels.

    Returns:
        (begin, end, first, last) of each tile, pixels: where it lies, and where the middles of its faces lie. The first
        core begins before the image and the last one ends behind it, for a face may reach beyond.
    """
    size = tile_length(short)
    step = size - short
    count = max(1, -(-(length - short) // step))
    begins = [round(place * (length - size) / max(1, count - 1)) for place in range(count)]
    edges = [-float("inf"), *((a + size + b) / 2 for a, b in pairwise(begins)), float("inf")]
    return [(begin, begin + size, *edges[i : i + 2]) for i, begin in enumerate(begins)]  # type: ignore[misc]


def _moved(face: Face, axis: int, by: int) -> Face:
    box = list(face.box)
    box[axis] += by
    box[axis + 2] += by
    landmarks = face.landmarks.copy()
    landmarks[:, axis] += by
    return replace(face, box=tuple(box), landmarks=landmarks)  # type: ignore[arg-type]
