"""Any mode to upright RGB: EXIF's eight ways to stand, strips, transparency."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageOps

from gender_classifier.images import pixels
from gender_classifier.images.pixels import orientation, swaps_sides, to_rgb, turn

PICTURE = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(4, 6, 3)


@pytest.mark.parametrize("way", range(1, 9))
def test_turned_as_pillow_turns(way: int) -> None:
    image = Image.fromarray(PICTURE)
    image.getexif()[274] = way
    assert orientation(image) == way
    found = turn(PICTURE, way)
    np.testing.assert_array_equal(found, np.asarray(ImageOps.exif_transpose(image)))
    assert found.flags.c_contiguous


def test_metadata_that_cannot_be_read_means_upright(monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.fromarray(PICTURE)
    assert orientation(image) == 1
    image.getexif()[274] = "sideways"
    assert orientation(image) == 1


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "CMYK", "YCbCr", "LA", "RGBA"])
def test_strips_make_no_difference(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    image = Image.fromarray(PICTURE).convert(mode)
    whole = to_rgb(image)
    assert (whole.shape, whole.dtype) == ((4, 6, 3), np.uint8)
    monkeypatch.setattr(pixels, "_STRIP", 12)  # two rows
    np.testing.assert_array_equal(to_rgb(image), whole)


def test_what_is_transparent_is_white() -> None:
    image = Image.new("RGBA", (2, 1), (0, 0, 0, 0))
    image.putpixel((1, 0), (10, 20, 30, 255))
    assert to_rgb(image).tolist() == [[[255, 255, 255], [10, 20, 30]]]


@pytest.mark.parametrize("orientation", range(10))
def test_quarter_turns_swap_width_and_height(orientation: int) -> None:
    turned = turn(np.zeros((2, 5, 3), np.uint8), orientation)
    assert (turned.shape == (5, 2, 3)) == swaps_sides(orientation)
