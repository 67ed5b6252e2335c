"""What a run's model file says: chosen on the scores of what was held out."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from gender_classifier.commands.model_file import decide
from gender_classifier.evidence.calibration import fit_platt
from gender_classifier.evidence.scores import Scores
from gender_classifier.evidence.thresholds import sweep
from gender_classifier.metadata import ModelMetadata
from gender_classifier.settings import Config


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
    assert decided.threshold.logit == sweep(labels, logits, "accuracy").logit
    assert decided.tta.threshold_logit == sweep(labels, np.array(logits) + 0.5, "accuracy").logit
    expected = fit_platt(labels, logits)
    assert (decided.calibration.scale, decided.calibration.offset) == (expected.scale, expected.offset)
    assert decided.calibration.fitted_on == "choose"


def test_scores_that_rank_the_wrong_way_round_give_no_calibration_and_no_traceback() -> None:
    decided = decide(ModelMetadata(), choose_scores([0, 0, 1, 1], [1.0, 2.0, -1.0, -2.0]), Config())
    assert (decided.calibration.scale, decided.calibration.offset, decided.calibration.fitted_on) == (1.0, 0.0, None)
