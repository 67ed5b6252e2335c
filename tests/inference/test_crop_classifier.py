"""Crops by a model that can be computed by hand, with the class that images build on."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.inference.crop_classifier import CropClassifier
from gender_classifier.inference.results import Prediction
from gender_classifier.inference.test_time import apply_view
from gender_classifier.model_files.metadata import (
    CalibrationPart,
    ThresholdPart,
    TtaPart,
)

from ..small_model import SIZE, VIEWS, logits_by_hand, metadata

Crops = NDArray[np.uint8]
Writer = Callable[..., Path]


def test_logits_by_view(write_model: Writer, crops: Crops) -> None:
    logits = CropClassifier(write_model(), threads=1).score_crops(crops, VIEWS)
    assert logits.shape == (4, len(crops))
    assert logits.dtype == np.float32
    for row, view in zip(logits, VIEWS, strict=True):
        np.testing.assert_allclose(row, logits_by_hand(apply_view(crops, view)), atol=1e-4)
    assert np.abs(logits[0] - logits[1]).min() > 1e-4


@pytest.mark.parametrize("batch_size", [1, 5, 12, 100])
def test_batches_do_not_matter(batch_size: int, write_model: Writer, crops: Crops) -> None:
    classifier = CropClassifier(write_model(), threads=1)
    np.testing.assert_allclose(
        classifier.score_crops(crops, VIEWS, batch_size), classifier.score_crops(crops, VIEWS), atol=1e-5
    )
    order = np.random.default_rng(0).permutation(len(crops))
    np.testing.assert_allclose(
        classifier.score_crops(crops[order], VIEWS, batch_size),
        classifier.score_crops(crops, VIEWS)[:, order],
        atol=1e-5,
    )


def test_crops_that_are_a_view_of_another_array(write_model: Writer, crops: Crops) -> None:
    classifier = CropClassifier(write_model(), threads=1)
    backwards = classifier.score_crops(crops[::-1, :, ::-1])[0]
    np.testing.assert_allclose(backwards, classifier.score_crops(crops, ["hflip"])[0][::-1], atol=1e-5)


def test_none(write_model: Writer, crops: Crops) -> None:
    classifier = CropClassifier(write_model(), threads=1)
    assert classifier.score_crops(crops[:0], VIEWS).shape == (4, 0)
    assert classifier.predict_crops(crops[:0], tta=True) == []


def test_probabilities_are_calibrated(write_model: Writer, crops: Crops) -> None:
    path = write_model(metadata(calibration=CalibrationPart(scale=1.7, offset=-0.4)))
    answers = CropClassifier(path, threads=1).predict_crops(crops)
    logits = logits_by_hand(crops)
    np.testing.assert_allclose([a.logit for a in answers], logits, atol=1e-4)
    np.testing.assert_allclose([a.probability_male for a in answers], 1 / (1 + np.exp(0.4 - 1.7 * logits)), atol=1e-4)


def test_the_threshold_decides_on_the_logit(write_model: Writer, crops: Crops) -> None:
    logits = CropClassifier(write_model(), threads=1).score_crops(crops)[0]
    cut = float(np.sort(logits)[5])
    classifier = CropClassifier(write_model(metadata(threshold=ThresholdPart(logit=cut))), threads=1)
    labels = [answer.label for answer in classifier.predict_crops(crops)]
    # At the threshold itself the answer is male.
    assert labels == ["male" if logit >= cut else "female" for logit in logits]
    assert labels.count("male") == len(crops) - 5


def test_views_have_their_mean_and_their_own_threshold(write_model: Writer, crops: Crops) -> None:
    mean = np.mean([logits_by_hand(apply_view(crops, view)) for view in VIEWS], axis=0)
    cut = float(np.sort(mean)[7]) - 1e-3
    tta = TtaPart(views=VIEWS, threshold_logit=cut)
    never = ThresholdPart(logit=1e6)
    classifier = CropClassifier(write_model(metadata(tta=tta, threshold=never)), threads=1)
    answers = classifier.predict_crops(crops, tta=True)
    np.testing.assert_allclose([a.logit for a in answers], mean, atol=1e-4)
    assert [a.label for a in answers].count("male") == len(crops) - 7
    assert {a.label for a in classifier.predict_crops(crops)} == {"female"}


def test_tta_of_a_model_without_views_is_its_single_view(write_model: Writer, crops: Crops) -> None:
    logits = CropClassifier(write_model(), threads=1).score_crops(crops)[0]
    cut = ThresholdPart(logit=float(np.sort(logits)[5]))
    classifier = CropClassifier(write_model(metadata(threshold=cut)), threads=1)
    assert classifier.predict_crops(crops, tta=True) == classifier.predict_crops(crops)


def test_between_the_bands_edges_the_answer_is_uncertain(write_model: Writer, crops: Crops) -> None:
    plain = CropClassifier(write_model(), threads=1).predict_crops(crops)
    ranked = sorted(answer.probability_male for answer in plain)
    band = (ranked[3], ranked[8])
    answers = CropClassifier(write_model(metadata(uncertain_band=band)), threads=1).predict_crops(crops)
    for answer, before in zip(answers, plain, strict=True):
        within = band[0] < answer.probability_male < band[1]
        assert answer.label == ("uncertain" if within else before.label)
        assert answer.best_guess == before.label
    assert [answer.label for answer in answers].count("uncertain") == 4


def test_predictions_travel_as_json(write_model: Writer, crops: Crops) -> None:
    for answer in CropClassifier(write_model(), threads=1).predict_crops(crops[:3]):
        assert Prediction.from_dict(json.loads(json.dumps(answer.to_dict()))) == answer


def test_threads_share_one_classifier(write_model: Writer, crops: Crops) -> None:
    classifier = CropClassifier(write_model(), threads=1)
    expected = classifier.score_crops(crops, VIEWS)

    def score(start: int) -> NDArray[np.float32]:
        return classifier.score_crops(np.roll(crops, -start, axis=0), VIEWS, batch_size=1 + start % 4)

    with ThreadPoolExecutor(4) as pool:
        for start, logits in enumerate(pool.map(score, range(24))):
            np.testing.assert_allclose(logits, np.roll(expected, -start, axis=1), atol=1e-5)


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (np.zeros((2, SIZE, SIZE, 3), np.float32), r"got float32 \(2, 32, 32, 3\)"),
        (np.zeros((2, SIZE, SIZE + 1, 3), np.uint8), r"got uint8 \(2, 32, 33, 3\)"),
        (np.zeros((SIZE, SIZE, 3), np.uint8), r"got uint8 \(32, 32, 3\)"),
        (np.zeros((2, 3, SIZE, SIZE), np.uint8), r"got uint8 \(2, 3, 32, 32\)"),
        ([[1, 2]], "got list"),
        (None, "got NoneType"),
    ],
)
def test_crops_of_another_kind(wrong: Any, got: str, write_model: Writer) -> None:
    classifier = CropClassifier(write_model(), threads=1)
    with pytest.raises(UserError, match=rf"^crops: expected [^\n]*uint8 \(N, 32, 32, 3\), {got}$"):
        classifier.predict_crops(wrong)


def test_wrong_use(write_model: Writer, crops: Crops) -> None:
    path = write_model()
    with pytest.raises(UserError, match="threads=0: at least 1"):
        CropClassifier(path, threads=0)
    classifier = CropClassifier(path, threads=1)
    with pytest.raises(UserError, match="batch_size=0: at least 1"):
        classifier.score_crops(crops, batch_size=0)
    with pytest.raises(UserError, match="view `sideways` is not known"):
        classifier.score_crops(crops, ["sideways"])


def test_files_that_are_no_model(tmp_path: Path) -> None:
    text = tmp_path / "text.onnx"
    text.write_text("no model\n" * 9)
    empty = tmp_path / "empty.onnx"
    empty.touch()
    for path in (text, empty):
        with pytest.raises(UnreadableError, match=rf"{path.name}: not a model file \([^\n]*\)$"):
            CropClassifier(path)
    for path in (tmp_path / "missing.onnx", tmp_path):
        with pytest.raises(UnreadableError, match="no such model file"):
            CropClassifier(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "without our metadata"),
        ("{not json", "metadata"),
        ("[1, 2]", "metadata"),
        ('{"schema_version": 2}', "written by a newer version"),
        ('{"input_size": "large"}', "metadata `input_size`"),
        ('{"colour": "blue"}', "metadata `colour`"),
    ],
)
def test_metadata_that_is_not_ours(text: str, message: str, write_model: Writer) -> None:
    with pytest.raises(UnreadableError, match=message) as caught:
        CropClassifier(write_model(text=text))
    assert "\n" not in str(caught.value)


def test_another_graph(write_model: Writer) -> None:
    with pytest.raises(UnreadableError, match=r"model\.onnx: not a model file of ours \(it has no output `logit`"):
        CropClassifier(write_model(output="scores"))
