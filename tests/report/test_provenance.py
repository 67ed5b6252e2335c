"""What a report says of images, labels, starting weights and settings."""

from __future__ import annotations

import re

from gender_classifier.config.settings import Config
from gender_classifier.report.build import build_report
from gender_classifier.report.markdown import markdown
from gender_classifier.report.protocol import Protocol
from gender_classifier.runs.context import Counts
from gender_classifier.runs.report import Report

from .conftest import tell


def test_markdown_says_what_the_run_was_made_of(report: Report) -> None:
    text = markdown(report)
    for part in (
        "| train | fitted on | 40 | 120 |",
        "`b1.safetensors`, 340 tensors used, 2 missing (`a`, `b`), 0 left over; SHA-256 `feed`",
        "cannot be read: 1 (`train/broken.jpg`)",
        "Recipe `quick` at 96 px: 3 epochs in 1.5 minutes on cpu, 2 cores; ended: finished.",
        "Kept epoch: 2 (held out), 3 (as the origin).",
        "Images are not aligned.",
        "python 3.11.7",
    ):
        assert part in text


def test_the_head_says_whose_labels_and_which_version_of_them(report: Report) -> None:
    head = markdown(report).split("## Results")[0]
    assert "(digest `0123abcd`): validation 25 women + 75 men; train 40 women + 120 men;" in head
    report.context.data = ["facecom"]
    assert "Labels are those of `facecom` as they stood" in markdown(report)


def test_settings_averaging_and_augmentation_of_a_run_are_told(report: Report) -> None:
    config = Config()
    config.sampler.balanced = False
    tell(
        report,
        config=config.model_dump(mode="json"),
        averaging={"averaged": {"accuracy": 0.9, "loss": 0.1}, "raw": {"accuracy": 0.8, "loss": 0.2}},
        augmentation="augmentation.png",
        notes=["Something to know."],
    )
    text = markdown(report)
    assert "balanced sampler off;" in text
    assert "weight averaging on;" in text
    assert f"layer-wise rates x {config.optimizer.layer_decay:g};" in text
    assert "the lowest loss on `choose`" in text
    assert "accuracy 90.00 % and 80.00 %, loss 0.1000 and 0.2000." in text
    assert "![Augmentation](augmentation.png)" in text
    assert "- Something to know." in text


def test_nothing_unreadable_is_said_too_and_many_are_cut_short(report: Report) -> None:
    report.context.unreadable = {}
    assert "cannot be read: none." in markdown(report)
    report.context.unreadable = {f"{i}.jpg": "" for i in range(12)}
    assert re.search(r"cannot be read: 12 \(.*`9.jpg` and 2 more\)", markdown(report))


def test_a_random_start_and_a_bare_model_are_named(protocols: list[Protocol]) -> None:
    assert "started at random" in markdown(build_report(protocols, context={"init": None}))
    bare = markdown(build_report(protocols, context={"model": "model.onnx", "data": ["faces/val"]}))
    assert "Model file `model.onnx` on `faces/val`." in bare
    assert "Starting weights" not in bare


def test_models_that_the_weights_were_averaged_with_are_named(protocols: list[Protocol]) -> None:
    others = [{"source": "a.onnx", "sha256": "5f2a"}, {"source": "b.onnx", "sha256": "77aa"}]
    sentence = "the mean of the run's own and, each counting the same, those of `a.onnx` (SHA-256 `5f2a`), `b.onnx`"
    assert sentence in markdown(build_report(protocols, context={"init": None, "averaged_with": others}))
    evaluated = {"model": "m.onnx", "data": ["faces/val"], "training": {"averaged_with": others}}
    assert sentence in markdown(build_report(protocols, context=evaluated))
    assert "the mean of the run's own" not in markdown(build_report(protocols, context={"init": None}))


def test_what_averaging_with_models_brought_is_told(report: Report) -> None:
    kept = {"averaged": {"accuracy": 0.9, "loss": 0.1}, "raw": {"accuracy": 0.8, "loss": 0.2}}
    tell(report, averaging={**kept, "own": {"accuracy": 0.85}})
    assert "loss 0.1000 and 0.2000; the run's own average without other models: accuracy 85.00 %." in markdown(report)
    tell(report, averaging=kept)
    assert "loss 0.1000 and 0.2000." in markdown(report)


def test_the_augmentation_s_caption_follows_the_policies(report: Report) -> None:
    config = Config().model_dump(mode="json")
    tell(report, augmentation="augmentation.png", config=config)
    text = markdown(report)
    assert "their strengths are not: for women, the fewer, and for men, scale 0.15 and 0.1, shift 0.07 and 0.05" in text
    report.context.counts["train"] = Counts(female=9, male=7)
    assert "for men, the fewer, and for women, scale 0.15 and 0.1" in markdown(report)
    config["augment"]["per_class"] = False
    tell(report, config=config)
    assert "Operations and strengths are the same for both classes." in markdown(report)
