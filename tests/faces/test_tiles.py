"""Panoramas and long screenshots: every face once, none cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.faces.finding import find_faces, smallest_face
from gender_classifier.faces.tiles import cores, find_in_tiles, tile_length

from ..scenes import off_by, scene

Picture = np.ndarray


@given(st.integers(1, 2000), st.integers(1, 60_000))
def test_cores_cover_all_once_and_faces_lie_within_their_tile(short: int, more: int) -> None:
    length = tile_length(short) + more
    tiles = cores(length, short)
    assert tiles[0][0] == 0
    assert tiles[-1][1] == length
    assert (tiles[0][2], tiles[-1][3]) == (-np.inf, np.inf)
    for (_, end, _, last), (begin, _, first, _) in pairwise(tiles):
        assert last == first
        # The middle of a face of the short side may lie on the edge: it reaches half as far into either tile.
        assert begin <= first - short / 2
        assert last + short / 2 <= end


def test_an_ordinary_image_is_looked_at_whole() -> None:
    seen = []
    find_in_tiles(np.zeros((100, 1280, 3), np.uint8), lambda tile: seen.append(tile.shape) or [])
    assert seen == [(100, 1280, 3)]


@pytest.mark.parametrize("upright", [False, True])
def test_a_face_in_the_overlap_counts_once_and_lies_where_it_is(upright: bool) -> None:
    picture = np.zeros((40, 6000, 3), np.uint8)
    places = [5, 1250, 1251, 1290, 2402, 5990]
    for x in places:
        picture[20, x] = 255
    tall = np.ascontiguousarray(picture.transpose(1, 0, 2)) if upright else picture

    def find(tile: Picture) -> list[Face]:
        points = np.argwhere(tile[..., 0])[:, ::-1].astype(np.float64)
        return [Face((x - 3, y - 3, x + 3, y + 3), 0.9, np.full((5, 2), (x, y))) for x, y in points]

    faces = find_in_tiles(tall, find)
    along = sorted(face.landmarks[0, int(upright)] for face in faces)
    assert along == places
    assert all(face.box[int(upright)] == face.landmarks[0, int(upright)] - 3 for face in faces)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(threads=1)


def test_a_panorama_of_many(detector: FaceDetector, astronaut: Picture) -> None:
    places = [(60.0, 40 + 240 * column, 20 + 210 * row) for column in range(33) for row in range(2)]
    wide = scene(astronaut, (33 * 240, 480), places)
    height, width = wide.picture.shape[:2]
    look = find_faces(wide.picture, detector, smallest_face(width, height, None))
    assert len(look.faces) == len(wide.boxes)
    for face, box in zip(sorted(look.faces, key=lambda f: f.box), sorted(wide.boxes), strict=True):
        assert min(off_by(face.box, other) for other in wide.boxes) < 0.2
        assert box[0] < width


@pytest.mark.parametrize(("side", "size"), [(106.0, (1080, 20000)), (700.0, (1080, 12000)), (60.0, (20000, 200))])
def test_one_face_in_a_long_image(
    side: float, size: tuple[int, int], detector: FaceDetector, astronaut: Picture
) -> None:
    """Also one that is too large to be judged at the scale at which small ones are sought."""
    x, y = (size[0] // 3, 20) if size[0] > size[1] else (-150 if side > 500 else 400, size[1] // 3)
    one = scene(astronaut, size, [(side, x, y)])
    look = find_faces(one.picture, detector, smallest_face(*size, None))
    assert len(look.faces) == 1
    assert off_by(look.faces[0].box, one.boxes[0]) < 0.15
