"""Shrinking averages, growing interpolates, and each way of making an image square does what it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.images import resize as resizing
from gender_classifier.images.resize import fit, resize


def noise(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(height=st.integers(1, 90), width=st.integers(1, 90), to=st.tuples(st.integers(1, 90), st.integers(1, 90)))
def test_any_size_and_a_flat_picture_stays_flat(height: int, width: int, to: tuple[int, int]) -> None:
    flat = np.full((height, width, 3), (10, 120, 240), np.uint8)
    resized = resize(flat, to)
    assert resized.shape == (to[1], to[0], 3)
    assert resized.dtype == np.uint8
    assert (resized == flat[0, 0]).all()


@pytest.mark.parametrize("factor", [2, 3, 8])
def test_shrinking_is_the_mean_of_blocks(factor: int) -> None:
    picture = noise(24 * factor, 16 * factor)
    means = picture.reshape(24, factor, 16, factor, 3).mean((1, 3))
    assert np.abs(resize(picture, (16, 24)) - means).max() <= 1.0


def test_fine_stripes_become_grey_not_coarse_stripes() -> None:
    stripes = np.zeros((200, 201, 3), np.uint8)
    stripes[:, ::2] = 255
    small = resize(stripes, (60, 60)).astype(float)
    assert np.abs(small - 127.5).max() < 40.0
    # Every third pixel, as without averaging, would keep both black and white.
    assert np.ptp(stripes[::3, ::3]) == 255


def test_growing_is_monotone_between_pixels() -> None:
    ramp = np.repeat(np.array([[[0] * 3, [100] * 3, [200] * 3]], np.uint8), 3, axis=0)
    grown = resize(ramp, (30, 3))[1, :, 0].astype(int)
    assert (np.diff(grown) >= 0).all()
    assert grown[0] == 0
    assert grown[-1] == 200


def test_the_same_size_is_the_same_picture() -> None:
    picture = noise(7, 9)
    assert resize(picture, (9, 7)) is picture


def test_stretch_uses_all_of_the_picture() -> None:
    halves = np.zeros((20, 60, 3), np.uint8)
    halves[:, 30:] = 255
    square = fit(halves, 20, "stretch")
    assert square.shape == (20, 20, 3)
    assert (square[:, :9] == 0).all()
    assert (square[:, 11:] == 255).all()


@pytest.mark.parametrize("upright", [False, True])
def test_crop_takes_the_middle(upright: bool) -> None:
    picture = noise(21, 40)
    middle = picture[:, 9:30]
    if upright:
        picture, middle = picture.swapaxes(0, 1), middle.swapaxes(0, 1)
    np.testing.assert_array_equal(fit(picture, 21, "crop"), middle)


@pytest.mark.parametrize("upright", [False, True])
def test_pad_repeats_the_border(upright: bool) -> None:
    picture = noise(20, 41)
    padded = fit(picture.swapaxes(0, 1) if upright else picture, 41, "pad")
    padded = padded.swapaxes(0, 1) if upright else padded
    np.testing.assert_array_equal(padded[10:30], picture)
    np.testing.assert_array_equal(padded[:10], np.repeat(picture[:1], 10, axis=0))
    np.testing.assert_array_equal(padded[30:], np.repeat(picture[-1:], 11, axis=0))


def test_an_unknown_mode() -> None:
    with pytest.raises(ValueError, match="known are stretch, crop and pad"):
        fit(noise(4, 4), 4, "squeeze")


@pytest.mark.parametrize("upright", [False, True])
def test_pad_of_a_panorama_makes_no_square_of_its_length(upright: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    picture, made = noise(40, 160), []
    picture = np.ascontiguousarray(picture.swapaxes(0, 1)) if upright else picture
    usual = fit(picture, 64, "pad")
    border = resizing.cv2.copyMakeBorder
    monkeypatch.setattr(
        resizing.cv2, "copyMakeBorder", lambda *given: made.append(border(*given).shape) or border(*given)
    )
    monkeypatch.setattr(resizing, "MAX_PIXELS", 160 * 160 - 1)
    padded = fit(picture, 64, "pad")
    assert made == [(64, 64, 3)]
    if upright:
        padded, usual = padded.swapaxes(0, 1), usual.swapaxes(0, 1)
    assert np.abs(padded[24:40].astype(int) - usual[24:40]).max() <= 1
    assert (padded[:24] == padded[24]).all()
    assert (padded[40:] == padded[39]).all()
