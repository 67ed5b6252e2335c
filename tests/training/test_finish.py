"""From a trained run to its report: a whole run on drawn faces."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from PIL import Image

from gender_classifier.config.reading import load_config
from gender_classifier.data.datasets import DataIndex
from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.errors import UserError
from gender_classifier.evaluation.evaluate import evaluate
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.training import finish
from gender_classifier.training.again import evaluate_again
from gender_classifier.training.run import train

from ..small_network import NARROW_CHANGES
from .test_model_file import choose_scores

CHANGES = (
    "model.init_weights=none",
    "data.size=32",
    "data.workers=0",
    "data.choose_share=0.25",
    "data.skip_unreadable=true",
    "train.epochs=2",
    "train.batch_size=8",
    "train.log_every=1",
    "train.report_on=10",
    *NARROW_CHANGES,
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("finish")
    draw_dataset(root / "faces", train=(12, 24), val=(6, 8), size=64)
    (root / "faces" / "train" / "male" / "broken.jpg").write_bytes(b"")
    train(root / "faces", root / "run", config="quick", changes=CHANGES)
    return root / "run"


def test_a_stopped_scoring_leaves_the_model_that_was_there(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.read_bytes() for path in [run / "model.onnx", *sorted((run / "checkpoints").iterdir())]}

    def stopped(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(finish, "score_groups", stopped)
    with pytest.raises(KeyboardInterrupt):
        evaluate_again(run, threads=1)
    assert {path: path.read_bytes() for path in before} == before
    assert sorted((run / "checkpoints").iterdir()) == sorted(path for path in before if path.name != "model.onnx")


NOTES = [
    (
        {},
        {"people_told": True},
        "epoch, threshold and TTA chosen on images held out of train, people kept together; "
        "the validation set is only reported",
        "epoch, threshold and TTA chosen on the validation set itself: optimistic, for comparison only",
    ),
    (
        {"stopping.watch_val": "false"},
        {},
        "epoch, threshold and TTA chosen on images held out of train; the validation set is only reported",
        "epoch chosen as in held out, threshold and TTA on the validation set itself: optimistic, for comparison only",
    ),
    (
        {"tta.enabled": "false"},
        {"choose_given": True},
        "epoch and threshold chosen on the validation split that the data brings; another is reported as validation",
        "epoch and threshold chosen on the validation set itself: optimistic, for comparison only",
    ),
    (
        {"tta.enabled": "false", "threshold.enabled": "false", "stopping.watch_val": "false"},
        {"people_told": True},
        "epoch chosen on images held out of train, people kept together; the validation set is only reported",
        "epoch chosen as in held out",
    ),
]


@pytest.mark.parametrize(("changes", "given", "held_out", "origin"), NOTES)
def test_a_protocol_s_note_says_what_was_done(
    changes: dict[str, str], given: dict[str, bool], held_out: str, origin: str
) -> None:
    config = load_config(None, [f"{key}={value}" for key, value in changes.items()])
    scores = choose_scores([0, 0, 1, 1], [-2.0, 0.5, 0.0, 2.0])
    protocols = finish.protocols_of(config, scores, scores, DataIndex(Path("faces"), {}, **given))
    assert [protocol.note for protocol in protocols] == [held_out, origin]


def report_of(run: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((run / "report.json").read_text(encoding="utf-8"))
    return report


def test_both_protocols_are_there_and_choose_where_they_say(run: Path) -> None:
    report = report_of(run)
    assert [(p["name"], p["chosen_on"]) for p in report["protocols"]] == [
        ("held out", "choose"),
        ("as the origin", "val"),
    ]
    for protocol in report["protocols"]:
        shown = {(row["phase"], row["tta"]): row["count"] for row in protocol["rows"]}
        assert shown["validation", "disabled"] == shown["validation", "enabled"] == 14
        assert shown["train", "enabled"] == 10  # of 28, as `train.report_on` says
    text = (run / "report.md").read_text(encoding="utf-8")
    assert "## Results: held out" in text
    assert "## Results: as the origin" in text
    assert "validation 6 women + 8 men" in text
    assert "cannot be read: 1 (`train/male/broken.jpg`)" in text
    assert "Averaged and raw weights on `choose`" in text
    assert "started at random" in text


def test_every_link_of_the_report_is_a_picture(run: Path) -> None:
    text = (run / "report.md").read_text(encoding="utf-8")
    links = [part.split(")")[0] for part in text.split("](")[1:]]
    assert {"figures/curves.png", "figures/confusion.png", "figures/example.png", "augmentation.png"} <= set(links)
    for link in links:
        with Image.open(run / link) as image:
            image.verify()


def test_the_model_file_carries_what_was_chosen_on_the_held_out_scores(run: Path) -> None:
    metadata = GenderClassifier(run / "model.onnx", threads=1).metadata
    held_out = report_of(run)["protocols"][0]
    assert metadata.threshold.logit == held_out["thresholds"]["disabled"]["logit"]
    assert metadata.tta.threshold_logit == held_out["thresholds"]["enabled"]["logit"]
    platt = held_out["calibration"]["platt"]
    assert (metadata.calibration.fitted_on == "choose") == (platt is not None)
    if platt is not None:
        assert (metadata.calibration.scale, metadata.calibration.offset) == (platt["scale"], platt["offset"])


def test_evaluating_the_run_again_gives_the_same_report_and_figures(run: Path) -> None:
    kept = [run / "report.json", run / "report.md", *sorted((run / "figures").iterdir())]
    before = [path.read_bytes() for path in kept]
    evaluate_again(run, threads=1)
    changed = [path.name for path, content in zip(kept, before, strict=True) if path.read_bytes() != content]
    assert changed == []


def test_its_report_is_not_overwritten_by_an_evaluation_on_other_pictures(run: Path) -> None:
    with pytest.raises(UserError, match="holds a run"):
        evaluate(run, [run.parent / "faces" / "val"], out=run)


def test_the_validation_rows_are_those_of_evaluating_the_model_file_on_them(run: Path, tmp_path: Path) -> None:
    again = evaluate(run, [run.parent / "faces" / "val"], out=tmp_path / "out", tta=True, threads=1).document()
    mine = {row["tta"]: row for row in report_of(run)["protocols"][0]["rows"] if row["split"] == "val"}
    for row in again["protocols"][0]["rows"]:
        assert row["accuracy"] == mine[row["tta"]]["accuracy"]
        assert row["roc_auc"] == mine[row["tta"]]["roc_auc"]
