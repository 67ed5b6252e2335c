"""Settings of the images: sizes grow, folds are whole, both classes are augmented by the same operations."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from gender_classifier.config.image_settings import AugmentConfig, DataConfig, Policy, SamplerConfig, SizeStep


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"folds": 1, "fold": 1}, "folds from 2"),
        ({"folds": 3}, "fold from 1 to folds"),
        ({"fold": 2}, "fold from 1 to folds"),
        ({"folds": 3, "fold": 4}, "fold from 1 to folds"),
        ({"progressive": [{"size": 64, "until": 0.5}, {"size": 96, "until": 0.5}]}, "must grow"),
        ({"choose_share": 0.0}, "greater than 0"),
    ],
)
def test_data_that_cannot_be(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DataConfig.model_validate(values)


def test_folds_and_growing_sizes_are_taken() -> None:
    steps = [{"size": 64, "until": 0.3}, {"size": 96, "until": 0.9}]
    found = DataConfig.model_validate({"folds": 3, "fold": 3, "progressive": steps})
    assert [step.size for step in found.progressive] == [64, 96]


@pytest.mark.parametrize("name", list(Policy.model_fields))
def test_an_operation_on_one_class_alone_would_give_it_away(name: str) -> None:
    policies = {"majority": {name: 0.0}, "minority": {name: 0.2}}
    with pytest.raises(ValidationError, match=f"`{name}` acts on one class only"):
        AugmentConfig.model_validate(policies)
    for off in ({"enabled": False}, {"per_class": False}):
        assert getattr(AugmentConfig.model_validate({**policies, **off}).majority, name) == 0.0


def test_a_column_is_sampled_by_once() -> None:
    with pytest.raises(ValidationError, match="each only once"):
        SamplerConfig(by=["race", "race"])


def test_sizes_grow_with_the_epochs() -> None:
    data = DataConfig(size=128, progressive=[SizeStep(size=64, until=0.5), SizeStep(size=96, until=0.75)])
    assert [data.size_in(epoch, 4) for epoch in range(4)] == [64, 64, 96, 128]
    assert DataConfig(size=48).size_in(0, 1) == 48
