"""Images that stand turned: found to, and boxes and landmarks given as the image stands."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gender_classifier.faces.crops import central_crop, face_crops
from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.faces.finding import find_faces
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.faces.turning import (
    BETTER,
    LEAST,
    SURE,
    SURE_OF_HALF,
    find_turned,
    turned_back,
)
from gender_classifier.images.read import read_picture

from ..scenes import scene

Picture = np.ndarray
GEOMETRY = CANONICAL.scaled(112)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(threads=1)


@given(st.integers(0, 3), st.integers(8, 40), st.integers(8, 40), st.data())
@settings(max_examples=60, deadline=None)
def test_a_pixel_is_given_back_where_it_was(quarters: int, width: int, height: int, data: st.DataObject) -> None:
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    picture = np.zeros((height, width), np.uint8)
    picture[y, x] = 1
    ((row, column),) = np.argwhere(np.rot90(picture, quarters))
    found = Face((column, row, column + 1, row + 1), 0.9, np.full((5, 2), (column, row), np.float64))
    back = turned_back(found, quarters, width, height)
    assert back.box == (x, y, x + 1, y + 1)
    np.testing.assert_array_equal(back.landmarks, np.full((5, 2), (x, y)))


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_the_astronaut_turned(quarters: int, detector: FaceDetector, astronaut: Picture) -> None:
    upright = find_faces(astronaut, detector, 24)
    (standing,) = face_crops(astronaut, detector, GEOMETRY, 24)
    turned = np.ascontiguousarray(np.rot90(astronaut, -quarters))  # clockwise
    look = find_faces(turned, detector, 24)
    assert (upright.turned, look.turned) == (0, 90 * quarters)
    height, width = turned.shape[:2]
    expected = turned_back(upright.faces[0], quarters, width, height)
    np.testing.assert_allclose(look.faces[0].box, expected.box, atol=1.5)
    (crop,) = face_crops(turned, detector, GEOMETRY, 24)
    assert np.abs(crop.picture.astype(int) - standing.picture).mean() < 3.0  # the crop stands upright


def test_it_can_be_left(detector: FaceDetector, astronaut: Picture) -> None:
    turned = np.ascontiguousarray(np.rot90(astronaut, 2))
    assert find_faces(turned, detector, 24, rotate=False).turned == 0


def test_align_cuts_a_turned_face_upright(detector: FaceDetector, astronaut: Picture) -> None:
    upright, _ = central_crop(astronaut, detector, GEOMETRY, 24)
    on_its_side = np.ascontiguousarray(np.rot90(astronaut))
    crop, _ = central_crop(on_its_side, detector, GEOMETRY, 24)
    left, _ = central_crop(on_its_side, detector, GEOMETRY, 24, rotate=False)
    assert upright is not None
    assert crop is not None
    assert np.abs(crop.picture.astype(int) - upright.picture).mean() < 3.0
    assert left is None or np.abs(left.picture.astype(int) - upright.picture).mean() > 20.0


def test_a_group_that_lies_on_its_side_is_found_whole(detector: FaceDetector, astronaut: Picture) -> None:
    faces = [(40.0, 20, 20), (60.0, 300, 40), (80.0, 560, 200)]
    group = scene(astronaut, (800, 500), faces)
    look = find_faces(np.ascontiguousarray(np.rot90(group.picture, -1)), detector, 24)
    assert (look.turned, len(look.faces)) == (90, 3)


class _Scores:
    """Finds one face of a score that depends on the turn, and counts how often it looks."""

    def __init__(self, *scores: float) -> None:
        self.scores, self.looks = scores, 0

    def __call__(self, picture: Picture) -> list[Face]:
        self.looks += 1
        quarters = int(picture[0, 0, 0])
        score = self.scores[quarters]
        return [Face((0, 0, 1, 1), score, np.zeros((5, 2)))] if score else []


def marked() -> Picture:
    """An image whose first pixel tells how often it was turned."""
    picture = np.zeros((6, 6, 3), np.uint8)
    for quarters, (row, column) in enumerate(((0, 0), (0, 5), (5, 5), (5, 0))):
        picture[row, column] = quarters
    return picture


@pytest.mark.parametrize(
    ("scores", "turned", "looks"),
    [
        ((SURE_OF_HALF, 1.0, 1.0, 1.0), 0, 1),
        ((SURE, 1.0, 0.0, 1.0), 0, 2),
        ((SURE, 1.0, 0.99, 1.0), 180, 2),
        ((SURE - 0.01, 0.95, 0.0, 0.0), 90, 4),
        ((SURE - 0.01, SURE - 0.01 + BETTER - 1e-6, 0.0, 0.0), 0, 4),
        ((0.0, 0.0, 0.0, LEAST), 270, 4),
        ((0.0, LEAST - 0.01, 0.0, 0.0), 0, 4),
        ((0.0, 0.9, 0.85, 0.95), 270, 4),
        ((0.0, 0.0, 0.0, 0.0), 0, 4),
    ],
)
def test_which_turns_are_tried_and_which_one_wins(scores: tuple[float, ...], turned: int, looks: int) -> None:
    find = _Scores(*scores)
    assert find_turned(marked(), find)[1] == turned
    assert find.looks == looks


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_real_faces(quarters: int, facecom: Path, detector: FaceDetector) -> None:
    paths = sorted((facecom / "val").rglob("*.jpg"))[::12]
    found = [
        find_faces(np.ascontiguousarray(np.rot90(read_picture(path), -quarters)), detector, 24).turned for path in paths
    ]
    assert np.mean(np.array(found) == 90 * quarters) >= 0.95


def test_real_faces_that_stand_upright_are_left(facecom: Path, detector: FaceDetector) -> None:
    for path in sorted((facecom / "val").rglob("*.jpg"))[::6]:
        picture = read_picture(path)
        with_search, without = (find_faces(picture, detector, 24, rotate) for rotate in (True, False))
        assert with_search.turned == 0
        assert [face.box for face in with_search.faces] == [face.box for face in without.faces]
