"""The model card: word for word as stored, valid for the hub, and silent on what the report does not hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from gender_classifier.errors import UnreadableError
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.scores import Scores
from gender_classifier.report.build import build_report
from gender_classifier.report.card import card
from gender_classifier.report.card_html import card_page
from gender_classifier.report.further import Further
from gender_classifier.report.origins import FAIRFACE_RACES
from gender_classifier.report.protocol import Protocol
from gender_classifier.runs.report import Report

from .conftest import tell

STORED = Path(__file__).with_name("card.md")
STORED_PAGE = Path(__file__).with_name("card.html")
AGES = ("3-9", "20-29", "70+")
START = "3f7124109e08477a922262ed9e76b32cfd45dab8590358fce665547706edddb2"
FURTHER = Further.model_validate(
    {
        "note": "Measured on drawn faces.",
        "tables": [
            {
                "title": "Smaller faces",
                "note": "Scaled down, then up.",
                "columns": ["face", "n", "share right"],
                "rows": [["20 px", 504, 0.85123], ["30 px | blurred", 504, None]],
            },
            {"title": "As printed elsewhere", "markdown": "| a |\n| --- |\n| 1 |\n"},
        ],
    }
)


def drawn_scores() -> Scores:
    """Twelve faces of each gender, race and age, in `choose` and in `val`; without chance: they never change."""
    cells = [
        (split, label, race, age, number)
        for split in ("choose", "val")
        for label in (0, 1)
        for race in FAIRFACE_RACES
        for age in AGES
        for number in range(12)
    ]
    n = len(cells)
    # Spread evenly over -1.5 to 1.5 by a step that has no common factor with 101; children lie nearer to the middle.
    noise = np.array([(37 * i % 101) / 101 * 3 - 1.5 for i in range(n)])
    side = np.array([(2 * label - 1) * (0.9 if age == "3-9" else 1.4) for _, label, _, age, _ in cells])

    def column(place: int) -> np.ndarray:
        return np.array([cell[place] for cell in cells], dtype=object)

    return Scores(
        path=np.array([f"{i}.jpg" for i in range(n)], dtype=object),
        face=np.zeros(n, np.int64),
        label=column(1).astype(np.int64),
        logit=side + noise,
        view=np.full(n, "identity", dtype=object),
        split=column(0),
        extra={"race": column(2), "age": column(3)},
    )


@pytest.fixture(scope="module")
def report() -> Report:
    counts = {"train": {"female": 1000, "male": 1100}, "choose": {"female": 252, "male": 252}}
    context = {
        "recipe": "release",
        "data": ["manifest.csv"],
        "config": {
            "data": {"canonical": True, "exclude": "/somewhere/near_copies.txt"},
            "export": {"licence": "CC-BY-4.0", "citation": "Somebody, 2026"},
        },
        "size": 128,
        "counts": {**counts, "val": {"female": 252, "male": 252}},
        "digest": "0123abcd",
        "geometry": None,
        "unreadable": {"train/broken.jpg": "truncated"},
        "init": {"source": "b1_matched.safetensors", "sha256": START, "used": 437, "missing": [], "left_over": []},
        "versions": {"gender-classifier": "0.1.0"},
        "device": "cpu, 2 cores",
        "epochs": 8,
        "best_epoch": 6,
    }
    note = "chosen on images that the network did not learn from"
    scores = drawn_scores()
    protocols = [
        Protocol("held out", scores, "choose", "accuracy", note=note, tolerance=1.0, band=(0.3, 0.7)),
        Protocol("as the origin", scores, "val", "accuracy", note="optimistic, for comparison only"),
    ]
    return build_report(protocols, context=context)


def header_of(text: str) -> dict[str, Any]:
    header: dict[str, Any] = yaml.safe_load(text.split("---\n")[1])
    return header


def test_the_whole_card_is_the_stored_one(report: Report, tmp_path: Path) -> None:
    text = card(report, FURTHER)
    written = tmp_path / "card.md"
    written.write_text(text, encoding="utf-8")
    assert text == STORED.read_text(encoding="utf-8"), f"read {written}; if it is right, copy it to {STORED}"


def test_the_whole_page_is_the_stored_one(report: Report, tmp_path: Path) -> None:
    page = card_page(card(report, FURTHER))
    written = tmp_path / "card.html"
    written.write_text(page, encoding="utf-8")
    assert page == STORED_PAGE.read_text(encoding="utf-8"), f"read {written}; if it is right, copy it to {STORED_PAGE}"


def test_it_names_the_layout_of_its_own_network(report: Report) -> None:
    assert "timm's layout of\n`efficientnet_b1` with one output" in card(report)
    other = report.model_copy(deep=True)
    other.context.config = {"model": {"depth": 1.0}}
    assert "timm's layout of\n`efficientnet_b0` with one output" in card(other)


def test_only_the_report_s_own_figures_without_faces_are_shown(report: Report) -> None:
    other = report.model_copy(deep=True)
    other.figures = ["example.png", "mistakes.png", "roc_pr.png"]
    text = card(other, figures=["example.png", "mistakes.png", "roc_pr.png", "confusion.png"])
    assert re.findall(r"!\[.*?\]\((.*?)\)", text) == ["figures/roc_pr.png"]
    assert "![" not in card(other)


def test_european_law_takes_two_sentences_of_which_one_tells_to_check(report: Report) -> None:
    paragraph = next(part for part in card(report).split("\n\n") if part.startswith("**European law.**"))
    sentences = re.findall(r"[^.]+\.", " ".join(paragraph.split()).removeprefix("**European law.** "))
    assert len(sentences) == 2
    assert sentences[1].strip().startswith("Check what holds for your use")


def test_the_header_s_figures_are_the_report_s(report: Report) -> None:
    header = header_of(card(report))
    assert (header["license"], header["pipeline_tag"]) == ("cc-by-4.0", "image-classification")
    assert header["datasets"] == ["HuggingFaceM4/FairFace"]
    assert "language" not in header
    (model,) = header["model-index"]
    (result,) = model["results"]
    row = next(row for row in report.protocols[0].rows if row.split == "val")
    values = {metric["name"]: metric["value"] for metric in result["metrics"]}
    assert values["Accuracy, single view"] == round(row.accuracy, 4)
    assert values["Recall of women, single view"] == round(row.recall_female, 4)
    assert all(set(metric) == {"type", "name", "value"} for metric in result["metrics"])
    assert all(key in result["task"] and key in result["dataset"] for key in ("type", "name"))


def test_what_readers_expect_is_there(report: Report) -> None:
    text = card(report)
    titles = [line[3:] for line in text.splitlines() if line.startswith("## ")]
    assert titles == [
        "Model details",
        "Intended use",
        "Uses it is not for",
        "Factors",
        "Metrics",
        "Evaluation data",
        "Training data",
        "Results",
        "Ethical considerations",
        "Caveats and recommendations",
        "How to use",
        "How to cite",
    ]
    for part in ("*perceived*", "2024/1689", "2016/679", "**Children** (age 3-9)", "EfficientNet-Lite1", "1000 women"):
        assert part in text
    assert "Deciding about a person" in text
    assert "/somewhere" not in text
    assert "as the origin" not in text


def test_of_unknown_data_and_weights_nothing_is_claimed(report: Report) -> None:
    other = report.model_copy(deep=True)
    other.groups = None
    tell(other, data=["faces"], config={}, recipe="quick", init={"source": "mine.pth", "sha256": "feed"})
    text = card(other)
    assert header_of(text)["license"] == "unknown"
    assert "datasets" not in header_of(text)
    for absent in ("FairFace", "CC BY", "Lite1", "### By group"):
        assert absent not in text
    for present in ("**not known**", "not stated", "their origin is not known", "state them before you publish"):
        assert present in text


def test_models_that_the_weights_were_averaged_with_are_named(report: Report) -> None:
    other = report.model_copy(deep=True)
    third = "127cfc15cdae89b59465437e3e1d5362ce17cf7db67798c53034a4be64497cee"
    tell(other, averaged_with=[{"source": "b.onnx", "sha256": third}, {"source": "mine.onnx", "sha256": "feed"}])
    lines = [line for line in card(other).splitlines() if "**Averaged with**" in line]
    assert ["third release" in line for line in lines] == [True, False]
    assert "their origin is not known" in lines[1]
    tell(other, averaged_with=[{"source": "again.onnx", "sha256": other.context.init.sha256}])
    assert "- **Averaged with**, each counting the same: the weights that it started from." in card(other)
    assert "**Averaged with**" not in card(report)


def test_answers_that_the_model_learnt_from_are_named_with_their_origin(report: Report) -> None:
    other = report.model_copy(deep=True)
    teacher = "bf52d25d2dacf96b86800d7b1a52171c0d50cb08400eedf851f0d8ef49f18b15"
    tables = [{"file": "scores.csv", "sha256": teacher}, {"file": "mine.csv", "sha256": "feed"}]
    tell(other, soft_labels={"tables": tables, "images": 200})
    (line,) = [line for line in card(other).splitlines() if "**Soft labels**" in line]
    assert "for 200 training images" in line
    assert "VGGFace2" in line
    assert line.endswith("`mine.csv` (SHA-256 `feed`).")
    assert "**Soft labels**" not in card(report)


def test_a_licence_that_the_hub_does_not_know_is_named(report: Report) -> None:
    other = report.model_copy(deep=True)
    other.context.config["export"]["licence"] = "Ours 1.0"
    header = header_of(card(other))
    assert (header["license"], header["license_name"]) == ("other", "Ours 1.0")


def test_data_that_must_not_be_published_says_so(report: Report) -> None:
    other = report.model_copy(deep=True)
    other.context.data = ["facecom"]
    assert "do not publish a model made of it" in card(other)[-3000:]


def test_an_evaluation_s_card_claims_nothing_of_the_training_data() -> None:
    scores = drawn_scores()
    scores = scores.take(scores.split == "val")
    training = {"recipe": "quick", "counts": {"train": {"female": 5, "male": 7}}, "init": None, "epochs": 3}
    context = {
        "model": "model.onnx",
        "training": training,
        "trained_on": "feed",
        "data": ["/home/somebody/faces/val", "other/val"],
        "counts": {"val": {"female": 252, "male": 252}},
        "digest": "0123",
        "notes": ["Some images count twice."],
    }
    scores.extra.pop("age")
    fixed, platt = (0.0, 0.0), Calibration(2.0, 0.1)
    both = Protocol("as released, all images", scores, None, "accuracy", fixed, "as in the model file", platt)
    one = Protocol("as released, other/val", scores.take(np.arange(100, 300)), None, "accuracy", fixed, "", None)
    text = card(build_report([both, one], context=context))
    assert "that it did not learn from" not in text.split("## ")[0]
    assert "datasets" not in header_of(text)
    assert "FairFace (Kärkkäinen and Joo, WACV 2021)" in text  # its races: what was evaluated on, not what was learnt
    assert "Fitted on 5 women + 7 men.\n" in text
    assert "does not name the images that it was trained on, only the digest of their list: `feed`" in text
    assert "the network started at random" in text
    assert "Some images count twice." in text
    assert "/home" not in text
    names = [result["dataset"]["name"] for result in header_of(text)["model-index"][0]["results"]]
    assert names == ["as released, all images", "as released, other/val"]


def test_a_report_without_validation_results_is_refused(report: Report) -> None:
    chosen_on_val = report.model_copy(update={"protocols": report.protocols[1:]})
    without_rows = report.model_copy(deep=True)
    without_rows.protocols[0].rows = []
    for other in (chosen_on_val, without_rows, report.model_copy(update={"protocols": []})):
        with pytest.raises(UnreadableError, match="no validation results"):
            card(other)


def test_a_card_names_the_majority_baseline_and_a_model_that_is_no_better(report: Report) -> None:
    other = report.model_copy(deep=True)
    row = other.protocols[0].validation[0]
    row.tp, row.fp, row.tn, row.fn = 0, 0, 30, 10
    row.accuracy, row.balanced_accuracy = 0.75, 0.5
    text = card(other)
    assert "always saying the larger class: validation 75.00 % (female)." in text
    assert "**NO BETTER than always saying female: accuracy 75.00 %" in text
