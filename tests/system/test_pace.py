"""Rates over a window, and none where there is nothing to tell them by."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.system.pace import WINDOW, Pace


def test_a_first_batch_that_comes_all_at_once_is_no_rate() -> None:
    pace = Pace(10_000, 0.0)
    for _ in range(32):
        pace.step(0.001)
    assert (pace.rate(0.001), pace.seconds_left(0.001)) == (None, None)
    assert pace.rate(4.0) == 8.0
    assert pace.seconds_left(4.0) == pytest.approx((10_000 - 32) / 8)


def test_what_was_long_ago_does_not_count() -> None:
    pace = Pace(1000, 0.0)
    for second in range(1, 101):
        pace.step(float(second))
    for _ in range(500):
        pace.step(100.0 + (_ + 1) / 10)
    assert pace.rate(150.0) == pytest.approx(10, rel=0.02)


@given(gaps=st.lists(st.floats(0.001, 5), min_size=1, max_size=200))
def test_a_rate_is_never_beyond_what_was_seen(gaps: list[float]) -> None:
    pace, now = Pace(1000, 0.0), 0.0
    for gap in gaps:
        now += gap
        pace.step(now)
        rate = pace.rate(now)
        if rate is not None:
            assert 0 < rate <= 1 / min(gaps) + 1e-6
    assert len(pace._seen) <= 10 * WINDOW + 60
