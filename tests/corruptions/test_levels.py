"""Amounts: every kind has one, in its unit, that grows with strength and that the image shows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gender_classifier.corruptions import levels as amounts
from gender_classifier.corruptions.image import KINDS, degrade
from gender_classifier.corruptions.levels import amount

LEVELS = (0.1, 0.3, 0.5, 0.75, 1.0)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_says_another_amount_at_every_strength(kind: str) -> None:
    texts = [amount(kind, strength) for strength in LEVELS]
    assert len(set(texts)) == len(LEVELS)
    assert all(any(sign.isdigit() for sign in text) for text in texts)


def test_the_middle_as_tables_show_it() -> None:
    assert {kind: amount(kind, 0.5) for kind in ("blur", "low_light", "over_exposure", "noise", "jpeg")} == {
        "blur": "deviation 3.1 px",
        "low_light": "-1.5 EV",
        "over_exposure": "+0.9 EV",
        "noise": "deviation 30, 19 dB",
        "jpeg": "quality 20",
    }
    assert amount("low_resolution", 1.0) == "24 px"


@pytest.mark.parametrize(
    ("measure", "rises"),
    [
        (amounts.blur_sigma, True),
        (amounts.defocus_radius, True),
        (amounts.motion_length, True),
        (amounts.noise_deviation, True),
        (amounts.low_light_exposure, False),
        (amounts.jpeg_quality, False),
        (amounts.resolution_left, False),
    ],
)
def test_amounts_change_one_way(measure: object, rises: bool) -> None:
    values = [measure(strength) for strength in np.linspace(0.0, 1.0, 21)]  # type: ignore[operator]
    assert all((b >= a) if rises else (b <= a) for a, b in itertools.pairwise(values))


def test_a_point_is_spread_by_the_amount_that_is_said() -> None:
    point = np.zeros((225, 225, 3), np.uint8)
    point[112] = 255
    column = degrade(point, "blur", 0.5, np.random.default_rng(0))[:, 112, 0].astype(float)
    y = np.arange(225) - 112.0
    assert np.sqrt((column * y**2).sum() / column.sum()) == pytest.approx(225 * amounts.blur_sigma(0.5), abs=0.2)


def test_an_unknown_kind() -> None:
    with pytest.raises(KeyError):
        amount("mist", 0.5)
