"""Who is not found."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.metrics.detection import found_by_group

people = st.lists(st.tuples(st.integers(0, 1), st.booleans(), st.booleans(), st.sampled_from("ab")), min_size=1)


@given(people)
def test_shares_are_those_of_a_plain_count(rows: list[tuple[int, bool, bool, str]]) -> None:
    labels = np.array([label for label, *_ in rows])
    found = np.array([seen for _, seen, _, _ in rows])
    right = np.array([seen and answered for _, seen, answered, _ in rows])
    result = found_by_group(labels, found, right, {})
    assert (result.found.hits, result.found.count) == (found.sum(), len(rows))
    assert result.right.hits == right.sum()
    for label, name in enumerate(("female", "male")):
        assert result.found_of[name].hits == (found & (labels == label)).sum()
        assert result.right_of[name].count == (labels == label).sum()
    assert result.groups is None


def test_groups_tell_where_faces_are_missed() -> None:
    labels = np.tile([0, 1], 60)
    light = np.repeat(np.array(["day", "night"], dtype=object), 60)
    found = ~((light == "night") & (labels == 0))  # no woman by night
    result = found_by_group(labels, found, found, {"light": light})
    assert result.groups is not None
    day, night = result.groups.columns["light"]
    assert (day.accuracy.share, night.accuracy.share) == (1.0, 0.5)
    assert (night.recall["female"].share, night.recall["male"].share) == (0.0, 1.0)
    assert result.groups.worst is not None
    assert (result.groups.worst.gender, result.groups.worst.values) == ("female", {"light": "night"})


def test_no_answer_is_right_without_a_face() -> None:
    with pytest.raises(ValueError, match="without a face"):
        found_by_group(np.array([0]), np.array([False]), np.array([True]), {})
