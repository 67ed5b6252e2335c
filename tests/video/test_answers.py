"""What a track is answered, from all its faces."""

from __future__ import annotations

import pytest

from gender_classifier.video.answers import Track, answer_tracks, present
from gender_classifier.video.looks import Look, spans

from .results import RULE, looks_at, seen


def tracks_of(looks: list[Look], covered: float) -> tuple[list[Track], list[tuple[float, float]]]:
    lasting = spans(looks, covered)
    return answer_tracks(looks, lasting, [0] * len(looks), RULE, ("female", "male")), lasting


def test_large_and_sure_faces_weigh_more() -> None:
    looks = [Look(0.0, 0, 0.0, (), [seen(0, -1.0, side=24)]), Look(0.2, 5, 0.2, (), [seen(0, 3.0, side=96)])]
    tracks, _ = tracks_of(looks, 0.4)
    assert tracks[0].logit == pytest.approx((-24 + 3 * 96) / 120)
    assert tracks[0].label == "male"


def test_changes_are_between_answers_alone() -> None:
    looks = [Look(n / 5, n, n / 5, (), [seen(0, z)]) for n, z in enumerate((4.0, 0.1, 4.0, -4.0, 0.0, 4.0))]
    assert tracks_of(looks, 1.2)[0][0].changes == 2


def test_a_track_lasts_from_its_first_to_its_last_face() -> None:
    looks = looks_at([], [seen(3, 4.0, side=40)], [], [seen(3, 4.0, side=80), seen(-1, -9.0)], [])
    ((track,), _) = tracks_of(looks, 1.0)
    assert (track.number, track.first, track.last, track.faces, track.shot) == (3, 1, 3, 2, 0)
    assert (track.begin, track.end, track.seconds) == pytest.approx((0.2, 0.8, 0.6))
    assert (track.face_px, track.detection_score) == pytest.approx((60, 0.9))
    assert (track.best_guess, track.label) == ("male", "male")
    assert present([track], 5, "male").tolist() == [0, 1, 1, 1, 0]
    assert present([track], 5, "female").tolist() == [0] * 5


def test_a_track_in_the_band_is_uncertain_and_has_a_guess() -> None:
    ((track,), _) = tracks_of(looks_at([seen(0, -0.5)]), 0.2)
    assert (track.label, track.best_guess) == ("uncertain", "female")
    assert track.probability_male == pytest.approx(0.3775, abs=1e-4)
