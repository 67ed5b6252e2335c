"""The published schema: closed, versioned, and with every field of a result."""

from __future__ import annotations

import json
import runpy

import pytest
from pydantic import ValidationError

from gender_classifier.inference.image_result import SCHEMA_VERSION, FaceResult, ImageResult, Status
from gender_classifier.inference.result_schema import Image, json_schema

IMAGE = ImageResult("a.jpg", Status.OK, faces=(FaceResult("uncertain", "male", 0.55, 0.2),), size=(4, 5)).to_dict()


def test_its_fields_are_those_of_a_result() -> None:
    schema = json_schema()
    assert schema["$schema"].endswith("2020-12/schema")
    assert list(schema["properties"]) == list(IMAGE)
    assert list(schema["$defs"]["Face"]["properties"]) == list(IMAGE["faces"][0])
    assert set(schema["required"]) == set(IMAGE)
    assert schema["properties"]["schema_version"]["const"] == SCHEMA_VERSION


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("status", "fine"), ("turned", 45), ("schema_version", 2), ("size", [1]), ("faces", None), ("note", None)],
)
def test_other_values_are_refused(field: str, wrong: object) -> None:
    Image.model_validate(IMAGE)
    with pytest.raises(ValidationError, match=field):
        Image.model_validate({**IMAGE, field: wrong})


def test_run_as_a_script_it_prints_itself(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_module("gender_classifier.inference.result_schema", run_name="__main__", alter_sys=True)
    assert json.loads(capsys.readouterr().out) == json_schema()
