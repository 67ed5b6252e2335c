"""Which answers are uncertain: the model's own band, another of its curve, or none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.inference.abstention import CURVE_SUFFIX, band_of
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.model_files.metadata import AbstentionPart, CurvePart, ModelMetadata
from gender_classifier.model_files.released import released_model
from gender_classifier.system.files import sha256_of

from ..small_model import SIZE

CURVE = [
    CurvePart(wanted=0.9, low=0.45, high=0.55, accuracy=0.91, coverage=0.97),
    CurvePart(wanted=0.95, low=0.3, high=0.7, accuracy=0.95, coverage=0.8),
    CurvePart(wanted=0.99, low=0.05, high=0.95, accuracy=0.991, coverage=0.4),
]
OWN = AbstentionPart(wanted=0.98, accuracy=0.98, coverage=0.6, chosen_on="choose")
METADATA = ModelMetadata(input_size=SIZE, uncertain_band=(0.1, 0.9), abstention=OWN, curve=CURVE)
FILE = Path("model.onnx")


@pytest.mark.parametrize(
    ("right", "band"),
    [
        (None, (0.1, 0.9)),
        (0.5, (0.45, 0.55)),
        (0.9, (0.45, 0.55)),
        (0.91, (0.3, 0.7)),
        (0.95, (0.3, 0.7)),
        (0.99, (0.05, 0.95)),
    ],
)
def test_the_band_that_promises_as_much_or_more(right: float | None, band: tuple[float, float]) -> None:
    assert band_of(METADATA, FILE, right) == band


def test_all_are_answered_where_asked() -> None:
    assert band_of(METADATA, FILE, answer_all=True) is None
    with pytest.raises(UserError, match="one at a time"):
        band_of(METADATA, FILE, 0.95, answer_all=True)


@pytest.mark.parametrize("right", [0.4, 1.01, float("nan"), "0.95", True])
def test_what_is_no_share_is_refused(right: float) -> None:
    with pytest.raises(UserError, match=f"right={right!r}: a share of the answers, from 0.5 to 1"):
        band_of(METADATA, FILE, right)


def test_more_than_the_model_reaches_is_refused() -> None:
    with pytest.raises(UserError, match=r"are right 99\.0 % of the time at most, among the 40 % surest"):
        band_of(METADATA, FILE, 0.995)


def test_a_file_without_a_curve_knows_its_own_band_alone(tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(b"model")
    bare = METADATA.model_copy(update={"curve": []})
    assert band_of(bare, model, 0.98) == (0.1, 0.9)
    for metadata in (bare, ModelMetadata()):
        with pytest.raises(UserError, match=r"does not tell .*gender-classifier export"):
            band_of(metadata, model, 0.95)
    beside = model.with_suffix(CURVE_SUFFIX)
    curve = [point.model_dump() for point in CURVE]
    beside.write_text(json.dumps({"sha256": sha256_of(model), "curve": curve}))
    assert band_of(bare, model, 0.95) == (0.3, 0.7)
    model.write_bytes(b"another that took its name")
    with pytest.raises(UserError, match="does not tell"):
        band_of(bare, model, 0.95)


def test_a_classifier_that_others_share_stays_as_it_is(
    write_model: Callable[..., Path], crops: NDArray[np.uint8]
) -> None:
    classifier = GenderClassifier(write_model(METADATA), threads=1)
    own = classifier.predict_crops(crops)
    every = classifier.predict_crops(crops, answer_all=True)
    some = classifier.predict_crops(crops, right=0.9)
    assert classifier.predict_crops(crops) == own
    for one, all_, few in zip(own, every, some, strict=True):
        p = one.probability_male
        assert p is not None
        assert p == all_.probability_male == few.probability_male
        assert (one.label == "uncertain") == (0.1 < p < 0.9)
        assert (few.label == "uncertain") == (0.45 < p < 0.55)
        assert all_.label == all_.best_guess == one.best_guess
    assert classifier.predict(list(crops), faces_only=True, answer_all=True).rows() != []
    assert {row.label for row in classifier.predict(list(crops), faces_only=True, right=0.99).rows()} >= {"uncertain"}


def test_the_released_model_s_curve_holds_its_own_band() -> None:
    metadata = GenderClassifier(threads=1).metadata
    assert metadata.abstention is not None
    assert metadata.uncertain_band is not None
    same = band_of(metadata, released_model(), metadata.abstention.wanted)
    assert same == pytest.approx(metadata.uncertain_band, abs=0.005)
    lows = [(band_of(metadata, released_model(), right) or (0.5, 0.5))[0] for right in (0.93, 0.95, 0.97, 0.99)]
    assert lows == sorted(lows, reverse=True)
    assert lows[0] > metadata.uncertain_band[0] > lows[-1]
