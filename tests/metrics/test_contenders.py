"""Models on the same faces: matched by name, refused where labels or names disagree, and what they answer otherwise."""

from __future__ import annotations

import pytest

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.contenders import Contender, changed, same_faces
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.scores import Scores

from .models import table


def test_changed_pictures_are_those_answered_otherwise_and_the_furthest_apart_come_first() -> None:
    labels = [0, 0, 1, 1, 1]
    one = Contender("a", table(labels, [-1.0, 0.2, 3.0, -0.5, 2.0]), DecisionRule())
    other = Contender("b", table(labels, [-2.0, -0.2, 1.0, 2.5, 0.5]), DecisionRule(1.0, Calibration(2.0)))
    # Probabilities .38 and .99, .88 and .73, .55 and .40; of the others both are right.
    assert changed([one, other]) == [3, 4, 1]


def test_faces_are_matched_by_name_whatever_their_order() -> None:
    one = Contender("a", table([0, 1, 1, -1], [1, 2, 3, 4], ["x", "y", "z", "unlabelled"]), DecisionRule())
    other = Contender("b", table([1, 0, 1], [5, 6, 7], ["y", "x", "w"]), DecisionRule())
    kept, left_out = same_faces([one, other])
    assert [c.scores.path.tolist() for c in kept] == [["x", "y"], ["x", "y"]]
    assert [c.scores.logit.tolist() for c in kept] == [[1, 2], [6, 5]]
    assert left_out == 2


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (table([0, 1], [1, 2], ["p", "q"]), "no labelled image in common"),
        (table([1, 1], [1, 2], ["x", "y"]), "label 1 images differently, the first of them x"),
        (table([0, 0], [1, 2], ["x", "x"]), "a face twice"),
    ],
)
def test_tables_that_do_not_go_together(other: Scores, why: str) -> None:
    one = Contender("a", table([0, 1], [1, 2], ["x", "y"]), DecisionRule())
    with pytest.raises(UserError, match=why):
        same_faces([one, Contender("b", other, DecisionRule())])
