"""Wrong framings: where a face lands, and that the amount is what is said."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gender_classifier.corruptions import framing
from gender_classifier.corruptions.framing import (
    KINDS,
    Framing,
    amount,
    wrong_framing,
)
from gender_classifier.images.resize import fit

Picture = NDArray[np.uint8]
strengths = st.floats(0.0, 1.0)
seeds = st.integers(0, 2**32)


def drawn(kind: str, strength: float, seed: int) -> Framing:
    return wrong_framing(kind, strength, np.random.default_rng(seed))


def spot(size: int, how: Framing) -> NDArray[np.float64]:
    """Where a spot right of the middle and above it lands, shares of the side from the middle."""
    picture = np.zeros((224, 224, 3), np.uint8)
    picture[84:92, 144:152] = 255  # its middle is 36 right of the image's and 24 above
    seen = how.apply(picture, size)[..., 0].astype(float)
    y, x = np.mgrid[:size, :size]
    return np.array([(seen * x).sum(), (seen * y).sum()]) / seen.sum() / size - (size - 1) / 2 / size


@pytest.mark.parametrize("size", [224, 128])
def test_the_right_framing_is_the_plain_resize(size: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (224, 224, 3), np.uint8)
    assert np.abs(Framing().apply(picture, size).astype(int) - fit(picture, size)).max() <= 1


@pytest.mark.parametrize("size", [224, 112])
def test_where_a_face_lands(size: int) -> None:
    here = np.array([36.0, -24.0]) / 224
    for how, there in (
        (Framing(right=0.1, down=-0.05), here + np.array([0.1, -0.05])),
        (Framing(wide=1.25, high=1.25), 1.25 * here),
        (Framing(wide=1.25, high=0.8), here * (1.25, 0.8)),
        (Framing(degrees=90.0), np.array([24.0, 36.0]) / 224),
    ):
        np.testing.assert_allclose(spot(size, how), there, atol=2e-3)


def test_a_box_s_edges_become_the_crop_s(monkeypatch: pytest.MonkeyPatch) -> None:
    class Edges:
        def uniform(self, *_: object) -> NDArray[np.float64]:
            return np.array([-0.5, 0.0, 0.5, 1.0])  # left out, right out, bottom out, of what each moves at most

    how = framing._jitter(1.0, Edges())  # type: ignore[arg-type]
    for x, y, u, v in ((-0.5 - 0.15, -0.5, -0.5, -0.5), (0.5 + 0.15, 0.5 + 0.3, 0.5, 0.5)):
        # A point of the image on the moved box's corner must lie on the crop's.
        assert x * how.wide + how.right == pytest.approx(u)
        assert y * how.high + how.down == pytest.approx(v)


def test_what_lies_outside_repeats_the_border() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    picture[:, :8] = 200
    moved = Framing(right=0.25).apply(picture, 64)
    assert (moved[:, :16] == 200).all()


@given(kind=st.sampled_from(KINDS), strength=strengths, seed=seeds)
def test_a_wrong_framing_is_wrong_in_one_way_by_no_more_than_said(kind: str, strength: float, seed: int) -> None:
    how = drawn(kind, strength, seed)
    assert how == drawn(kind, strength, seed)
    shift = float(np.hypot(how.right, how.down))
    if kind == "rotation":
        assert abs(how.degrees) == pytest.approx(framing.turned_by(strength))
        assert (shift, how.wide, how.high) == (0.0, 1.0, 1.0)
    elif kind == "box_shift":
        assert shift == pytest.approx(framing.shifted_by(strength))
        assert (how.degrees, how.wide, how.high) == (0.0, 1.0, 1.0)
    elif kind == "box_scale":
        assert max(how.wide, 1 / how.wide) == pytest.approx(framing.scaled_by(strength))
        assert (how.wide, shift, how.degrees) == (how.high, 0.0, 0.0)
    else:
        most = framing.edges_moved_by(strength)
        low, high = (-0.5 - how.right) / how.wide, (0.5 - how.right) / how.wide
        assert abs(low + 0.5) <= most + 1e-9
        assert abs(high - 0.5) <= most + 1e-9
        assert how.degrees == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_occur_and_every_strength_says_its_amount(kind: str) -> None:
    found = {drawn(kind, 1.0, seed) for seed in range(12)}
    assert len(found) >= 2
    texts = [amount(kind, strength) for strength in (0.1, 0.3, 0.5, 0.75, 1.0)]
    assert all(a != b for a, b in itertools.pairwise(texts))


def test_wrong_use() -> None:
    with pytest.raises(ValueError, match="unknown framing 'tilt'; known are rotation, "):
        drawn("tilt", 0.5, 0)
    with pytest.raises(ValueError, match="not within 0 to 1"):
        drawn("rotation", 1.5, 0)
