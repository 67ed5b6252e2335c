"""Every face of a photo is found and cropped: small, large, tilted, half outside; the crop is that of `align`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.faces.crops import FaceCrop, central_crop, central_face, crop_of, face_crops, settle
from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.faces.finding import SMALLEST, reduction_for, smallest_face
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.images.read import read_picture

from ..scenes import Scene, landmarks_error, off_by, scene

Picture = NDArray[np.uint8]
GEOMETRY = CANONICAL.scaled(112)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(threads=1)


def crops_of(picture: Picture, detector: FaceDetector, asked: int | None = None) -> list[FaceCrop]:
    height, width = picture.shape[:2]
    return face_crops(picture, detector, GEOMETRY, smallest_face(width, height, asked))


def assert_in_place(crop: Picture, detector: FaceDetector, within: float = 0.05) -> None:
    """The crop's landmarks are where the geometry has them."""
    (face,) = detector.detect(crop)[:1]
    assert np.linalg.norm(face.landmarks - GEOMETRY.points(), axis=1).mean() / GEOMETRY.size < within


def test_a_group_from_24_pixels_on(detector: FaceDetector, astronaut: Picture) -> None:
    faces = [(24, 20, 600), (24, 90, 700), (32, 330, 620), (60, 20, 20), (60, 520, 560), (100, 440, 250)]
    group = scene(astronaut, (1280, 800), [*faces, (200, 780, 200)])
    crops = crops_of(group.picture, detector)
    assert len(crops) == len(group.boxes)
    middles = [crop.face.box[0] + crop.face.box[2] for crop in crops]
    assert middles == sorted(middles)
    for crop, box in zip(crops, sorted(group.boxes, key=lambda box: box[0] + box[2]), strict=True):
        # Of the smallest the detector frames less.
        assert off_by(crop.face.box, box) < (0.15 if crop.face.side > 30 else 0.3)
        assert crop.picture.shape == (112, 112, 3)
        if crop.face.side > 40:
            assert_in_place(crop.picture, detector)


def test_most_of_the_smallest(detector: FaceDetector, astronaut: Picture) -> None:
    places = [(24, 60 + 220 * column + 7 * row, 40 + 150 * row) for column in range(5) for row in range(4)]
    crowd = scene(astronaut, (1280, 700), [(float(side), x, y) for side, x, y in places])
    crops = crops_of(crowd.picture, detector)
    found = [min(off_by(crop.face.box, box) for box in crowd.boxes) for crop in crops]
    assert max(found) < 0.3
    assert len(crops) >= 0.9 * len(places)


@pytest.mark.parametrize(("asked", "count"), [(None, 3), (40, 2), (150, 1), (300, 0)])
def test_what_is_smaller_than_asked_is_left_out(
    asked: int | None, count: int, detector: FaceDetector, astronaut: Picture
) -> None:
    group = scene(astronaut, (800, 600), [(26, 20, 500), (70, 30, 30), (200, 300, 100)])
    assert len(crops_of(group.picture, detector, asked)) == count


@pytest.mark.parametrize("side", [150, 400, 900])
def test_a_face_that_fills_the_frame(side: int, detector: FaceDetector, astronaut: Picture) -> None:
    x, y = -round(0.6 * side), -round(0.36 * side)
    filled = scene(astronaut, (round(1.08 * side), round(1.25 * side)), [(side, x, y)])
    (crop,) = crops_of(filled.picture, detector)
    assert off_by(crop.face.box, filled.boxes[0]) < 0.12
    assert_in_place(crop.picture, detector)


@pytest.mark.parametrize("away", [(0.35, 0.0), (-0.35, 0.0), (0.0, 0.35), (0.0, -0.35)])
@pytest.mark.parametrize("side", [150, 500])
def test_a_face_that_leaves_the_frame(
    side: int, away: tuple[float, float], detector: FaceDetector, astronaut: Picture
) -> None:
    x, y = round((away[0] - 0.69) * side), round((away[1] - 0.43) * side)
    cut = scene(astronaut, (round(1.0 * side), round(1.2 * side)), [(side, x, y)])
    (crop,) = crops_of(cut.picture, detector)
    # What is seen of it is framed; how far it goes on outside is a guess.
    seen = np.clip(cut.boxes[0], 0, [cut.picture.shape[1], cut.picture.shape[0]] * 2)
    found = np.clip(crop.face.box, 0, [cut.picture.shape[1], cut.picture.shape[0]] * 2)
    assert np.abs(found - seen).max() < 0.2 * side


