"""The decision rule: threshold, calibration, band, and what a prior does to them."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.errors import UserError
from gender_classifier.metrics.calibration import Calibration, ece
from gender_classifier.metrics.decision import (
    UNCERTAIN,
    DecisionRule,
    calibration_of,
    prior_shift,
)
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.model_files.metadata import (
    CalibrationPart,
    ModelMetadata,
    ThresholdPart,
    TtaPart,
)

COUNTS = {"counts": {"choose": {"female": 30, "male": 10}}}
MODEL = ModelMetadata(
    calibration=CalibrationPart(scale=2.0, offset=0.5, fitted_on="choose"),
    threshold=ThresholdPart(logit=0.3),
    tta=TtaPart(views=["identity", "hflip"], threshold_logit=-0.2),
    uncertain_band=(0.2, 0.8),
    training=COUNTS,
)


def corrected(share: float, tta: bool = False) -> DecisionRule:
    return DecisionRule.of_model(MODEL, tta).shifted(prior_shift(MODEL, share, "m"))


def test_a_models_own_rule() -> None:
    assert DecisionRule.of_model(MODEL) == DecisionRule(0.3, Calibration(2.0, 0.5), (0.2, 0.8))
    assert DecisionRule.of_model(MODEL, tta=True).threshold == -0.2
    assert calibration_of(ModelMetadata()) == Calibration()


def test_a_model_without_views_answers_by_its_one_threshold() -> None:
    """Files written before had 0 for the other, which nobody chose."""
    model = MODEL.model_copy(update={"tta": TtaPart()})
    assert model.tta.threshold_logit == 0.0
    assert DecisionRule.of_model(model, tta=True) == DecisionRule.of_model(model)
    # One view that is not the single one has a threshold of its own.
    mirrored = MODEL.model_copy(update={"tta": TtaPart(views=["hflip"], threshold_logit=-0.2)})
    assert DecisionRule.of_model(mirrored, tta=True).threshold == -0.2


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=30))
def test_labels_are_guesses_but_for_the_band(logits: list[float]) -> None:
    rule = DecisionRule.of_model(MODEL)
    for z, label, guess, p in zip(
        logits, rule.labels(logits, ("f", "m")), rule.guesses(logits), rule.probabilities(logits), strict=True
    ):
        assert p == pytest.approx(float(sigmoid(2.0 * z + 0.5)))
        assert guess == int(z >= 0.3)
        assert label == (UNCERTAIN if 0.2 < p < 0.8 else "fm"[guess])


def test_without_a_band_there_is_always_an_answer() -> None:
    rule = DecisionRule()
    assert rule.labels([-0.001, 0.0, 0.001]) == ["female", "male", "male"]
    assert rule.answered(np.linspace(-3, 3, 13)).all()


def test_right_is_on_the_labels_side() -> None:
    assert DecisionRule(1.0).right([0, 1, 1], [0.9, 1.0, 0.9]).tolist() == [True, True, False]


@given(st.floats(-4, 4), st.floats(0.02, 0.98))
def test_probabilities_are_bayes_s_under_the_other_shares(logit: float, share: float) -> None:
    before = sigmoid(2.0 * logit + 0.5)
    men, women = before / 0.25 * share, (1 - before) / 0.75 * (1 - share)
    after = corrected(share).probabilities(logit)
    assert float(after) == pytest.approx(float(men / (men + women)), rel=1e-9)


@given(st.floats(0.02, 0.98))
def test_thresholds_stay_at_their_probability_and_the_model_is_not_touched(share: float) -> None:
    before = MODEL.model_dump()
    for tta, old in ((False, MODEL.threshold.logit), (True, MODEL.tta.threshold_logit)):
        rule = corrected(share, tta)
        assert float(rule.probabilities(rule.threshold)) == pytest.approx(float(sigmoid(2.0 * old + 0.5)))
        assert rule.band == (0.2, 0.8)
    assert MODEL.model_dump() == before


def test_the_shares_it_was_fitted_on_change_nothing() -> None:
    assert corrected(0.25).calibration.offset == pytest.approx(0.5)


def test_the_correction_calibrates_the_other_population() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(40_000) < 0.9).astype(int)
    z = rng.normal(2.0 * y - 1.0, 1.0)  # the likelihood ratio's logarithm is 2 z
    model = MODEL.model_copy(
        update={"calibration": CalibrationPart(scale=2.0, offset=np.log(1 / 3), fitted_on="choose")}
    )
    plain = DecisionRule.of_model(model)
    errors = [ece(y, rule.probabilities(z)) for rule in (plain, plain.shifted(prior_shift(model, 0.9, "m")))]
    assert errors[0] > 0.1
    assert errors[1] < 0.01


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"calibration": CalibrationPart()}, "has no calibration"),
        ({"training": {}}, "does not tell how many women and men"),
        ({"training": {"counts": {"choose": {"female": 0, "male": 3}}}}, "does not tell"),
        ({"training": {"counts": ["choose"]}}, "does not tell"),
    ],
)
def test_a_model_that_cannot_be_corrected_says_why(changes: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        prior_shift(MODEL.model_copy(update=changes), 0.5, "model.onnx")


@pytest.mark.parametrize("share", [float("nan"), 0, 1, 0.0, 1.0, True, 77, -0.1, "0.7", None, [0.7], 1 + 0j])
def test_a_share_that_is_none_is_one_line(share: Any) -> None:
    with pytest.raises(UserError, match=r"^prior=[^\n]+: expected the share of men, a number between 0 and 1, [^\n]+$"):
        prior_shift(MODEL, share, "model.onnx")


def test_a_share_may_be_any_number() -> None:
    for share in (np.float32(0.75), np.float64(0.75), Fraction(3, 4)):
        assert prior_shift(MODEL, share, "m") == pytest.approx(prior_shift(MODEL, 0.75, "m"))  # type: ignore[arg-type]
