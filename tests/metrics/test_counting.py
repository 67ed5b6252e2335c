"""Counting: corrected shares are the true ones, and intervals hold them as often as they say."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.counting import adjusted_count, em_count, independent_faces, plain_count
from gender_classifier.metrics.known_errors import Confusion, Likelihood, confusion_at, likelihood_of

Faces = tuple[NDArray[np.int64], NDArray[np.float64]]
HELD_OUT = Confusion(tn=170, fp=30, fn=40, tp=360)


def faces(rng: np.random.Generator, count: int, share: float) -> Faces:
    y = (rng.random(count) < share).astype(np.int64)
    return y, rng.normal(1.6 * (2 * y - 1), 1.5)


@given(st.floats(0, 1), st.integers(50, 5000))
def test_the_adjusted_count_undoes_the_confusion(share: float, count: int) -> None:
    said = round(count * (share * 0.9 + (1 - share) * 0.15))
    found = adjusted_count(said, count, HELD_OUT, draws=50)
    assert found.share == pytest.approx(share, abs=1 / count / 0.75 + 1e-9)
    assert 0 <= found.interval[0] <= found.interval[1] <= 1


def test_the_interval_carries_the_uncertainty_of_the_confusion() -> None:
    few = Confusion(tn=17, fp=3, fn=4, tp=36)
    widths = [np.diff(adjusted_count(5000, 10_000, c).interval)[0] for c in (few, HELD_OUT)]
    exact = 2 * 1.96 * math.sqrt(0.5 * 0.5 / 10_000) / 0.75
    assert widths[0] > 2 * widths[1] > 4 * exact
    # Delta method: shares of answers, of men's errors and of women's.
    p = (0.5 - 0.15) / 0.75
    variance = 0.25 / 10_000 + p**2 * 0.09 / 400 + (1 - p) ** 2 * 0.15 * 0.85 / 200
    assert widths[1] == pytest.approx(2 * 1.96 * math.sqrt(variance) / 0.75, rel=0.1)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_intervals_cover_at_their_rate_and_the_plain_count_s_does_not(share: float) -> None:
    rng = np.random.default_rng(round(100 * share))
    rounds, hits = 100, {"plain": 0, "adjusted": 0, "em": 0}
    for seed in range(rounds):
        labels, logits = faces(rng, 500, 0.6)
        _, z = faces(rng, 400, share)
        said = int((z >= 0.2).sum())
        likelihood = likelihood_of(labels, logits)
        assert likelihood is not None
        found = {
            "plain": plain_count(said, 400),
            "adjusted": adjusted_count(said, 400, confusion_at(labels, logits, 0.2), draws=100, seed=seed),
            "em": em_count(z, likelihood, draws=100, seed=seed),
        }
        for name, estimate in found.items():
            hits[name] += estimate.interval[0] <= share <= estimate.interval[1]
    # Three standard errors of 95 % of 100.
    assert abs(hits["adjusted"] / rounds - 0.95) < 0.065
    assert abs(hits["em"] / rounds - 0.95) < 0.065
    assert hits["plain"] / rounds < (0.9 if share == 0.5 else 0.3)


def test_likelihood_without_covariance_is_narrower() -> None:
    rng = np.random.default_rng(0)
    known = likelihood_of(*faces(rng, 120, 0.5))
    assert known is not None
    bare = Likelihood(known.calibration, known.women, known.men)
    z = faces(rng, 2000, 0.3)[1]
    wide, narrow = em_count(z, known), em_count(z, bare)
    assert wide.share == narrow.share
    assert np.diff(wide.interval)[0] > 1.2 * np.diff(narrow.interval)[0]


def test_faces_of_one_photo_that_agree_are_worth_one() -> None:
    said = np.repeat([True, False, True, True], 25)
    assert independent_faces(said, np.repeat(["a", "b", "c", "d"], 25)) in (3, 4)
    assert independent_faces(said, np.arange(100)) == 100
    assert independent_faces(said, np.full(100, "a")) == 1
    # All alike: nothing tells how much photos matter, and the least is taken.
    assert independent_faces([True] * 4, ["a", "a", "b", "b"]) == 2
    assert independent_faces([False] * 9, ["a"] * 7 + ["b", "c"]) == 2
    assert independent_faces([True] * 3, ["a", "b", "c"]) == 3
    # One that differs, by chance or by mistake, makes them no more than twice that.
    assert independent_faces([True] + [False] * 119, np.repeat(["a", "b"], 60)) == 4
    assert independent_faces([True] + [False] * 119, np.repeat(np.arange(12), 10)) == 24


def test_faces_of_one_photo_that_are_mixed_are_worth_no_more_than_all() -> None:
    assert independent_faces(np.tile([True, False], 50), np.repeat(np.arange(50), 2)) == 100


def test_fewer_independent_faces_widen_intervals() -> None:
    z = faces(np.random.default_rng(0), 1000, 0.5)[1]
    known = Likelihood(Calibration(1.4, 0.0), 1, 1)
    for whole, part in (
        (adjusted_count(500, 1000, HELD_OUT), adjusted_count(500, 1000, HELD_OUT, independent=50)),
        (em_count(z, known), em_count(z, known, independent=50)),
    ):
        assert part.share == whole.share
        assert np.diff(part.interval)[0] > 2 * np.diff(whole.interval)[0]


@pytest.mark.parametrize(
    ("confusion", "message"),
    [
        (Confusion(0, 0, 1, 9), "both genders"),
        (Confusion(5, 5, 5, 5), "men are said to be male in 50 % and women in 50 %"),
        (Confusion(1, 9, 9, 1), "cannot be corrected"),
    ],
)
def test_a_confusion_that_corrects_nothing_is_refused(confusion: Confusion, message: str) -> None:
    with pytest.raises(UserError, match=message):
        adjusted_count(5, 10, confusion)
