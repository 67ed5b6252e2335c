"""What a model file says of itself comes back as it was written; what cannot be is one line."""

from __future__ import annotations

import json
import math

import pytest
from pydantic import ValidationError

from gender_classifier.errors import UnreadableError
from gender_classifier.model_files.metadata import CalibrationPart, CurvePart, ModelMetadata, parse_metadata


def test_it_comes_back_as_it_was_written() -> None:
    metadata = ModelMetadata(
        input_size=128,
        geometry={"margin": 1.0},
        uncertain_band=(0.2, 0.9),
        curve=[CurvePart(wanted=0.9, low=0.4, high=0.6, accuracy=0.91, coverage=0.8)],
        training={"recipe": "quick", "metrics": {"loss": math.nan}},
    )
    back = parse_metadata(metadata.model_dump_json(), "m.onnx")
    assert back.model_copy(update={"training": {}}) == metadata.model_copy(update={"training": {}})
    assert back.training["metrics"]["loss"] == "NaN"  # JSON has no such number


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "a model file without our metadata; write it with `gender-classifier export`"),
        ("", "without our metadata"),
        ("{", "metadata is not JSON"),
        ("[1]", "metadata `as a whole`"),
        ('{"schema_version": 2}', r"written by a newer version \(metadata schema 2\)"),
        ('{"input_size": 8}', "metadata `input_size`: Input should be greater than or equal to 32"),
        ('{"calibration": {"scale": 0}}', r"metadata `calibration\.scale`"),
        ('{"positive": "female"}', "not the second of"),
        ('{"class_names": ["woman", "man"], "positive": "man"}', "class_names are"),
        ('{"uncertain_band": [0.9, 0.2]}', "does not rise"),
        ('{"colour": 1}', "metadata `colour`: Extra inputs"),
    ],
)
def test_what_cannot_be_is_one_line(text: str | None, message: str) -> None:
    with pytest.raises(UnreadableError, match=message) as raised:
        parse_metadata(text, "m.onnx")
    assert str(raised.value).startswith("m.onnx: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ({"counts": {"choose": {"female": 3, "male": 5}}}, (3, 5)),
        ({"counts": {"choose": {"female": 0, "male": 5}}}, None),
        ({"counts": {"train": {"female": 3, "male": 5}}}, None),
        ({"counts": 7}, None),
        ({}, None),
    ],
)
def test_whom_the_calibration_was_fitted_on(training: dict[str, object], expected: tuple[int, int] | None) -> None:
    fitted = ModelMetadata(calibration=CalibrationPart(fitted_on="choose"), training=training)
    assert fitted.calibrated_on() == expected
    assert ModelMetadata(training=training).calibrated_on() is None


def test_a_calibration_acts_where_it_changes_something_or_was_fitted() -> None:
    assert not CalibrationPart().acts
    assert CalibrationPart(scale=1.1).acts
    assert CalibrationPart(fitted_on="choose").acts


def test_a_changed_field_is_checked_too() -> None:
    metadata = parse_metadata(json.dumps({"input_size": 64}), "m.onnx")
    with pytest.raises(ValidationError):
        metadata.input_size = 8
