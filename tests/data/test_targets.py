"""A manifest's further columns become classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gender_classifier.data.datasets import Sample
from gender_classifier.data.targets import Targets, target_table, targets_of
from gender_classifier.errors import UserError


def people(*ages: str, column: str = "age") -> list[Sample]:
    return [Sample(Path(f"{i}.png"), f"{i}.png", i % 2, {column: age}) for i, age in enumerate(ages)]


def test_classes_are_sorted_and_blanks_are_unknown() -> None:
    samples = people("old", "young", "", "old")
    targets = targets_of(samples, ["age"])
    assert targets == [Targets("age", ("old", "young"))]
    np.testing.assert_array_equal(target_table(samples, targets), [[0], [1], [-1], [0]])
    assert target_table(people("infant"), targets).tolist() == [[-1]]


def test_no_columns_is_a_table_without_columns() -> None:
    assert target_table(people("old", "young"), targets_of(people("old"), [])).shape == (2, 0)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (people("a", "b", column="race"), "no column `age`; the manifest has race"),
        (people("old", "old"), "`age` has 1 values"),
        (people(*map(str, range(60))), "`age` has 60 values"),
    ],
)
def test_what_are_no_classes_is_refused(samples: list[Sample], message: str) -> None:
    with pytest.raises(UserError, match=message):
        targets_of(samples, ["age"])
