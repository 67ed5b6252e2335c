"""An evaluation's protocols: which there are, in which order, and at which thresholds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gender_classifier.evaluation.protocols import protocols_of

from ..counting import CUT, METADATA, table

SCORES = replace(table(4, 4, 0), extra={"data": np.array(["a", "b"] * 4, object)})


def test_one_source_is_one_protocol_as_the_model_file_says() -> None:
    (whole,) = protocols_of(SCORES, ["a"], METADATA)
    assert (whole.name, whole.fixed, whole.choose_on, whole.band) == ("as released", (CUT, 0.3), None, (0.2, 0.8))
    assert "chosen on `choose` when it was trained" in whole.note


def test_several_sources_are_shown_together_and_each_with_its_own_rows() -> None:
    found = protocols_of(SCORES, ["a", "b"], METADATA)
    assert [protocol.name for protocol in found] == ["as released, all images", "as released, a", "as released, b"]
    assert [len(protocol.scores) for protocol in found] == [8, 4, 4]


def test_a_population_comes_first_with_its_own_thresholds_and_probabilities() -> None:
    first, released = protocols_of(SCORES, ["a"], METADATA, ("male=0.9", 1.0))
    assert (first.name, released.name) == ("corrected for male=0.9", "as released")
    assert released.fixed == (CUT, 0.3)
    assert first.fixed == pytest.approx((CUT - 0.5, 0.3 - 0.5))
    assert first.calibration is not None
    assert first.calibration.offset == pytest.approx(0.5 + 1.0)
