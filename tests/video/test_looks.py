"""What was seen: kept as JSON exactly, and standing for the film from when until when."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.video.looks import Look, Seen, spans

numbers = st.floats(-1e4, 1e4)
faces = st.builds(Seen, st.tuples(numbers, numbers, numbers, numbers), st.floats(0, 1), numbers, st.integers(-1, 9))
looks = st.builds(
    Look, numbers, st.integers(0, 9999), numbers, st.lists(numbers, max_size=3).map(tuple), st.lists(faces, max_size=3)
)


@given(looks)
def test_there_and_back_through_json(look: Look) -> None:
    assert Look.from_list(json.loads(json.dumps(look.to_list()))) == look


def test_a_face_s_side_is_that_of_a_square_as_large() -> None:
    assert Seen((10.0, 0.0, 50.0, 90.0), 1.0, 0.0).side == 60.0
    assert Seen((10.0, 0.0, 5.0, 90.0), 1.0, 0.0).side == 0.0


def test_spans_end_where_the_next_begins_at_cuts_and_in_gaps() -> None:
    looks = [
        Look(0.0, 0, 0.0),
        Look(0.2, 5, 0.2),
        Look(0.4, 10, 0.4, (0.3,)),
        Look(5.0, 125, 0.6),  # the film has nothing from 0.6 to 5
    ]
    assert spans(looks, 5.2) == [(0.0, 0.2), (0.2, 0.3), (0.3, 0.6), (5.0, 5.2)]
    several = [Look(0.0, 0, 0.0), Look(2.0, 50, 2.0, (0.4, 1.2, 1.8))]
    assert spans(several, 2.2) == [(0.0, 0.4), (1.8, 2.2)]  # nobody looked at the shots in between
    assert spans(looks[:1], 3.0, [0.5]) == [(0.0, 0.5)]
    assert spans([], 3.0) == []
