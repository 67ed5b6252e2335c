"""Settings that cannot work together are refused where they are read, each with its reason."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from gender_classifier.config.settings import Config


def test_every_section_stands_by_its_default_and_can_be_written_down() -> None:
    config = Config()
    for name, field in Config.model_fields.items():
        if isinstance(field.default, BaseModel):
            assert getattr(config, name) == type(field.default)()
    assert Config.model_validate(config.model_dump(mode="json")) == config


def test_sections_are_not_shared_between_two_configurations() -> None:
    one, other = Config(), Config()
    one.tta.views.append("zoom_in")
    assert other.tta.views == ["identity", "hflip"]
    assert Config().tta.views == ["identity", "hflip"]


def test_an_unknown_key_is_refused_on_every_level() -> None:
    for tree in ({"colour": 1}, {"data": {"colour": 1}}, {"augment": {"majority": {"colours": 1}}}):
        with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
            Config.model_validate(tree)
