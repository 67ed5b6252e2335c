"""What labelled faces tell of a model's errors."""

from __future__ import annotations

import math

import pytest

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.known_errors import Confusion, Likelihood, confusion_at, likelihood_of, rates_of


def test_confusion_counts_male_from_the_threshold_on() -> None:
    assert confusion_at([0, 0, 1, 1, 1], [-1.0, 0.5, 0.5, 0.4, 2.0], 0.5) == Confusion(tn=1, fp=1, fn=1, tp=2)


def test_a_ratio_knows_nothing_of_the_shares_that_it_was_fitted_on() -> None:
    assert Likelihood(Calibration(2.0, math.log(3)), women=100, men=300).log_ratio(0.5) == pytest.approx(1.0)


def test_no_likelihood_of_one_gender() -> None:
    assert likelihood_of([1, 1], [0.0, 1.0]) is None


def test_rates_are_of_men_and_of_women_said_to_be_male() -> None:
    assert rates_of(Confusion(tn=80, fp=20, fn=5, tp=45)) == (0.9, 0.2)


@pytest.mark.parametrize("confusion", [Confusion(0, 0, 1, 9), Confusion(1, 9, 0, 0), Confusion(5, 5, 5, 5)])
def test_answers_that_depend_on_no_gender_have_none(confusion: Confusion) -> None:
    with pytest.raises(UserError, match="confusion: "):
        rates_of(confusion)
