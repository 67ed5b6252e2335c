"""Folds hold each class evenly and nobody twice, whatever the people."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.data.folds import assign_folds
from gender_classifier.errors import UserError


@given(
    sizes=st.lists(st.tuples(st.integers(1, 5), st.integers(0, 1)), min_size=1, max_size=60),
    folds=st.integers(2, 5),
    seed=st.integers(0, 9),
)
def test_people_stay_together_and_classes_even(sizes: list[tuple[int, int]], folds: int, seed: int) -> None:
    people = [f"p{i}" for i, (count, _) in enumerate(sizes) for _ in range(count)]
    labels = [label for count, label in sizes for _ in range(count)]
    if min(sum(label == wanted for _, label in sizes) for wanted in (0, 1)) < folds:
        with pytest.raises(UserError, match="choose fewer"):
            assign_folds(people, labels, folds, seed)
        return
    places = assign_folds(people, labels, folds, seed)
    assert set(places) == set(range(1, folds + 1))
    assert len({(person, place) for person, place in zip(people, places, strict=True)}) == len(sizes)
    for wanted in (0, 1):
        counts = Counter(place for place, label in zip(places, labels, strict=True) if label == wanted)
        largest = max(count for count, label in sizes if label == wanted)
        # Placing the largest first, each where most is lacking, cannot leave folds further apart than one person.
        assert max(counts.values()) - min(counts[fold] for fold in range(1, folds + 1)) <= largest


def test_the_order_of_pictures_says_nothing_and_the_seed_does() -> None:
    people, labels = [f"p{i}" for i in range(60)], [i % 3 // 2 for i in range(60)]
    places = dict(zip(people, assign_folds(people, labels, 4, 0), strict=True))
    assert places == dict(zip(people[::-1], assign_folds(people[::-1], labels[::-1], 4, 0), strict=True))
    assert places != dict(zip(people, assign_folds(people, labels, 4, 1), strict=True))


def test_one_fold_is_none() -> None:
    with pytest.raises(UserError, match="at least 2"):
        assign_folds(["a", "b"], [0, 1], 1, 0)
