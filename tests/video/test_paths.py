"""Where a track's box is between the frames that were looked at."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.video.paths import Piece, pieces, said
from gender_classifier.video.result import VideoResult


@given(st.floats(0, 10), st.floats(0.01, 5), st.floats(-1, 2))
def test_a_box_moves_from_one_end_to_the_other(begin: float, lasts: float, share: float) -> None:
    piece = Piece(begin, begin + lasts, (0, 10, 20, 30), (100, 10, 120, 30))
    box = piece.at(begin + share * lasts)
    assert box[0] == pytest.approx(100 * min(1, max(0, share)), abs=1e-4)
    assert box[2] - box[0] == pytest.approx(20)
    assert box[1::2] == (10, 30)


def test_a_track_s_way_has_no_hole(result: VideoResult) -> None:
    (way,) = pieces(result).values()
    assert len(way) == 6
    assert (way[0].begin, way[-1].end) == pytest.approx((0.0, 1.2), abs=0.05)
    for one, other in itertools.pairwise(way):
        assert (one.end, one.last) == (other.begin, other.first)
    assert way[-1].first == way[-1].last  # until the cut it stays where it was last seen


def test_a_box_that_hardly_moves_stands_still(result: VideoResult) -> None:
    assert len(pieces(result, still=0.01)[0]) == 6
    (only,) = pieces(result, still=9.0)[0]
    assert only.first == only.last == result.looks[0].faces[0].box


def test_an_answer_in_words(result: VideoResult) -> None:
    track = result.tracks[0]
    assert said(replace(track, label="female", probability_male=0.03)) == "female 97 %"
    assert said(replace(track, label="male", probability_male=0.88)) == "male 88 %"
