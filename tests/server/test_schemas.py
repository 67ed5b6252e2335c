"""The answers' schema: that of a result, with what answered beside it."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from gender_classifier import PERCEIVED
from gender_classifier.inference.image_result import FaceResult, ImageResult, Status
from gender_classifier.server.schemas import Alive, Answers, Model, Models, Ready

MODEL = {"name": "a", "sha256": "0" * 64, "engine": "onnxruntime", "input_size": 96, "licence": None}


def test_an_answer_holds_results_as_the_library_writes_them() -> None:
    face = FaceResult("female", "female", 0.04, -3.1, (1.0, 2.0, 3.0, 4.0), None, 0.9, 2.0)
    image = ImageResult("a.jpg", Status.OK, faces=(face,), size=(9, 9)).to_dict()
    answers = Answers.model_validate({"request_id": "x", "model": "a", "sha256": "0", "images": [image]})
    assert answers.about == PERCEIVED
    assert answers.model_dump(mode="json")["images"][0] == json.loads(ImageResult.from_dict(image).to_json())
    with pytest.raises(ValidationError):
        Answers.model_validate({"request_id": "x", "model": "a", "sha256": "0", "images": [{"source": "a.jpg"}]})


def test_models_and_signs_of_life() -> None:
    model = Model.model_validate({**MODEL, "uncertain_band": (0.2, 0.8)})
    assert Ready(models=[model]).status == "ready"
    assert Models(models=[model]).models[0].uncertain_band == (0.2, 0.8)
    assert Alive().model_dump() == {"status": "ok"}
    with pytest.raises(ValidationError, match="uncertain_band"):
        Model.model_validate(MODEL)
