"""Answers that another model gave are refused, by their probabilities, guesses and labels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gender_classifier.errors import UserError
from gender_classifier.evaluation.counted import Model
from gender_classifier.evaluation.counted_answers import check_answers, check_probabilities
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.model_files.metadata import CalibrationPart

from .. import counting

FACES, OWN = Path("faces.csv"), Model(Path("model.onnx"), counting.METADATA, tta=False)
STEEP = CalibrationPart(scale=5e4, offset=0.5)
LOGITS = np.linspace(-9.0, 9.0, 181)


def written(logits: np.ndarray, scale: float = 2.0, offset: float = 0.5) -> np.ndarray:
    """Probabilities as `predict` writes them."""
    return np.round(sigmoid(scale * logits + offset), 6)


def test_what_predict_writes_is_the_model_s_own_whatever_it_was_made_for() -> None:
    logits, none = np.round(LOGITS + 1e-7, 6), np.zeros(LOGITS.size)
    check_probabilities(logits, written(LOGITS + 1e-7), none, FACES, OWN)
    check_probabilities(logits, written(LOGITS, offset=0.5 + 1.7), none + 1.7, FACES, OWN)
    check_probabilities(np.array([np.nan, np.inf]), np.array([0.5, 0.5]), np.zeros(2), FACES, OWN)


def test_a_steep_calibration_makes_much_of_a_logit_s_last_digit() -> None:
    steep = Model(Path("model.onnx"), counting.METADATA.model_copy(update={"calibration": STEEP}), tta=False)
    logits = np.linspace(-1e-4, 1e-4, 57)
    check_probabilities(np.round(logits, 6), written(logits, 5e4), np.zeros(logits.size), FACES, steep)
    with pytest.raises(UserError, match="another model's table"):
        check_probabilities(np.round(logits, 6), written(logits, 4e4), np.zeros(logits.size), FACES, steep)


@pytest.mark.parametrize(("scale", "offset", "added"), [(1.9, 0.5, 0.0), (2.0, 0.4, 0.0), (2.0, 0.5, 1.7)])
def test_other_calibrations_are_another_model_s(scale: float, offset: float, added: float) -> None:
    with pytest.raises(UserError, match=r"faces.csv: is another model's table: .* that model.onnx gives .*--model"):
        check_probabilities(LOGITS, written(LOGITS, scale, offset), np.full(LOGITS.size, added), FACES, OWN)


@pytest.mark.parametrize(
    ("label", "guess", "p", "right"),
    [
        ("male", "male", 0.9, True),
        ("uncertain", "female", 0.1, True),  # `predict --right`: another band
        ("female", "female", 0.9, False),
        ("male", "female", 0.1, False),
        ("man", "man", 0.9, False),
        ("uncertain", None, 0.5, True),
        ("uncertain", None, 0.9, False),
        ("male", None, 0.7, False),  # within the model's own band
    ],
)
def test_answers_are_on_the_model_s_side_of_its_threshold(label: str, guess: str | None, p: float, right: bool) -> None:
    labels = np.array([label], dtype=object)
    guesses = None if guess is None else np.array([guess], dtype=object)
    if right:
        check_answers(labels, guesses, np.array([p]), FACES, OWN)
        return
    with pytest.raises(UserError, match=r"1 answers are not those of model\.onnx"):
        check_answers(labels, guesses, np.array([p]), FACES, OWN)