class _SeesWithABorder(FaceDetector):
    """Sees one face, in the middle, but only in an image of another size than the photo's."""

    def __init__(self, photo: tuple[int, int]) -> None:
        self.photo = photo

    def detect(self, picture: Picture, *, min_face: int = 24, threshold: float = 0.6) -> list[Face]:
        height, width = picture.shape[:2]
        if (height, width) == self.photo or height == width:
            return []
        landmarks = CANONICAL.points() / CANONICAL.size * 100 + (width / 2 - 50, height / 2 - 50)
        return [Face((width / 2 - 50, height / 2 - 50, width / 2 + 50, height / 2 + 50), 0.8, landmarks)]


def test_a_face_seen_only_with_the_border_repeated_lies_where_it_is() -> None:
    photo = np.zeros((400, 640, 3), np.uint8)
    (crop,) = face_crops(photo, _SeesWithABorder((400, 640)), GEOMETRY, 24)
    np.testing.assert_allclose(crop.face.box, (220, 100, 420, 300), atol=1e-6)  # looked at by half
    assert face_crops(photo, _SeesWithABorder((400, 640)), GEOMETRY, 300) == []


@pytest.mark.parametrize("angle", [-30.0, 30.0])
def test_a_tilted_face_is_levelled(angle: float, detector: FaceDetector, astronaut: Picture) -> None:
    matrix = cv2.getRotationMatrix2D((224, 119), angle, 1.0)
    tilted = np.asarray(cv2.warpAffine(astronaut, matrix, (512, 512)), np.uint8)
    (upright,) = crops_of(astronaut, detector)
    (crop,) = crops_of(tilted, detector)
    assert_in_place(crop.picture, detector)
    middle = (slice(20, 92), slice(20, 92))  # corners may lie outside the turned photograph
    assert np.abs(crop.picture[middle].astype(int) - upright.picture[middle]).mean() < 12


def test_the_central_crop_is_that_of_all_faces(detector: FaceDetector, astronaut: Picture) -> None:
    (crop,) = crops_of(astronaut, detector)
    central, look = central_crop(astronaut, detector, GEOMETRY, SMALLEST)
    assert central is not None
    assert len(look.faces) == 1
    np.testing.assert_array_equal(crop.picture, central.picture)


@pytest.mark.parametrize("size", [(1, 1), (3, 3), (1, 3000), (3000, 1), (2, 20000), (300, 200)])
def test_pictures_without_a_face(size: tuple[int, int], detector: FaceDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*size, 3), dtype=np.uint8)
    assert crops_of(noise, detector) == []
    assert crops_of(np.zeros_like(noise), detector) == []


@pytest.mark.parametrize(
    ("size", "asked", "side", "reduction"),
    [
        ((640, 480), None, 24.0, 1),
        ((1280, 960), None, 24.0, 1),
        ((1080, 1920), None, 36.0, 1),
        ((720, 2560), None, 24.0, 1),
        ((1080, 20000), None, 36.0, 1),
        ((15840, 480), None, 24.0, 1),
        ((4000, 3000), None, 75.0, 2),
        ((12800, 9600), None, 240.0, 4),
        ((4000, 3000), 24, 24.0, 1),
        ((640, 480), 300, 300.0, 8),
    ],
)
def test_the_smallest_face_and_what_it_lets_reading_leave_out(
    size: tuple[int, int], asked: int | None, side: float, reduction: int
) -> None:
    smallest = smallest_face(*size, asked)
    assert smallest == side
    assert reduction_for(smallest) == reduction
    assert smallest / reduction >= SMALLEST


def test_scenes_are_what_they_say(detector: FaceDetector, astronaut: Picture) -> None:
    """The helper itself: the box that it names is where the detector sees the face."""
    one: Scene = scene(astronaut, (400, 300), [(100, 50, 20)])
    (face,) = detector.detect(one.picture)
    assert off_by(face.box, one.boxes[0]) < 0.05


