"""How the classes' images differ."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.audit.effects import cliffs_delta, compare_classes

from .looking import look

VALUES = st.lists(st.integers(0, 6), min_size=2, max_size=15)


@given(VALUES, VALUES)
def test_delta_is_what_counting_all_pairs_gives(female: list[int], male: list[int]) -> None:
    expected = np.mean([np.sign(m - f) for f in female for m in male])
    delta, low, high = cliffs_delta(female, male)
    assert delta == pytest.approx(expected)
    assert -1 <= low <= delta <= high <= 1
    turned, other_low, other_high = cliffs_delta(male, female)
    assert (turned, other_low, other_high) == pytest.approx((-delta, -high, -low))


def test_the_interval_covers_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    true = 2 * 0.7602499 - 1  # of two normal distributions a standard deviation apart
    covered = [
        low <= true <= high
        for _ in range(400)
        for _, low, high in [cliffs_delta(rng.normal(0, 1, 40), rng.normal(1, 1, 60))]
    ]
    assert 0.91 <= np.mean(covered) <= 0.98


def test_the_interval_is_delongs() -> None:
    # Ranks of six against six, worked by hand: placements of men 3/6, 5/6, 6/6 ..., of women likewise.
    female, male = [1, 2, 3, 4, 5, 6], [3.5, 5.5, 7, 8, 9, 10]
    above = np.array([[m > f for f in female] for m in male], float)
    v_male, v_female = above.mean(1), above.mean(0)
    deviation = 2 * np.sqrt(v_male.var(ddof=1) / 6 + v_female.var(ddof=1) / 6)
    delta, low, _high = cliffs_delta(female, male)
    assert delta - low == pytest.approx(1.959964 * deviation, rel=1e-6)


def test_sharper_pictures_of_women_are_said_in_words() -> None:
    looks = [look(f"f{n}", label=0, sharpness=300.0 + n, brightness=100.0 + n) for n in range(40)]
    looks += [look(f"m{n}", label=1, sharpness=200.0 + 3 * n, brightness=100.0 + n) for n in range(40)]
    found = {effect.measure.name: effect for effect in compare_classes(looks)}
    assert found["sharpness"].delta < -0.474
    assert found["sharpness"].size == "large"
    assert found["sharpness"].sentence().startswith("Women’s images are sharper than men’s in train")
    assert found["brightness"].size == "negligible"


def test_few_pictures_are_not_compared_and_those_without_a_face_have_none() -> None:
    few = [look(f"{label}{n}", label=label) for label in (0, 1) for n in range(9)]
    assert compare_classes(few) == []
    many = [look(f"{label}{n}", label=label, faces=()) for label in (0, 1) for n in range(12)]
    assert "framing" not in {effect.measure.name for effect in compare_classes(many)}
    unreadable = [look(f"{label}{n}", label=label, reason="empty file") for label in (0, 1) for n in range(12)]
    assert compare_classes(unreadable) == []
