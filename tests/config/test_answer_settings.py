"""Settings of the answers: a precision goes with its metric, and the single view is among the views."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gender_classifier.config.answer_settings import ThresholdConfig, TtaConfig


@pytest.mark.parametrize("values", [{"metric": "precision"}, {"precision": 0.9}])
def test_a_wanted_precision_goes_with_its_metric(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"threshold\.precision goes with threshold\.metric=precision"):
        ThresholdConfig.model_validate(values)


def test_both_together_are_taken() -> None:
    assert ThresholdConfig(metric="precision", precision=0.9).precision == 0.9
    assert ThresholdConfig(answered=None).answered is None


@pytest.mark.parametrize("views", [[], ["hflip"], ["identity", "identity"]])
def test_the_single_view_is_among_the_views_and_each_once(views: list[str]) -> None:
    with pytest.raises(ValidationError, match="`identity` must be among them"):
        TtaConfig(views=views)
