"""What a run's model file says: chosen on the scores of what was held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from gender_classifier.config.reading import load_config
from gender_classifier.config.settings import Config
from gender_classifier.data.datasets import DataIndex, Sample
from gender_classifier.metrics.calibration import fit_platt
from gender_classifier.metrics.scores import Scores
from gender_classifier.metrics.thresholds import sweep
from gender_classifier.model_files.metadata import ModelMetadata, parse_metadata
from gender_classifier.training import model_file
from gender_classifier.training.model_file import check_pictures, decide


def choose_scores(labels: list[int], logits: list[float]) -> Scores:
    n = len(labels)
    one = Scores(
        path=np.array([f"{i}.jpg" for i in range(n)], dtype=object),
        face=np.zeros(n, np.int64),
        label=np.array(labels),
        logit=np.array(logits),
        view=np.full(n, "identity", dtype=object),
        split=np.full(n, "choose", dtype=object),
    )
    flipped = Scores(one.path, one.face, one.label, one.logit + 1.0, np.full(n, "hflip", dtype=object), one.split)
    return one.concat(flipped).with_tta(("identity", "hflip"))


def test_threshold_tta_and_calibration_are_chosen_on_the_held_out_scores() -> None:
    labels, logits = [0, 0, 0, 1, 1, 1], [-2.0, -1.0, 0.9, 0.5, 2.0, 3.0]
    decided = decide(ModelMetadata(), choose_scores(labels, logits), Config())
    middle = {"tolerance": 2.0, "of_equals": "middle"}
    assert decided.threshold.logit == sweep(labels, logits, "accuracy", **middle).logit
    assert decided.tta.threshold_logit == sweep(labels, np.array(logits) + 0.5, "accuracy", **middle).logit
    expected = fit_platt(labels, logits)
    assert (decided.calibration.scale, decided.calibration.offset) == (expected.scale, expected.offset)
    assert decided.calibration.fitted_on == "choose"
    middle_cut = decided.threshold.logit
    as_it_stands = load_config(None, ["threshold.tolerance=0", "threshold.of_equals=half"])
    best = decide(ModelMetadata(), choose_scores(labels, logits), as_it_stands)
    found = best.threshold.logit
    assert found == sweep(labels, logits, "accuracy").logit != decided.threshold.logit
    decided = best
    assert decided.threshold.logit == sweep(labels, logits, "accuracy").logit
    assert decided.tta.threshold_logit == sweep(labels, np.array(logits) + 0.5, "accuracy").logit
    assert decided.threshold.logit != middle_cut


def test_scores_that_rank_the_wrong_way_round_give_no_calibration_and_no_traceback() -> None:
    decided = decide(ModelMetadata(), choose_scores([0, 0, 1, 1], [1.0, 2.0, -1.0, -2.0]), Config())
    assert (decided.calibration.scale, decided.calibration.offset, decided.calibration.fitted_on) == (1.0, 0.0, None)


def test_a_model_file_holds_the_bands_for_other_shares() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 600)
    scores = choose_scores(labels.tolist(), rng.normal(2.0 * (2 * labels - 1), 2.0).tolist())
    config = Config()
    config.threshold.answered = 0.95
    decided = decide(ModelMetadata(), scores, config)
    (same,) = (point for point in decided.curve if point.wanted == 0.95)
    assert (same.low, same.high) == pytest.approx(decided.uncertain_band, abs=1e-6)
    assert parse_metadata(decided.model_dump_json(), "model.onnx").curve == decided.curve


def test_without_views_the_one_threshold_is_the_only_cut_that_the_band_holds() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 600)
    # Logits far from 0: a cut at 0, which nobody chose, would make the band wide.
    scores = choose_scores(labels.tolist(), (rng.normal(2.0 * (2 * labels - 1), 1.0) + 5.0).tolist())
    decided = []
    for views in (["identity"], ["identity", "hflip"]):
        config = Config()
        config.threshold.answered = 0.98
        config.tta.views, config.tta.enabled = views, len(views) == 1
        decided.append(decide(ModelMetadata(), scores, config))
    for one in decided:
        assert one.threshold.logit > 2
        assert (one.tta.views, one.tta.threshold_logit) == (["identity"], one.threshold.logit)
        assert one.uncertain_band is not None
        assert one.uncertain_band[1] < 0.95


def test_a_threshold_that_was_not_chosen_does_not_say_where_it_was() -> None:
    config = Config()
    config.threshold.enabled = False
    decided = decide(ModelMetadata(), choose_scores([0, 0, 0, 1], [-2.0, -1.0, 0.9, 2.0]), config)
    assert decided.threshold == ModelMetadata().threshold
    assert decided.tta.threshold_logit == 0.0
    config.threshold.enabled = True
    decided = decide(ModelMetadata(), choose_scores([0, 0, 0, 1], [-2.0, -1.0, 0.9, 2.0]), config)
    assert (decided.threshold.metric, decided.threshold.chosen_on) == ("balanced_accuracy", "choose")


@pytest.mark.parametrize(
    ("there", "taken"),
    [(3, [0, 1, 2]), (8, list(range(8))), (15, [0, 1, 3, 5, 7, 9, 11, 13]), (23, [0, 2, 5, 8, 11, 14, 17, 20])],
)
def test_pictures_to_compare_on_come_from_all_of_val(
    there: int, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = [Sample(Path(f"{i}.jpg"), f"{i}.jpg", 0) for i in range(there)]
    monkeypatch.setattr(
        model_file, "load_input", lambda sample, *_: np.full((2, 2, 3), int(sample.path.stem), np.uint8)
    )
    found = check_pictures(DataIndex(Path(), {"val": samples}), Config())
    assert found[:, 0, 0, 0].tolist() == taken
