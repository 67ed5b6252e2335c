"""Names of arrays: an image's pixels are bytes, a box is four numbers."""

from __future__ import annotations

import typing

import numpy as np

from gender_classifier.images.types import Box, Crops, Picture


def unfolded(kind: typing.Any) -> typing.Any:
    """An array's type as numpy before 2.5 writes it out; from then on `NDArray` is an alias that keeps its name."""
    alias = typing.get_origin(kind)
    return alias.__value__[typing.get_args(kind)] if hasattr(alias, "__value__") else kind


def test_pixels_are_bytes_and_a_box_is_two_corners() -> None:
    for kind in map(unfolded, (Picture, Crops)):
        assert typing.get_args(typing.get_args(kind)[1]) == (np.uint8,)
    assert typing.get_args(Box) == (float,) * 4
