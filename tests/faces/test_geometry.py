"""Landmarks to crop: the transform is exact where it can be, the best where not, and does not alias."""

import math

import cv2
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gender_classifier.errors import UnreadableError
from gender_classifier.faces.geometry import (
    CANONICAL,
    Geometry,
    crop,
    similarity,
)

finite = st.floats(-500.0, 500.0)
points = st.lists(st.tuples(finite, finite), min_size=2, max_size=8, unique=True).map(np.array)
scales, angles, shifts = st.floats(0.01, 50.0), st.floats(-math.pi, math.pi), st.tuples(finite, finite)


def matrix_of(scale: float, angle: float, shift: tuple[float, float]) -> np.ndarray:
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    return np.array([[cos, -sin, shift[0]], [sin, cos, shift[1]]])


def apply(matrix: np.ndarray, at: np.ndarray) -> np.ndarray:
    return at @ matrix[:, :2].T + matrix[:, 2]


@given(points, scales, angles, shifts)
def test_recovers_scale_rotation_and_shift(
    at: np.ndarray, scale: float, angle: float, shift: tuple[float, float]
) -> None:
    assume(np.ptp(at, axis=0).max() > 1.0)
    matrix = matrix_of(scale, angle, shift)
    found = similarity(at, apply(matrix, at))
    np.testing.assert_allclose(found[:, :2], matrix[:, :2], atol=1e-8 * scale)
    np.testing.assert_allclose(apply(found, at), apply(matrix, at), atol=1e-6 * scale)


@given(points, points, scales, angles, shifts)
def test_is_the_best_similarity_and_never_mirrors(
    at: np.ndarray, to: np.ndarray, scale: float, angle: float, shift: tuple[float, float]
) -> None:
    at, to = at[: len(to)], to[: len(at)]
    assume(len(at) >= 2 and np.ptp(at, axis=0).max() > 1.0)
    found = similarity(at, to)
    assert np.linalg.det(found[:, :2]) >= -1e-9
    other = matrix_of(scale, angle, shift)
    residual = np.square(apply(found, at) - to).sum()
    assert residual <= np.square(apply(other, at) - to).sum() + 1e-6 * (1.0 + residual)


def test_does_not_mirror_a_mirrored_face() -> None:
    face = CANONICAL.points()
    found = similarity(face * (-1, 1), face)
    assert np.linalg.det(found[:, :2]) > 0


def test_coinciding_points() -> None:
    with pytest.raises(ValueError, match="coincide"):
        similarity(np.full((5, 2), 3.0), CANONICAL.points())


@given(st.floats(0.5, 4.0))
def test_margin_shows_more_about_the_same_centre(margin: float) -> None:
    wide = CANONICAL.with_margin(margin)
    assert wide.size == CANONICAL.size
    np.testing.assert_allclose((wide.points() - 112.0) * margin, CANONICAL.points() - 112.0, atol=0.003 * margin)
    np.testing.assert_allclose(wide.with_margin(1 / margin).points(), CANONICAL.points(), atol=0.01 * margin)


@given(st.integers(16, 1024))
def test_scaled_is_the_same_crop(size: int) -> None:
    geometry = CANONICAL.scaled(size)
    assert geometry.size == size
    np.testing.assert_allclose(geometry.points() / size, CANONICAL.points() / 224, atol=1e-4)
    assert Geometry.from_dict(geometry.to_dict()) == geometry


def test_eyes_lie_level_above_the_mouth() -> None:
    right, left, nose, mouth_right, mouth_left = CANONICAL.points()
    assert right[0] < nose[0] < left[0]
    assert mouth_right[0] < mouth_left[0]
    assert max(right[1], left[1]) < nose[1] < min(mouth_right[1], mouth_left[1])
    assert abs(right[1] - left[1]) < 1.0


def test_wrong_landmarks() -> None:
    with pytest.raises(UnreadableError, match="expected 5 landmarks"):
        Geometry(224, CANONICAL.landmarks[:4])
    with pytest.raises(UnreadableError, match="of two numbers"):
        Geometry.from_dict({"size": 224, "landmarks": [[1.0, 2.0, 3.0]] * 5})


def blob(size: int, x: float, y: float, sigma: float) -> np.ndarray:
    rows, columns = np.mgrid[0:size, 0:size]
    light = 250.0 * np.exp(-(np.square(columns - x) + np.square(rows - y)) / (2.0 * sigma**2))
    return np.repeat(np.rint(light).astype(np.uint8)[..., None], 3, axis=2)


