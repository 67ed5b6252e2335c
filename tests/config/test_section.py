"""A section refuses what it does not know, what is no number, and what is out of range."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from gender_classifier.config.section import Positive, Probability, Section, Share


class Small(Section):
    part: Share = 0.0
    chance: Probability = 1.0
    length: Positive = 1.0


@pytest.mark.parametrize(
    ("name", "value"),
    [("part", 1.0), ("part", -0.1), ("chance", 1.1), ("length", 0.0), ("length", float("nan")), ("other", 1)],
)
def test_refuses(name: str, value: float) -> None:
    with pytest.raises(ValidationError, match=name):
        Small.model_validate({name: value})


def test_takes_the_ends_that_belong_to_it() -> None:
    assert Small(part=0.0, chance=0.0, length=1e-9) == Small.model_validate({"part": 0, "chance": 0, "length": 1e-9})
