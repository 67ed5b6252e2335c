"""A protocol's parts: labelled rows by split and view, in the order of tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gender_classifier.errors import UserError
from gender_classifier.metrics.scores import Scores
from gender_classifier.report.protocol import Protocol, each_part, labelled_parts


def test_parts_are_the_labelled_rows_of_one_view_and_of_the_mean(run_scores: Scores) -> None:
    run_scores.label[run_scores.path == run_scores.path[0]] = -1
    parts = labelled_parts(Protocol("x", run_scores, "choose", "accuracy"))
    assert set(parts) == {(split, view) for split in ("train", "choose", "val") for view in ("identity", "tta")}
    for (split, view), part in parts.items():
        assert len(part) == ((run_scores.split == split) & (run_scores.view == view) & (run_scores.label >= 0)).sum()
        assert set(part.label.tolist()) == {0, 1}
    assert len(parts["train", "identity"]) == 159


def test_tables_begin_with_train_and_end_with_splits_that_nobody_knows(make_scores: Any) -> None:
    scores = make_scores([0, 1], [0.0, 1.0], "zoo")
    for split in ("val", "train", "ape"):
        scores = scores.concat(make_scores([0, 1], [0.0, 1.0], split))
    listed = list(each_part(labelled_parts(Protocol("x", scores, None, "accuracy", (0.0, 0.0)))))
    assert [about["phase"] for about, _, _ in listed] == ["train", "validation", "ape", "zoo"]
    assert {mode for _, mode, _ in listed} == {"disabled"}
    assert all(set(part.split) == {about["split"]} for about, _, part in listed)


def test_a_logit_of_an_unlabelled_row_need_not_be_a_number(make_scores: Any) -> None:
    scores = make_scores([0, 1, -1], [0.0, 1.0, np.inf])
    assert len(labelled_parts(Protocol("x", scores, "val", "accuracy"))["val", "identity"]) == 2
    with pytest.raises(UserError, match="1 of 3 logits are no finite numbers"):
        labelled_parts(Protocol("x", replace(scores, label=np.array([0, 1, 1])), "val", "accuracy"))
