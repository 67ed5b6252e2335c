"""The majority baseline: the same as counting it out, and verdicts that a constant answer can never pass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.metrics.classification import mcnemar, metrics_at
from gender_classifier.metrics.majority import beside_majority

COUNT = st.integers(0, 60)


def counts(tp: int, fp: int, tn: int, fn: int) -> dict[str, int]:
    return {"tp": tp, "fp": fp, "tn": tn, "fn": fn}


@given(COUNT, COUNT, COUNT, COUNT)
def test_it_is_the_paired_test_against_the_constant_answer(tp: int, fp: int, tn: int, fn: int) -> None:
    if tp + fp + tn + fn == 0:
        return
    labels = np.repeat([1, 0, 0, 1], [tp, fp, tn, fn])
    said = np.repeat([1, 1, 0, 0], [tp, fp, tn, fn])
    men = float(labels.mean())
    found = beside_majority(counts(tp, fp, tn, fn))
    assert found.share == pytest.approx(max(men, 1 - men))
    assert found.label == ("" if men == 0.5 else "male" if men > 0.5 else "female")
    constant = np.full(labels.size, int(men >= 0.5))
    assert found.p == pytest.approx(mcnemar(said == labels, constant == labels).p)
    accuracy = float((said == labels).mean())
    if 0 < men < 1:
        assert (found.verdict == "no better") == (accuracy <= found.share + 1e-12)
        assert (found.verdict == "better") == (accuracy > found.share and found.p < 0.05)
    else:
        assert found.verdict is None


@pytest.mark.parametrize("said", [0.0, 1.0])
def test_a_constant_answer_is_no_better(said: float) -> None:
    labels = np.array([1] * 317 + [0] * 105)
    found = beside_majority(metrics_at(labels, np.full(labels.size, said), 0.5))
    assert (found.label, found.verdict) == ("male", "no better")
    assert round(100 * found.share, 1) == 75.1


def test_few_pictures_show_nothing() -> None:
    assert beside_majority(counts(8, 1, 3, 0)).verdict == "not shown"
    assert beside_majority(counts(80, 10, 30, 0)).verdict == "better"