@pytest.mark.parametrize("angle", [-40.0, 0.0, 25.0])
@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
def test_the_crop_is_upright_and_in_place(
    factor: float, angle: float, detector: FaceDetector, astronaut: np.ndarray
) -> None:
    side = round(512 * factor)
    matrix = cv2.getRotationMatrix2D((224 * factor, 119 * factor), angle, 1.0)
    picture = cv2.warpAffine(cv2.resize(astronaut, (side, side)), matrix, (side, side))
    found, look = central_crop(picture, detector, GEOMETRY, 24)
    assert found is not None
    assert found.picture.shape == (112, 112, 3)
    assert len(look.faces) == 1
    assert landmarks_error(found.picture, detector) < 0.045


def test_the_central_person_is_taken(detector: FaceDetector, astronaut: np.ndarray) -> None:
    person = astronaut[20:250, 110:340]
    scene = np.full((300, 700, 3), 90, np.uint8)
    scene[40:270, 240:470] = person
    scene[5:205, :200] = cv2.resize(person, (200, 200))
    scene[30:290, 440:700] = cv2.resize(person, (260, 260))[:, ::-1]
    found, look = central_crop(scene, detector, GEOMETRY, 24)
    alone, _ = central_crop(person, detector, GEOMETRY, 24)
    assert len(look.faces) == 3
    assert found is not None
    assert alone is not None
    assert np.abs(found.picture.astype(int) - alone.picture)[20:90, 20:90].mean() < 12


@pytest.mark.parametrize(
    ("boxes", "best"),
    [
        ([(40, 40, 60, 60), (0, 0, 30, 30)], 0),  # the middle, though smaller
        ([(45, 45, 55, 55), (20, 20, 80, 85)], 1),  # a small one behind, as near the middle
        ([(0, 30, 30, 70), (60, 35, 90, 65)], 1),  # neither is central: the nearer
        ([(10, 10, 30, 30)], 0),
    ],
)
def test_which_face_a_picture_is_of(boxes: list[tuple[float, float, float, float]], best: int) -> None:
    faces = [Face(box, 0.9, np.zeros((5, 2))) for box in boxes]
    assert central_face(faces, (100, 100, 3)) is faces[best]


@pytest.mark.parametrize("angle", [-40.0, 40.0])
def test_landmarks_settle(angle: float, detector: FaceDetector, astronaut: np.ndarray) -> None:
    """On a tilted face the first look's landmarks are off; after more looks they fit the upright ones, turned."""
    upright = settle(astronaut, detector.detect(astronaut)[0].landmarks, detector)
    matrix = cv2.getRotationMatrix2D((224, 119), angle, 1.0)
    expected = upright @ matrix[:, :2].T + matrix[:, 2]
    tilted = cv2.warpAffine(astronaut, matrix, (512, 512))
    first = detector.detect(tilted)[0].landmarks
    errors = [
        float(np.linalg.norm(found - expected, axis=1).mean()) for found in (first, settle(tilted, first, detector))
    ]
    assert errors[1] < 2.5
    assert errors[0] > 2.0 * errors[1]


def test_landmarks_stay_where_a_second_look_finds_nothing(detector: FaceDetector) -> None:
    grey, landmarks = np.full((300, 300, 3), 90, np.uint8), CANONICAL.points()
    np.testing.assert_array_equal(settle(grey, landmarks, detector), landmarks)


def test_facecom_faces_are_found_central_and_level(facecom: Path, detector: FaceDetector) -> None:
    pictures = sorted((facecom / "val").rglob("*.jpg"))[::10]
    crops = [central_crop(read_picture(path), detector, CANONICAL, 24)[0] for path in pictures]
    assert len(crops) > 40
    assert all(found is not None for found in crops)
    errors = [landmarks_error(found.picture, detector) for found in crops if found is not None]
    assert np.median(errors) < 0.045
    assert max(errors) < 0.15


def test_last_digits_of_landmarks_leave_a_crop_as_it_is(detector: FaceDetector, astronaut: np.ndarray) -> None:
    """Engines differ in the last digits of what the detector gives; the crop must not."""
    face = detector.detect(astronaut)[0]
    rng = np.random.default_rng(0)
    wanted = crop_of(astronaut, face, detector, CANONICAL).picture
    for _ in range(5):
        near = replace(face, landmarks=face.landmarks + rng.normal(0, 1e-5, (5, 2)))
        np.testing.assert_array_equal(crop_of(astronaut, near, detector, CANONICAL).picture, wanted)
