"""Settings of the learning: ranges, and labels named once."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gender_classifier.config.learning_settings import AuxiliaryConfig, LossConfig, OptimizerConfig, TrainConfig


def test_a_further_label_is_learnt_once() -> None:
    assert AuxiliaryConfig(columns=["race", "age"]).weight == 0.1
    with pytest.raises(ValidationError, match="each only once"):
        AuxiliaryConfig(columns=["race", "race"])


@pytest.mark.parametrize(
    ("section", "values"),
    [
        (LossConfig, {"alpha": 1.5}),
        (LossConfig, {"gamma": -1}),
        (LossConfig, {"label_smoothing": 0.5}),
        (OptimizerConfig, {"rate": 0}),
        (OptimizerConfig, {"frozen": 10}),
        (OptimizerConfig, {"weight_decay": float("inf")}),
        (TrainConfig, {"batch_size": 1}),
        (TrainConfig, {"precision": "float8"}),
    ],
)
def test_values_out_of_range_are_refused(section: type[LossConfig], values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(values))):
        section.model_validate(values)
