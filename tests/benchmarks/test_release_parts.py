"""The release benchmark's parts: what is counted, by view, group, degradation and data set."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.corruptions.image import KINDS
from gender_classifier.metrics.classification import wilson
from gender_classifier.model_files.metadata import (
    CalibrationPart,
    TtaPart,
)

from .conftest import bench, module


def test_rates() -> None:
    rates = module("_release_bench").rates
    labels, logits = np.array([0, 0, 0, 1, 1]), np.array([-1.0, -1.0, 1.0, 1.0, 1.0])
    found = rates(labels, logits, 0.0)
    assert (found["count"], found["right"], found["accuracy"]) == (5, 4, 0.8)
    assert found["interval"] == list(wilson(4, 5))
    assert found["men_minus_women"] == pytest.approx(1 / 3)
    women = rates(labels[:3], logits[:3], 0.0)
    assert women["recall_male"] is women["men_minus_women"] is women["roc_auc"] is None


def test_unanswered_are_those_within_the_band(model: Path) -> None:
    b = bench(model, calibration=CalibrationPart(scale=2.0, offset=0.0))
    labels, logits = np.array([1, 0, 1, 0]), np.array([3.0, 0.1, -0.1, -3.0])
    found = module("_release_parts").answered(b, labels, logits, "single", (0.2, 0.8))
    assert (found["unanswered"], found["count"], found["accuracy"]) == (0.5, 2, 1.0)
    none = module("_release_parts").answered(b, labels, logits, "single", (0.0, 1.0))
    assert (none["unanswered"], none["accuracy"]) == (1.0, None)


def test_views_are_averaged_and_have_their_own_threshold(model: Path, manifest: Path) -> None:
    b = bench(model, manifest, tta=TtaPart(views=["hflip", "zoom_in"], threshold_logit=2.0))
    found = b.modes(b.test.pictures)
    np.testing.assert_allclose(found["tta"] - found["single"], 1.5, atol=1e-6)
    assert (b.cut("single"), b.cut("tta")) == (0.5, 2.0)


def test_groups(model: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parts = module("_release_parts")
    monkeypatch.setattr(parts, "SMALLEST_GROUP", 4)
    found = parts.groups(bench(model, manifest))
    # Of each six in a row one is wrong: a woman, number 6, 12, …, at an age of 3-9.
    assert {row["group"]: row["accuracy"] for row in found["races"]} == pytest.approx(
        {"White": 10 / 12, "Black": 10 / 12}
    )
    assert found["spread"] == 0.0
    assert [row["group"] for row in found["ages"]] == ["3-9", "20-29"]
    assert found["worst"]["count"] >= 4
    assert found["worst"]["accuracy"] == min(r["accuracy"] for r in found["intersections"] if r["count"] >= 4)
    assert [(row["group"], row["accuracy"]) for row in found["children"]] == [("3-9", 0.5)]
    assert min(row["accuracy"] for row in found["intersections"]) == 0.0  # of two: too few to be called the worst


def test_degradations_are_compared_with_the_same_pictures(model: Path, manifest: Path) -> None:
    b = bench(model, manifest)
    b.degrade_limit = 5
    found = module("_release_parts").degradations(b)
    assert [row["kind"] for row in found["rows"]] == list(KINDS)
    assert {row["count"] for row in found["rows"]} == {5} == {found["clean"]["count"]}
    assert found["clean"]["accuracy"] == 1.0  # the first that is wrong is the sixth
    assert found["kept"] == pytest.approx(np.mean([row["accuracy"] for row in found["rows"]]))
    assert found["kept"] < 1.0


def test_facecom_takes_the_central_square_where_no_face_is(
    model: Path, tmp_path: Path, astronaut: NDArray[np.uint8]
) -> None:
    for gender, picture in (("female", astronaut), ("male", np.full((120, 90, 3), 255, np.uint8))):
        (tmp_path / "val" / gender).mkdir(parents=True)
        Image.fromarray(picture).save(tmp_path / "val" / gender / "1.png")
    b = bench(model)
    b.facecom, b.threads = tmp_path / "val", 1
    found = module("_release_parts").facecom(b)
    assert found["no_face"] == ["male/1.png"]
    assert found["modes"]["single"]["recall_male"] == 1.0
    assert found["modes"]["single"]["count"] == 2


def test_the_band_is_looked_at_on_valid_and_test(model: Path, manifest: Path) -> None:
    b = bench(model, manifest, uncertain_band=(0.2, 0.8), tta=TtaPart(views=["identity", "hflip"]))
    found = module("_release_parts").fairface(b)
    assert [(row["split"], row["mode"]) for row in found["band"]["rows"]] == [
        ("valid", "single"),
        ("valid", "tta"),
        ("test", "single"),
        ("test", "tta"),
    ]
    table = module("_release_tables").TABLES["fairface"](found)
    assert any("valid | single view" in line for line in table)
