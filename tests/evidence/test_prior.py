"""Prior shift: probabilities become those of the other population, and shares are found as Saerens' EM finds them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.errors import UserError
from gender_classifier.evidence.calibration import Calibration, ece
from gender_classifier.evidence.prior import estimate_share, parse_prior, shift, with_prior
from gender_classifier.evidence.thresholds import sigmoid
from gender_classifier.metadata import CalibrationPart, ModelMetadata, ThresholdPart, TtaPart

COUNTS = {"counts": {"choose": {"female": 300, "male": 100}}}
MODEL = ModelMetadata(
    calibration=CalibrationPart(scale=2.0, offset=0.5, fitted_on="choose"),
    threshold=ThresholdPart(logit=0.3),
    tta=TtaPart(views=["identity", "hflip"], threshold_logit=-0.2),
    uncertain_band=(0.2, 0.8),
    training=COUNTS,
)


@pytest.mark.parametrize(("text", "share"), [("male=0.77", 0.77), ("female=0.25", 0.75), (" male = 1e-2 ", 0.01)])
def test_a_prior_is_the_share_of_one_gender(text: str, share: float) -> None:
    assert parse_prior(text) == pytest.approx(share)


@pytest.mark.parametrize(
    "text", ["", "0.77", "male", "male=", "male=77", "male=0", "female=1", "men=0.5", "male=0.5.5"]
)
def test_what_is_no_prior_is_one_line(text: str) -> None:
    with pytest.raises(UserError, match=r"for example male=0\.77"):
        parse_prior(text)


@given(st.floats(-4, 4), st.floats(0.02, 0.98))
def test_probabilities_are_bayes_s_under_the_other_shares(logit: float, share: float) -> None:
    before = sigmoid(2.0 * logit + 0.5)
    men, women = before / 0.25 * share, (1 - before) / 0.75 * (1 - share)
    fitted = with_prior(MODEL, share, "m").calibration
    after = sigmoid(Calibration(fitted.scale, fitted.offset).apply(logit))
    assert float(after) == pytest.approx(float(men / (men + women)), rel=1e-9)


@given(st.floats(0.02, 0.98))
def test_thresholds_stay_at_their_probability_and_the_model_is_not_touched(share: float) -> None:
    before = MODEL.model_dump()
    corrected = with_prior(MODEL, share, "m")
    assert MODEL.model_dump() == before
    for old, new in (
        (MODEL.threshold.logit, corrected.threshold.logit),
        (MODEL.tta.threshold_logit, corrected.tta.threshold_logit),
    ):
        assert sigmoid(2.0 * new + corrected.calibration.offset) == pytest.approx(float(sigmoid(2.0 * old + 0.5)))
    assert corrected.uncertain_band == (0.2, 0.8)


def test_the_shares_it_was_fitted_on_change_nothing() -> None:
    assert with_prior(MODEL, 0.25, "m").calibration.offset == pytest.approx(0.5)


def test_the_correction_calibrates_the_other_population() -> None:
    rng = np.random.default_rng(0)
    y = (rng.random(40_000) < 0.9).astype(int)
    z = rng.normal(2.0 * y - 1.0, 1.0)  # the likelihood ratio's logarithm is 2 z
    model = MODEL.model_copy(
        update={"calibration": CalibrationPart(scale=2.0, offset=np.log(1 / 3), fitted_on="choose")}
    )
    errors = []
    for metadata in (model, with_prior(model, 0.9, "m")):
        fitted = metadata.calibration
        errors.append(ece(y, sigmoid(fitted.scale * z + fitted.offset)))
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
        shift(MODEL.model_copy(update=changes), 0.5, "model.onnx")


def test_the_estimate_is_where_saerens_em_ends() -> None:
    rng = np.random.default_rng(1)
    ratios = rng.normal(0.7, 2.0, 400)
    share = 0.5
    for _ in range(2000):
        odds = np.exp(ratios) * share / (1 - share)
        share = float((odds / (1 + odds)).mean())
    assert float(estimate_share(ratios, np.ones(400))[0]) == pytest.approx(share, abs=2e-6)


def test_each_row_of_weights_has_its_own_share_and_the_ends_are_reached() -> None:
    found = estimate_share([-3.0, 3.0], [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    assert found.tolist() == pytest.approx([0.0, 1.0, 0.5], abs=2e-6)