def centre_of(picture: np.ndarray) -> tuple[float, float]:
    light = picture[..., 0].astype(float)
    rows, columns = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    return float((light * columns).sum() / light.sum()), float((light * rows).sum() / light.sum())


@given(st.floats(0.11, 1.6), angles, st.floats(-6.0, 6.0), st.floats(-6.0, 6.0))
def test_what_is_cropped_lies_where_the_matrix_says(scale: float, angle: float, right: float, down: float) -> None:
    """To a tenth of a pixel, also where the image is reduced first."""
    matrix = matrix_of(scale, angle, (0.0, 0.0))
    place = np.array([[260.0, 231.0]])
    matrix[:, 2] = np.array((32.0 + right, 32.0 + down)) - apply(matrix, place)[0]
    cropped = crop(blob(500, *place[0], 3.0 / scale), matrix, 64)
    assert cropped.shape == (64, 64, 3)
    assert math.dist(centre_of(cropped), (32.0 + right, 32.0 + down)) < 0.1


@given(st.floats(0.8, 1.6), st.floats(-0.6, 0.6))
def test_there_and_back(scale: float, angle: float) -> None:
    x, y = np.meshgrid(np.arange(96.0), np.arange(96.0))
    smooth = 128.0 + 60.0 * np.sin(x / 9.0) + 60.0 * np.cos(y / 11.0)
    picture = np.repeat(np.rint(smooth).astype(np.uint8)[..., None], 3, axis=2)
    matrix = matrix_of(scale, angle, (0.0, 0.0))
    matrix[:, 2] += 47.5 - apply(matrix, np.array([[47.5, 47.5]]))[0]
    back = cv2.invertAffineTransform(matrix)
    again = crop(crop(picture, matrix, 96), back, 96)
    middle = slice(36, 60)
    assert np.abs(again[middle, middle].astype(int) - picture[middle, middle]).max() <= 6


@pytest.mark.parametrize("scale", [0.6, 0.3, 0.12])
@pytest.mark.parametrize("angle", [0.0, 0.4])
def test_no_aliasing_when_a_large_picture_shrinks(scale: float, angle: float) -> None:
    stripes = np.zeros((900, 900, 3), np.uint8)
    stripes[:, ::2] = 255
    matrix = matrix_of(scale, angle, (0.0, 0.0))
    matrix[:, 2] = 32.0 - apply(matrix, np.array([[450.0, 450.0]]))[0]
    assert crop(stripes, matrix, 64)[4:-4, 4:-4].std() < 26.0
    # The warp alone would show stripes that are not there.
    bare = cv2.warpAffine(stripes, matrix, (64, 64), flags=cv2.INTER_LINEAR)
    assert bare[4:-4, 4:-4].std() > 40.0


def test_outside_repeats_the_border() -> None:
    picture = np.full((20, 20, 3), 50, np.uint8)
    picture[:, -1] = 200
    cropped = crop(picture, matrix_of(1.0, 0.0, (-10.0, 5.0)), 40)
    assert (cropped[:, 20:] == 200).all()
    assert (cropped[:, :9] == 50).all()


@pytest.mark.parametrize("upright", [False, True])
@pytest.mark.parametrize("scale", [0.4, 1.0, 1.7])
def test_a_crop_of_an_image_that_is_too_long_to_warp(scale: float, upright: bool) -> None:
    """OpenCV warps no image of 32,767 pixels or more a side: the part that a crop needs is cut out first."""
    long = np.random.default_rng(0).integers(0, 256, (90, 33_000, 3), dtype=np.uint8)
    matrix = matrix_of(scale, 0.3, (0.0, 0.0))
    place = np.array([[20_000.0, 45.0]])
    begin = np.array([19_500.0, 0.0])
    if upright:
        long, place, begin = np.ascontiguousarray(long.swapaxes(0, 1)), place[:, ::-1], begin[::-1]
    part = long[19_500:20_500] if upright else long[:, 19_500:20_500]
    matrix[:, 2] = 16.0 - apply(matrix, place)[0]
    there = matrix.copy()
    there[:, 2] += matrix[:, :2] @ begin
    assert np.abs(crop(long, matrix, 32).astype(int) - crop(part, there, 32)).mean() < 0.5
