"""What the page is told of a model: its own rule, its errors where they are known, logits to check itself by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.quoting import FEW_LABELLED, TOO_FEW_LABELLED
from gender_classifier.web.model import CHECKED, about_model, pattern

from ..small_model import SIZE, logits_by_hand


def test_a_shipped_model_tells_its_rule_and_its_errors() -> None:
    classifier = GenderClassifier("fast", threads=1)
    about = about_model(classifier, "fast", "model.onnx", "yunet.onnx")
    rule = about["rule"]
    told = DecisionRule(rule["threshold"], Calibration(rule["scale"], rule["offset"]), tuple(rule["band"]))
    assert told == DecisionRule.of_model(classifier.metadata)
    assert (about["name"], about["file"], about["detector"]) == ("fast", "model.onnx", "yunet.onnx")
    assert about["canonical"] == CANONICAL.to_dict()
    assert sum(about["errors"]["confusion"].values()) == 5000  # FairFace's test, in the report beside the model
    assert 0 < about["errors"]["uncertain"] < 1
    assert (about["errors"]["few_labelled"], about["errors"]["too_few_labelled"]) == (FEW_LABELLED, TOO_FEW_LABELLED)
    assert "annotators perceived" in about["perceived"]


def test_a_model_without_a_report_tells_no_errors(write_model: Callable[..., Path]) -> None:
    about = about_model(GenderClassifier(write_model()), "mine", "model.onnx", "yunet.onnx")
    assert (about["errors"], about["right"], about["rule"]["band"]) == (None, None, None)
    assert about["check"] == pytest.approx(logits_by_hand(pattern(CHECKED, SIZE)), abs=1e-4)


def test_the_pattern_s_crops_differ_and_so_do_their_channels() -> None:
    crops = pattern(3, 16)
    assert (crops.shape, crops.dtype) == ((3, 16, 16, 3), np.uint8)
    assert tuple(crops[1, 2, 5]) == (14, 94, 174)  # 5 (1 + 1) + 2 x 2, and 80 more a channel
    assert not np.array_equal(crops[0], crops[1])
