"""What packets cover: frames that stand for long, frames that are skipped, and what is missing in between."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from gender_classifier.video.coverage import Coverage, jumps

TICK = Fraction(1, 1000)


def film(kind: str = "matroska,webm") -> Any:
    return SimpleNamespace(format=SimpleNamespace(name=kind))


def packet(time: float | None, pos: int | None = None, size: int = 1000, lasts: float = 0.04) -> Any:
    stamp = None if time is None else round(1000 * time)
    duration = round(1000 * lasts)
    return SimpleNamespace(
        pts=stamp, dts=stamp, duration=duration, time_base=TICK, pos=pos, size=size, is_discard=False
    )


def frame(time: float | None) -> Any:
    return packet(time)


def followed(kind: str, times: Iterable[float], decoded: Iterable[float], lasts: float = 0.04) -> list[float]:
    """Until when the film is covered before each decoded frame, all packets read before."""
    coverage, covered, found = Coverage(film(kind), zero=0.0, rate=25.0), 0.0, []
    for time in times:
        coverage.packet(packet(time, lasts=lasts), True)
    for time in decoded:
        found.append(coverage.since(frame(time), time, covered))
        covered = time + lasts
    return found


def test_stamps_jump_in_broadcasts() -> None:
    assert [jumps(film(kind)) for kind in ("mpegts", "mpeg", "matroska,webm", "mov,mp4")] == [True, True, False, False]


@pytest.mark.parametrize("kind", ["matroska,webm", "mov,mp4", "flv"])
def test_a_picture_stands_until_the_next_one(kind: str) -> None:
    assert followed(kind, [0, 9, 18], [0, 9, 18]) == [0, 9, 18]


def test_packets_that_are_not_decoded_are_no_gap_and_none_at_all_is_one_in_a_broadcast() -> None:
    times = [n / 2 for n in range(9)]
    assert followed("mpegts", times, [0, 2, 4], lasts=0.5) == [0, 2, 4]
    assert followed("mpegts", [0, 0.04, 9, 9.04], [0, 0.04, 9, 9.04]) == [0, 0.04, 0.08, 9.04]
    assert followed("mpegts", [*times, 9, 9.5], [0, 2, 9], lasts=0.5) == [0, 2, 4.5]  # where packets end


def test_bytes_that_are_passed_over_are_a_gap() -> None:
    for pos, since in ((11_020, 9.0), (14_000, 0.04)):
        coverage = Coverage(film(), 0.0, 25.0)
        for one in (packet(0, pos=10_000), packet(9, pos=pos)):
            coverage.packet(one, True)
        assert [coverage.since(frame(time), time, 0.04 * (time > 0)) for time in (0, 9)] == [0, since]


def test_what_lies_between_may_be_sound_and_share_a_head() -> None:
    coverage = Coverage(film(), 0.0, 25.0)
    coverage.packet(packet(0, pos=10_000), True)
    for time in range(8):
        coverage.packet(packet(time, pos=11_010, size=400, lasts=1.0), False)
    coverage.packet(packet(9, pos=14_220), True)
    assert [coverage.since(frame(time), time, 0.04 * (time > 0)) for time in (0, 9)] == [0, 9]
    assert coverage.others == 7


def test_bytes_that_belong_to_a_picture_are_no_gap() -> None:
    coverage = Coverage(film(), 0.0, 25.0)
    for n in range(50):
        coverage.packet(packet(n / 25, pos=10_000 + 4000 * n), True)  # as alpha lies behind it
    coverage.packet(packet(19, pos=207_010), True)  # held until here, and no byte is missing
    assert [coverage.since(frame(time), time, 0.04) for time in (0, 1.96, 19)] == [0, 1.96, 19]


def test_a_time_code_that_lasts_the_whole_film_does_not_reach_its_end() -> None:
    coverage = Coverage(film(), 5.0, 25.0)
    coverage.packet(packet(6, lasts=3600), False)
    assert coverage.others == 1


def test_what_cannot_be_decoded_is_a_gap_unless_key_frames_alone_are_looked_at() -> None:
    for keyframes, since in ((False, 1.0), (True, 9.0)):
        coverage = Coverage(film(), 0.0, 25.0, keyframes)
        coverage.packet(packet(0), True)
        assert coverage.since(frame(0), 0, 0) == 0
        coverage.packet(packet(5), True)
        coverage.failed()
        coverage.packet(packet(9), True)
        assert coverage.since(frame(9), 9, 1.0) == since
        coverage.packet(packet(20), True)
        assert coverage.since(frame(20), 20, 9.04) == 20  # what was broken is past
        assert coverage.fails == 1


def test_a_broken_frame_that_goes_back_leaves_a_gap_after_it() -> None:
    assert followed("mov,mp4", [0, 8, 15], [0, 15, 8, 15.04])[-1] == 8.04


def test_a_frame_without_a_stamp_leaves_none() -> None:
    assert Coverage(film(), 0.0, 25.0).since(frame(None), 9.0, 0.0) == 9.0


def test_the_end_is_that_of_the_last_packet() -> None:
    coverage = Coverage(film(), zero=10.0, rate=25.0)
    assert coverage.end() == (-math.inf, -math.inf, False)
    for time in (10, 10.04, 12):
        coverage.packet(packet(time, lasts=0), True)
    coverage.since(frame(10), 0.0, 0.0)
    coverage.packet(packet(None), True)  # at the end of the file
    assert coverage.end() == (pytest.approx(2.0), pytest.approx(2.04), False)
    coverage.failed()
    assert coverage.end() == (pytest.approx(2.0), pytest.approx(0.0), True)


def test_what_begins_anew_ends_by_its_own_stamps() -> None:
    coverage = Coverage(film("mpegts"), 0.0, 25.0)
    for time in (5, 5.04, 0, 0.04):
        coverage.packet(packet(time), True)
    coverage.since(frame(5), 5, 0)
    coverage.since(frame(0), 5.08, 5.08)  # as the clock has it
    assert coverage.end() == (pytest.approx(5.12), pytest.approx(5.16), False)
