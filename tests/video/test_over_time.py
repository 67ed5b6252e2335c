"""Faces over a film's time: they add up to the tracks' seconds, whatever the parts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.video.ending import Ending
from gender_classifier.video.over_time import over_time

from .results import looks_at, made_of, seen

WOMAN, MAN = seen(0, -4.0), seen(1, 4.0)


@given(st.lists(st.sampled_from([0, 1, 2, 3]), min_size=1, max_size=30), st.integers(1, 200))
def test_face_seconds_are_the_tracks_whatever_the_parts(planned: list[int], parts: int) -> None:
    looks = looks_at(*[[face for face, bit in ((WOMAN, 1), (MAN, 2)) if plan & bit] for plan in planned])
    result = made_of(looks, Ending(len(looks) / 5), None)
    found = over_time(result, parts)
    lasting = np.diff(found.edges)
    assert len(lasting) <= parts
    assert (found.edges[0], found.edges[-1]) == pytest.approx((0, len(looks) / 5))
    for label in ("female", "male", "uncertain"):
        assert float(found.faces[label] @ lasting) == pytest.approx(getattr(result.screen_time, label), abs=1e-6)
    assert found.most >= 1


def test_two_at_a_time_are_two() -> None:
    found = over_time(made_of(looks_at([WOMAN, MAN], [WOMAN]), Ending(0.4), None))
    assert found.most == pytest.approx(2)
    assert found.faces["male"][0] == pytest.approx(1)
    assert found.faces["male"][-1] == pytest.approx(0)


def test_nothing_was_seen() -> None:
    found = over_time(made_of([], Ending(0.0), None))
    assert found.most == 1
    assert all(not values.any() for values in found.faces.values())
