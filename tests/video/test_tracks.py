"""Faces joined to tracks."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.video.looks import Look, Seen
from gender_classifier.video.tracks import BRIDGED, Tracker


def face(x: float, y: float = 100.0, side: float = 50.0) -> Seen:
    return Seen((x - side / 2, y - side / 2, x + side / 2, y + side / 2), 0.9, 1.0)


def numbered(looks: list[Look]) -> list[list[int]]:
    tracker = Tracker()
    for look in looks:
        tracker.step(look)
    return [[seen.track for seen in look.faces] for look in looks]


def look(at: int, *faces: Seen, cuts: tuple[float, ...] = ()) -> Look:
    return Look(at / 5, at * 5, at / 5, cuts, list(faces))


def test_one_that_moves_is_one() -> None:
    assert numbered([look(n, face(100 + 25 * n)) for n in range(8)]) == [[0]] * 8


def test_two_that_pass_one_another_keep_their_tracks() -> None:
    looks = [look(n, *sorted((face(100 + 30 * n), face(400 - 30 * n, 130)), key=lambda f: f.box[0])) for n in range(10)]
    tracks = numbered(looks)
    assert tracks[0] == [0, 1]
    assert tracks[-1] == [1, 0]
    assert all(sorted(both) == [0, 1] for both in tracks)


def test_a_cut_ends_all_tracks() -> None:
    assert numbered([look(0, face(100)), look(1, face(100), cuts=(0.1,)), look(2, face(100))]) == [[0], [1], [1]]


@pytest.mark.parametrize(("missing", "same"), [(1, True), (2, True), (3, False)])
def test_a_gap_of_half_a_second_is_bridged(missing: int, same: bool) -> None:
    looks = [look(0, face(100)), look(1, face(100)), *(look(2 + n) for n in range(missing))]
    looks.append(look(2 + missing, face(104)))
    assert (missing / 5 <= BRIDGED) == same
    assert numbered(looks)[-1] == [0 if same else 1]


def test_key_frames_far_apart_go_on_within_a_shot() -> None:
    looks = [Look(10.0 * n, 250 * n, 10.0 * n, (), [face(100 + n)]) for n in range(3)]
    assert numbered(looks) == [[0], [0], [0]]


def test_another_size_or_place_is_another() -> None:
    assert numbered([look(0, face(100)), look(1, face(100, side=120))]) == [[0], [1]]
    assert numbered([look(0, face(100)), look(1, face(200))]) == [[0], [1]]


@given(
    st.lists(st.tuples(st.lists(st.floats(0, 600), max_size=5, unique=True), st.booleans()), min_size=1, max_size=12)
)
def test_no_number_twice_in_a_look_nor_on_both_sides_of_a_cut(scenes: list[tuple[list[float], bool]]) -> None:
    looks = [look(n, *map(face, xs), cuts=(n / 5,) if cut else ()) for n, (xs, cut) in enumerate(scenes)]
    tracks = numbered(looks)
    shots = np.cumsum([cut for _, cut in scenes])
    seen: dict[int, set[int]] = {}
    for numbers, shot in zip(tracks, shots, strict=True):
        assert len(set(numbers)) == len(numbers)
        for number in numbers:
            seen.setdefault(number, set()).add(int(shot))
    assert all(len(where) == 1 for where in seen.values())
    assert sorted(seen) == list(range(len(seen)))
