"""True times: by the stamps, and mended where these are missing or go back."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from gender_classifier.video.clock import Clock


def frame(time: float | None, dts: int | None = None, duration: int = 0) -> Any:
    return SimpleNamespace(time=time, dts=dts, time_base=Fraction(1, 100), duration=duration)


def times(*frames: Any, zero: float = 0.0) -> tuple[list[float], int]:
    clock = Clock(zero, 25.0)
    return [clock.time(one) for one in frames], clock.mended


def test_stamps_count_from_the_film_s_beginning() -> None:
    assert times(frame(10.0), frame(10.5), frame(13.0), zero=10.0) == ([0.0, 0.5, 3.0], 0)


def test_a_missing_stamp_is_the_packet_s_or_follows_by_the_rate() -> None:
    found, mended = times(frame(1.0), frame(None, dts=150), frame(None), frame(2.0))
    assert found == pytest.approx([1.0, 1.5, 1.54, 2.0])
    assert mended == 1
    assert times(frame(None), frame(None)) == ([0.0, 0.04], 2)


def test_a_little_back_is_mended_where_it_is() -> None:
    found, mended = times(frame(1.0), frame(0.9), frame(1.2))
    assert found == pytest.approx([1.0, 1.04, 1.2])
    assert mended == 1


def test_far_back_is_a_new_beginning() -> None:
    found, mended = times(frame(7.0), frame(0.0), frame(1.0))
    assert found == pytest.approx([7.0, 7.04, 8.04])
    assert mended == 1


def test_numbers_and_ends_of_frames() -> None:
    clock = Clock(0.0, 25.0, first=0.2)
    assert [clock.number(time) for time in (0.0, 0.2, 0.24, 1.2)] == [0, 0, 1, 25]
    assert clock.until(frame(1.0, duration=10), 1.0) == pytest.approx(1.1)
    assert clock.until(frame(1.0), 1.0) == pytest.approx(1.04)
