"""Each way to count, and which of them is quoted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.evaluation.count import ADJUSTED, CERTAIN, EM, LABELLED, PLAIN, estimates, quoted
from gender_classifier.evaluation.counted import HeldOut, Model
from gender_classifier.evaluation.counted_table import Faces
from gender_classifier.metrics.known_errors import Confusion, likelihood_of

from ..counting import CUT, METADATA, table

MODEL = Model(Path("model.onnx"), METADATA, tta=False)


def faces(women: int, men: int, labelled: bool = True) -> Faces:
    scores = table(women, men, 5, labelled=labelled)
    answered = MODEL.rule.answered(scores.logit)
    return Faces(photo=scores.path, logit=scores.logit, label=scores.label, answered=answered)


def known() -> HeldOut:
    scores = table(600, 600, 6)
    said, men = scores.logit >= CUT, scores.label == 1
    counts = ((~said & ~men), (said & ~men), (~said & men), (said & men))
    confusion = Confusion(*(int(which.sum()) for which in counts))
    return HeldOut(confusion, likelihood_of(scores.label, scores.logit), "labelled faces")


def test_every_way_counts_all_faces_but_the_certain_one() -> None:
    counted = faces(700, 100)
    found = {row.method: row for row in estimates(counted, MODEL, known())}
    assert list(found) == [CERTAIN, PLAIN, ADJUSTED, EM, LABELLED]
    assert found[CERTAIN].faces == counted.answered.sum() < 800
    assert {found[method].faces for method in (PLAIN, ADJUSTED, EM, LABELLED)} == {800}
    assert found[LABELLED].estimate.share == pytest.approx(0.125)
    assert found[PLAIN].estimate.share == pytest.approx((counted.logit >= CUT).mean())
    assert abs(found[ADJUSTED].estimate.share - 0.125) < abs(found[PLAIN].estimate.share - 0.125)


def test_labels_and_a_likelihood_that_are_not_there_are_not_counted_by() -> None:
    told = known()
    found = {row.method for row in estimates(faces(70, 30, labelled=False), MODEL, told)}
    assert found == {CERTAIN, PLAIN, ADJUSTED, EM}
    without = HeldOut(told.confusion, None, told.source)
    assert EM not in {row.method for row in estimates(faces(70, 30), MODEL, without)}


def test_labels_are_quoted_where_all_faces_have_them_else_the_adjusted_count() -> None:
    for labelled, method in ((True, LABELLED), (False, ADJUSTED)):
        counted = faces(700, 100, labelled)
        quote = quoted(list(estimates(counted, MODEL, known())), counted, MODEL, known())
        assert quote.row.method == method
        assert quote.quotable == (not any(reason.forbids for reason in quote.against))
    few = faces(6, 3, labelled=False)
    assert not quoted(list(estimates(few, MODEL, known())), few, MODEL, known()).quotable


def test_an_answer_that_is_uncertain_is_counted_by_the_threshold() -> None:
    counted = faces(20, 20)
    nobody = Faces(counted.photo, counted.logit, counted.label, np.zeros(40, bool))
    assert CERTAIN not in {row.method for row in estimates(nobody, MODEL, known())}


def test_certain_answers_are_counted_as_the_table_gives_them() -> None:
    counted = faces(20, 20)
    others = replace(counted, male=np.ones(40, bool))  # as made for a population of men
    found = {row.method: row.estimate.share for row in estimates(others, MODEL, known())}
    assert found[CERTAIN] == 1.0
    assert found[PLAIN] == pytest.approx((counted.logit >= CUT).mean())
