"""Each view against a computation of its own."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.errors import UserError
from gender_classifier.inference.test_time import (
    DEFAULT_VIEWS,
    VIEW_NAMES,
    apply_view,
    check_views,
)


@pytest.fixture
def pictures(astronaut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (2, 100, 100, 3), so that shifts of 3 % are whole pixels."""
    halves = [astronaut[:200, 100:300], astronaut[200:400, 200:400]]
    return np.stack([half.reshape(100, 2, 100, 2, 3).mean((1, 3)).astype(np.uint8) for half in halves])


def test_identity_and_flip(pictures: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(apply_view(pictures, "identity"), pictures)
    np.testing.assert_array_equal(apply_view(pictures, "hflip"), pictures[:, :, ::-1])


@pytest.mark.parametrize(
    ("name", "right", "down"),
    [("shift_left", -3, 0), ("shift_right", 3, 0), ("shift_up", 0, -3), ("shift_down", 0, 3)],
)
def test_shifts_repeat_the_border(name: str, right: int, down: int, pictures: NDArray[np.uint8]) -> None:
    rows = np.clip(np.arange(100) - down, 0, 99)
    columns = np.clip(np.arange(100) - right, 0, 99)
    np.testing.assert_array_equal(apply_view(pictures, name), pictures[:, rows][:, :, columns])


@pytest.mark.parametrize(("name", "scale"), [("zoom_in", 1.08), ("zoom_out", 0.92)])
def test_zooms_are_about_the_centre(name: str, scale: float, pictures: NDArray[np.uint8]) -> None:
    moved = apply_view(pictures, name)
    for picture, view in zip(pictures, moved, strict=True):
        # Pillow's coordinates are of pixel corners, and its centre is 50; it maps from view to image.
        offset = 50.0 - 50.0 / scale
        matrix = (1 / scale, 0.0, offset, 0.0, 1 / scale, offset)
        bilinear = Image.Resampling.BILINEAR
        other = np.array(Image.fromarray(picture).transform((100, 100), Image.Transform.AFFINE, matrix, bilinear))
        inside = slice(6, 94)
        assert np.abs(view[inside, inside].astype(int) - other[inside, inside]).mean() < 1.0


def test_parts_apply_in_turn(pictures: NDArray[np.uint8]) -> None:
    combined = apply_view(pictures, "hflip+shift_right")
    np.testing.assert_array_equal(combined, apply_view(pictures[:, :, ::-1], "shift_right"))
    assert (combined != apply_view(pictures, "shift_right+hflip")).any()


@pytest.mark.parametrize("name", [*VIEW_NAMES, "hflip+zoom_in"])
def test_shape_type_and_input_left_alone(name: str, pictures: NDArray[np.uint8]) -> None:
    before = pictures.copy()
    view = apply_view(pictures, name)
    assert view.shape == pictures.shape
    assert view.dtype == np.uint8
    assert view.flags.c_contiguous
    np.testing.assert_array_equal(pictures, before)
    np.testing.assert_array_equal(apply_view(pictures[1:], name), view[1:])
    assert apply_view(pictures[:0], name).shape == (0, 100, 100, 3)
    assert (name == "identity") == np.array_equal(view, pictures)


def test_unknown_views() -> None:
    check_views(DEFAULT_VIEWS)
    for wrong in ("vflip", "hflip+", "hflip+zoom", ""):
        with pytest.raises(UserError, match=r"^view `.*` is not known; known are identity, hflip, [^\n]*joined by \+$"):
            check_views(["identity", wrong])
        with pytest.raises(UserError, match="is not known"):
            apply_view(np.zeros((1, 8, 8, 3), np.uint8), wrong)
