"""Which count to quote, and when not to: each rule by a case that it alone decides."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.metrics.counting import Estimate, adjusted_count, plain_count
from gender_classifier.metrics.known_errors import Confusion
from gender_classifier.metrics.quoting import Facts, headline, reasons

FACTS = Facts(
    faces=1000,
    independent=1000,
    images=1000,
    several=0,
    uncertain=0.22,
    uncertain_labelled=0.22,
    confusion=Confusion(540, 60, 40, 560),
    own=True,
)
PLAIN, ADJUSTED, EM = (Estimate(s, (s - 0.02, s + 0.02)) for s in (0.40, 0.30, 0.31))


def codes(facts: Facts = FACTS, *, plain: Estimate = PLAIN, adjusted: Estimate = ADJUSTED, em: Any = EM) -> set[str]:
    return {reason.code for reason in reasons(facts, plain, adjusted, em)}


def test_nothing_speaks_against_many_faces_like_the_labelled_ones() -> None:
    assert codes() == set()
    assert headline(ADJUSTED, []) == "Quote: 70.0 % women (95 %: 68.0 to 72.0), adjusted for the model's errors"


@pytest.mark.parametrize(
    ("changes", "code", "forbids"),
    [
        ({"faces": 80, "independent": 80}, "few_faces", False),
        ({"faces": 200, "independent": 20}, "few_faces", True),
        ({"confusion": Confusion(540, 60, 5, 45)}, "few_labelled", False),
        ({"confusion": Confusion(10, 5, 300, 300)}, "few_labelled", True),
        ({"several": 3}, "several_faces", False),
        ({"uncertain": 0.5, "uncertain_labelled": 0.48}, "many_uncertain", False),
        ({"uncertain": 0.34}, "other_faces", True),
        ({"uncertain": 0.10, "own": False}, "other_faces", True),
        ({"own": False}, "errors_of_other_people", False),
        ({"own": False, "uncertain": None, "uncertain_labelled": None}, "errors_of_other_people", False),
    ],
)
def test_facts_that_speak_against_it(changes: dict[str, Any], code: str, forbids: bool) -> None:
    found = reasons(replace(FACTS, **changes), PLAIN, ADJUSTED, EM)
    assert [(reason.code, reason.forbids) for reason in found] == [(code, forbids)]
    assert headline(ADJUSTED, found).startswith("Do not quote: 70.0 %" if forbids else "Quote: 70.0 %")


@pytest.mark.parametrize(
    ("estimates", "code"),
    [
        ({"adjusted": Estimate(0.3, (0.15, 0.45)), "plain": Estimate(0.5, (0.4, 0.6))}, "wide"),
        ({"adjusted": Estimate(0.0, (0.0, 0.0)), "em": None}, "errors_too_large"),
        ({"em": Estimate(0.5, (0.4, 0.6))}, "corrections_disagree"),
        ({"plain": Estimate(0.31, (0.3, 0.32))}, "errors_cancel"),
    ],
)
def test_estimates_that_speak_against_it(estimates: dict[str, Any], code: str) -> None:
    assert codes(**estimates) == {code}


def test_many_uncertain_faces_are_too_hard_for_errors_of_other_people() -> None:
    found = reasons(replace(FACTS, own=False, uncertain=0.5, uncertain_labelled=None), PLAIN, ADJUSTED, EM)
    assert [(reason.code, reason.forbids) for reason in found] == [
        ("many_uncertain", True),
        ("errors_of_other_people", False),
    ]


def test_a_few_more_uncertain_faces_are_chance() -> None:
    assert codes(replace(FACTS, uncertain=0.27)) == set()  # a difference, but a small one
    few = replace(FACTS, faces=120, independent=120, uncertain=0.33)
    assert codes(few) == set()  # a large one, which so few faces may show


def test_what_forbids_comes_first() -> None:
    found = reasons(replace(FACTS, own=False, several=3, uncertain=0.5), PLAIN, ADJUSTED, Estimate(0.9, (0.8, 1.0)))
    assert [reason.forbids for reason in found] == sorted((reason.forbids for reason in found), reverse=True)


@given(st.integers(0, 1000), st.integers(0, 90), st.integers(0, 90))
def test_the_line_says_the_women_of_the_adjusted_count(said: int, fp: int, fn: int) -> None:
    confusion = Confusion(200 - fp, fp, fn, 200 - fn)
    adjusted = adjusted_count(said, 1000, confusion, draws=50)
    against = reasons(replace(FACTS, confusion=confusion), plain_count(said, 1000), adjusted, None)
    line = headline(adjusted, against)
    assert f"{100 * (1 - adjusted.share):.1f} % women" in line
    assert line.startswith("Do not quote: ") == any(reason.forbids for reason in against)
