"""Names of arrays: an image's pixels are bytes, a box is four numbers."""

from __future__ import annotations

import typing

import numpy as np
from numpy.typing import NDArray

from gender_classifier.images.types import Box, Crops, Picture


def test_pixels_are_bytes_and_a_box_is_two_corners() -> None:
    for kind in (Picture, Crops):
        assert kind == NDArray[np.uint8]
    assert typing.get_args(Box) == (float,) * 4
