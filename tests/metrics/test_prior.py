"""Priors: how they are written, and the share that EM would find."""

from __future__ import annotations

import numpy as np
import pytest

from gender_classifier.errors import UserError
from gender_classifier.metrics.prior import estimate_share, parse_prior


@pytest.mark.parametrize(("text", "share"), [("male=0.77", 0.77), ("female=0.25", 0.75), (" male = 1e-2 ", 0.01)])
def test_a_prior_is_the_share_of_one_gender(text: str, share: float) -> None:
    assert parse_prior(text) == pytest.approx(share)


@pytest.mark.parametrize(
    "text", ["", "0.77", "male", "male=", "male=77", "male=0", "female=1", "female=1e-17", "men=0.5", "male=0.5.5"]
)
def test_what_is_no_prior_is_one_line(text: str) -> None:
    with pytest.raises(UserError, match=r"for example male=0\.77"):
        parse_prior(text)


def test_the_estimate_is_where_saerens_em_ends() -> None:
    rng = np.random.default_rng(1)
    ratios = rng.normal(0.7, 2.0, 400)
    share = 0.5
    for _ in range(2000):
        odds = np.exp(ratios) * share / (1 - share)
        share = float((odds / (1 + odds)).mean())
    assert float(estimate_share(ratios, np.ones(400))[0]) == pytest.approx(share, abs=2e-6)


def test_each_row_of_weights_has_its_own_share_and_the_ends_are_reached() -> None:
    found = estimate_share([-3.0, 3.0], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert found.tolist() == pytest.approx([0.0, 1.0, 0.5], abs=2e-6)
