"""Signed values over an image: the right colour in the right place, and nothing where there is nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gender_classifier.images.overlay import (
    common_scale,
    legend,
    limits,
    lines_below,
    overlay,
    scale_bar,
)


def grey(side: int = 128) -> np.ndarray:
    return np.full((side, side, 3), 90, np.uint8)


def redder(picture: np.ndarray) -> np.ndarray:
    """How much more red than blue each pixel is: the negative colour is orange, the positive blue."""
    return picture[..., 0].astype(int) - picture[..., 2]


@given(st.integers(0, 3), st.integers(0, 3), st.sampled_from([-1.0, 1.0]))
def test_a_cell_is_drawn_strongest_in_its_middle(row: int, column: int, sign: float) -> None:
    values = np.zeros((4, 4), np.float32)
    values[row, column] = sign
    strength = redder(overlay(grey(), values, 1.0)) * -sign
    place = np.unravel_index(strength.argmax(), strength.shape)
    # At the border a cell's colour goes on to the edge.
    middles = np.subtract(place, (32 * row + 16, 32 * column + 16))
    within = [0 if 0 < cell < 3 else 16 for cell in (row, column)]
    assert (np.abs(middles) <= np.add(within, 1)).all()
    assert strength[32 * row + 15, 32 * column + 15] >= strength.max() - 6
    assert strength.min() >= 0  # nothing of the other colour
    top, left = 32 * row + 16, 32 * column + 16
    far = np.hypot(*np.ogrid[-top : 128 - top, -left : 128 - left]) > 47
    assert not strength[far].any()


@given(arrays(np.float32, (4, 4), elements=st.floats(-1, 1, width=16)))
def test_a_mirrored_map_is_drawn_mirrored(values: np.ndarray) -> None:
    mirrored = overlay(grey(), np.ascontiguousarray(values[:, ::-1]), 1.0)
    assert np.abs(mirrored[:, ::-1].astype(int) - overlay(grey(), values, 1.0)).max() <= 1


def test_nothing_is_drawn_where_there_is_nothing() -> None:
    shown = overlay(grey(), np.zeros((4, 4), np.float32), 0.0)
    assert np.ptp(shown) == 0
    assert shown[0, 0, 0] > 90  # lighter, so that colours are told apart


@given(st.floats(0.05, 1.0))
def test_both_signs_are_drawn_alike(value: float) -> None:
    """The share of colour depends on the value's size alone."""
    one, other = (overlay(grey(), np.full((4, 4), sign * value, np.float32), 1.0)[64, 64] for sign in (-1, 1))
    ground = overlay(grey(), np.zeros((4, 4), np.float32), 1.0)[64, 64].astype(float)
    shares = [
        (pixel.astype(float) - ground)[channel] / (colour - ground[channel])
        for pixel, channel, colour in ((one, 2, 0.0), (other, 0, 0.0))
    ]
    assert shares[0] == pytest.approx(shares[1], abs=0.02)


def test_values_beyond_the_scale_look_like_its_end() -> None:
    ends = [overlay(grey(), np.full((4, 4), value, np.float32), 1.0) for value in (1.0, 5.0)]
    assert np.array_equal(*ends)


def test_a_picture_and_its_grid_may_be_of_any_size() -> None:
    for side, cells in ((112, 4), (224, 7), (32, 1), (100, 8)):
        assert overlay(grey(side), np.ones((cells, cells), np.float32), 1.0).shape == (side, side, 3)


def test_the_bar_goes_from_one_colour_to_the_other() -> None:
    across = redder(scale_bar(101, 3))[1]
    assert (np.diff(across) <= 0).all()
    assert across[0] > 100
    assert across[50] == 0
    assert across[-1] < -100


def test_one_extreme_map_does_not_pale_the_others() -> None:
    maps = [np.full((4, 4), value, np.float32) for value in (-1.0, 2.0, 300.0)]
    assert common_scale(maps) == 2.0


@pytest.mark.parametrize("width", [200, 900])
def test_the_legend_has_its_width_and_both_colours(width: int) -> None:
    shown = legend(width, "towards female", "towards male", ("a note",))
    assert shown.shape[1] == width
    assert redder(shown).max() > 100
    assert redder(shown).min() < -100
    assert legend(width, "a", "b", ("one", "two")).shape[0] > legend(width, "a", "b").shape[0]


def test_limits_name_the_cells() -> None:
    assert "4 by 7 cells" in limits(np.zeros((4, 7), np.float32))
    assert "not why" in limits(np.zeros((4, 7), np.float32))


def test_long_notes_take_more_lines_and_are_not_cut_off() -> None:
    one, two = lines_below(400, ("short",)), lines_below(400, ("a note with rather many words " * 4,))
    assert two.shape[0] >= one.shape[0] + 18
    assert two.shape[1] == 400
    assert (two[:, -4:] == 255).all()
