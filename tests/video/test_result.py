"""Frames, shots and totals put together from what was seen."""

from __future__ import annotations

import pytest

from gender_classifier.video.ending import Ending

from .results import ERRORS, RULE, looks_at, made_of, seen


def test_tracks_are_put_into_their_shots_and_totals_add_up() -> None:
    looks = looks_at([seen(0, -4.0)], [seen(0, -4.0)], [seen(1, 4.0)], [seen(1, 4.0), seen(2, 0.1)])
    looks[2].cuts = (0.4,)
    result = made_of(looks, Ending(0.8, notes=["one", "two"]))
    assert [time for shot in result.shots for time in (shot.begin, shot.end)] == pytest.approx([0.0, 0.4, 0.4, 0.8])
    assert [(track.shot, track.label) for track in result.tracks] == [(0, "female"), (1, "male"), (1, "uncertain")]
    first, second = (shot.screen_time for shot in result.shots)
    assert (first.female, first.male, first.tracks) == pytest.approx((0.4, 0, 1))
    assert (second.female, second.male, second.uncertain, second.tracks) == pytest.approx((0, 0.4, 0.2, 2))
    assert result.screen_time.female == pytest.approx(0.4)
    assert result.screen_time.share_female is not None
    assert (result.status, result.note, result.length) == ("ok", "one; two", 0.8)


def test_a_cut_before_anything_was_seen_begins_no_shot_and_one_after_the_last_look_does() -> None:
    looks = looks_at([], [])
    looks[0].time, looks[0].cuts = 0.1, (0.05,)
    result = made_of(looks, Ending(1.0, cuts=(0.6,), fault="cut off: the image ends at 1.0 s"))
    assert [shot.begin for shot in result.shots] == pytest.approx([0.05, 0.6])
    assert result.status.startswith("cut off")
    assert result.screen_time.share_female is None


def test_frames_have_each_face_s_own_answer() -> None:
    result = made_of(looks_at([seen(0, -4.0), seen(1, 0.1)], []), Ending(0.4), ERRORS)
    first, second = result.frames
    assert [face.label for face in first.faces] == ["female", "uncertain"]
    assert [face.best_guess for face in first.faces] == ["female", "male"]
    assert first.faces[0].probability_male == pytest.approx(float(RULE.probabilities([-4.0])[0]))
    assert (first.tracks, first.shot_begins, second.faces, second.time) == ([0, 1], False, [], 0.2)
    assert first.faces[1].face == 1


def test_without_known_errors_there_is_no_share() -> None:
    time = made_of(looks_at([seen(0, -4.0)]), Ending(0.2), None).screen_time
    assert (time.share_female, time.interval, time.quotable) == (None, None, False)


def test_faces_that_were_there_for_no_time_have_no_share() -> None:
    result = made_of(looks_at([seen(0, 3.0)]), Ending(covered=0.0))
    assert (len(result.tracks), result.screen_time.share_female) == (1, None)
    assert result.screen_time.line() == "No share to quote"
