"""Faces found, in words and as a table."""

from __future__ import annotations

import numpy as np

from gender_classifier.metrics.detection import found_by_group
from gender_classifier.report.detection import found_lines, found_sentence
from gender_classifier.runs.context import Detection


def detection(missed: int) -> Detection:
    labels = np.tile([0, 1], 50)
    found = np.arange(100) >= missed
    light = np.where(np.arange(100) < 80, "day", "night").astype(object)
    names = [f"{i}.jpg" for i in range(missed)]
    counted = found_by_group(labels, found, found & (labels == 1), {"light": light})
    return Detection(**vars(counted), missed=names)


def test_the_sentence_counts_what_was_not_found_as_wrong() -> None:
    assert found_sentence(detection(4)).startswith("A face was found in 96 of 100 photos.")
    assert "(48 of 100)" in found_sentence(detection(4))


def test_it_says_by_which_protocol_answers_are_right() -> None:
    assert "From photo to answer, a face" in found_sentence(detection(4))
    named = detection(4).model_copy(update={"protocol": "as released"})
    for text in (found_sentence(named), found_lines(named)[0]):
        assert "From photo to answer (as released, single view), a face that was not found being an error" in text


def test_a_row_a_group_small_ones_marked_and_names_cut() -> None:
    lines = found_lines(detection(25))
    assert any(line.startswith("| light day | 80 | 68.75") for line in lines)
    assert any(line.startswith("| light night\\* | 20 | 100.00") for line in lines)
    assert lines[-1].endswith("`19.jpg` and 5 more.")
    assert not any("Not found" in line for line in found_lines(detection(0)))
