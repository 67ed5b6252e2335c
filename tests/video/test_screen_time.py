"""Seconds on screen, and women's share of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.errors import UserError
from gender_classifier.metrics.counting import Estimate, adjusted_count
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.known_errors import Confusion
from gender_classifier.metrics.quoting import Reason
from gender_classifier.video.answers import Track, answer_tracks, present
from gender_classifier.video.looks import Look, spans
from gender_classifier.video.screen_time import Errors, adjusted_time, effective, share_of_women, totals

from .results import ERRORS, RULE, seen

RIGHT = ERRORS.confusion


def tracks_of(looks: list[Look], covered: float) -> tuple[list[Track], list[tuple[float, float]]]:
    lasting = spans(looks, covered)
    return answer_tracks(looks, lasting, [0] * len(looks), RULE, ("female", "male")), lasting


def test_seconds_by_hand() -> None:
    looks = [Look(n / 5, n, n / 5) for n in range(10)]
    for n in range(5):
        looks[n].faces.append(seen(0, -4.0))
    for n in (2, 3, 5, 6):  # missed at 4, which is bridged
        looks[n].faces.append(seen(1, 4.0))
    looks[7].faces.append(seen(2, 0.1))
    tracks, lasting = tracks_of(looks, 2.0)
    time = totals(tracks, lasting)
    assert [track.label for track in tracks] == ["female", "male", "uncertain"]
    assert (time.female, time.male, time.uncertain) == pytest.approx((1.0, 1.0, 0.2))
    assert (time.with_female, time.with_male, time.with_both) == pytest.approx((1.0, 1.0, 0.6))
    assert time.with_nobody == pytest.approx(0.4)
    assert time.watched == pytest.approx(2.0)


def test_correction_is_that_of_count() -> None:
    said, seconds = np.array([True] * 30 + [False] * 70), np.ones(100)
    time = adjusted_time(said, seconds, RIGHT)
    count = adjusted_count(30, 100, RIGHT)
    assert time.share == pytest.approx(count.share, abs=1e-5)
    assert np.allclose(time.interval, count.interval, atol=0.03)


def test_one_long_track_among_short_ones_widens_the_interval() -> None:
    said = np.array([True] * 50 + [False] * 50)
    even = adjusted_time(said, np.ones(100), RIGHT).interval
    uneven = adjusted_time(said, np.r_[50.0, np.ones(98), 50.0], RIGHT).interval
    assert uneven[1] - uneven[0] > 1.5 * (even[1] - even[0])


def test_men_alone_leave_room_for_a_woman() -> None:
    low, high = adjusted_time(np.ones(5, bool), np.ones(5), RIGHT).interval
    assert high == 1.0
    assert low < 0.9


def test_answers_that_tell_nothing_cannot_be_corrected() -> None:
    with pytest.raises(UserError, match="cannot be corrected"):
        adjusted_time(np.ones(5, bool), np.ones(5), Confusion(50, 50, 50, 50))


@given(st.lists(st.floats(0.2, 500.0), min_size=1, max_size=40), st.data())
def test_shares_and_intervals_are_shares(lasting: list[float], data: st.DataObject) -> None:
    said = np.array(data.draw(st.lists(st.booleans(), min_size=len(lasting), max_size=len(lasting))))
    seconds = np.array(lasting)
    found = adjusted_time(said, seconds, RIGHT, draws=100)
    assert 0 <= found.interval[0] <= found.share <= found.interval[1] <= 1
    assert 1 <= effective(seconds) <= len(seconds) + 1e-6


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.sampled_from([-4.0, 0.0, 4.0])), max_size=6))
def test_face_seconds_are_those_of_the_tracks(planned: list[tuple[int, int, float]]) -> None:
    looks = [Look(n / 5, n, n / 5) for n in range(10)]
    for number, (one, other, logit) in enumerate(planned):
        for n in range(min(one, other), max(one, other) + 1):
            looks[n].faces.append(seen(number, logit))
    tracks, lasting = tracks_of(looks, 2.0)
    time = totals(tracks, lasting)
    by_label = {label: sum(t.seconds for t in tracks if t.label == label) for label in ("female", "male", "uncertain")}
    assert [time.female, time.male, time.uncertain] == pytest.approx(list(by_label.values()))
    assert time.with_both <= min(time.with_female, time.with_male) + 1e-9
    assert max(time.with_female, time.with_male) <= time.watched + 1e-9
    assert all((present(tracks, 10, label) >= 0).all() for label in by_label)


def test_the_share_goes_by_the_rule_at_which_the_errors_were_measured() -> None:
    looks = [Look(n / 5, n, n / 5, (), [seen(n, (n - 20) / 8)]) for n in range(40)]
    lasting = spans(looks, 8.0)

    def share(rule: DecisionRule) -> tuple[Estimate, tuple[Reason, ...]]:
        tracks = answer_tracks(looks, lasting, [0] * len(looks), rule, ("female", "male"))
        return share_of_women(tracks, Errors(RIGHT, 0.2, False, "there"), RULE)

    plain = share(RULE)
    assert plain[0].share == pytest.approx(0.5, abs=0.02)
    assert {reason.code for reason in plain[1]} >= {"many_uncertain"}
    for rule in (RULE.shifted(-2.0), replace(RULE, band=None), replace(RULE, band=(0.01, 0.99))):
        assert share(rule) == plain


def test_a_model_without_a_band_finds_no_track_uncertain() -> None:
    looks = [Look(n / 5, n, n / 5, (), [seen(n, 0.1)]) for n in range(10)]
    tracks, _ = tracks_of(looks, 2.0)
    assert {track.label for track in tracks} == {"uncertain"}
    _, against = share_of_women(tracks, Errors(RIGHT, None, False, "there"), DecisionRule())
    assert "many_uncertain" not in {reason.code for reason in against}


def test_few_tracks_are_not_to_be_quoted_and_say_so() -> None:
    looks = [Look(n / 5, n, n / 5, (), [seen(0, 4.0)]) for n in range(5)]
    tracks, _ = tracks_of(looks, 1.0)
    _, against = share_of_women(tracks, Errors(RIGHT, 0.2, False, "there"))
    texts = {reason.code: reason for reason in against}
    assert texts["few_faces"].forbids
    assert "only 1 tracks" in texts["few_faces"].text
