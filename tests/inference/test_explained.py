"""A crop beside its map: side by side, the legend below, and no colours where the map does not hold."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.inference.explained import explained
from gender_classifier.inference.occlusion import wanted_agreement
from gender_classifier.inference.results import Prediction

ROW = Prediction("female", 0.2, -1.0)
GREY: NDArray[np.uint8] = np.full((128, 128, 3), 128, np.uint8)


def colour(picture: NDArray[np.uint8]) -> NDArray[np.int64]:
    return picture.astype(int).max(axis=2) - picture.min(axis=2)


@pytest.fixture
def values() -> NDArray[np.float32]:
    """Evidence towards female in one cell of 8 x 8: row 4, column 2."""
    found = np.zeros((8, 8), np.float32)
    found[4, 2] = -3.0
    return found


def test_the_crop_and_its_map_stand_side_by_side(values: NDArray[np.float32]) -> None:
    shown = explained(GREY, values, 0.9, ROW)
    side = 384
    assert shown.shape[1] in range(2 * side, 2 * side + 20)
    assert (shown[:side, :side] == 128).all()
    drawn = shown[:side, -side:].astype(int)
    orange = drawn[..., 0] - drawn[..., 2]
    assert np.unravel_index(orange.argmax(), orange.shape) == pytest.approx((4.5 * 48, 2.5 * 48), abs=2)
    assert shown.shape[0] > side + 60
    assert colour(shown[side:]).max() > 100  # the legend's bar


def test_a_map_that_does_not_hold_is_not_drawn(values: NDArray[np.float32]) -> None:
    shown = explained(GREY, values, wanted_agreement(1) - 0.01, ROW)
    assert (shown[:384, :384] == 128).all()
    assert colour(shown).max() == 0
    assert (shown[390:] < 100).any()  # a line says why
    assert colour(explained(GREY, values, wanted_agreement(1) + 0.01, ROW)).max() > 100


def test_a_crop_of_any_size_has_room_for_words(values: NDArray[np.float32]) -> None:
    for size in (64, 224, 500):
        shown = explained(np.full((size, size, 3), 128, np.uint8), values, 0.9, ROW)
        assert shown.shape[1] >= 600


def test_a_flat_map_is_drawn_without_colours() -> None:
    shown = explained(GREY, np.zeros((8, 8), np.float32), 0.9, ROW)
    assert colour(shown[:384]).max() == 0
