"""What stands in the terminal's tables and in report.md."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from gender_classifier.config.settings import Config
from gender_classifier.report.build import build_report
from gender_classifier.report.markdown import FIGURES, markdown
from gender_classifier.report.protocol import Protocol
from gender_classifier.report.tables import (
    HEADINGS,
    cells,
    terminal_table,
    threshold_sentence,
    tta_sentence,
)


def shown(report: dict[str, Any]) -> str:
    out = io.StringIO()
    Console(width=80, file=out).print(terminal_table(report))
    return out.getvalue()


@pytest.fixture
def report(protocols: list[Protocol], context: dict[str, Any]) -> dict[str, Any]:
    return build_report(protocols, context=context)


def test_cells_are_the_row_s_figures(report: dict[str, Any]) -> None:
    row = report["protocols"][0]["rows"][-1]
    found = dict(zip(HEADINGS, cells(row), strict=True))
    low, high = row["intervals"]["accuracy"]
    assert found["accuracy [95 %]"] == f"{100 * row['accuracy']:.2f} [{100 * low:.1f}, {100 * high:.1f}]"
    low, high = row["intervals"]["precision"]
    assert found["precision [95 %]"] == f"{100 * row['precision']:.2f} [{100 * low:.1f}, {100 * high:.1f}]"
    assert (found["phase"], found["TTA"], found["n"], found["chosen on"]) == ("validation", "enabled", "100", "choose")
    half = dict(zip(HEADINGS, cells(row, at_half=True), strict=True))
    assert half["recall of women [95 %]"].startswith(f"{100 * row['at_half']['recall_female']:.2f} [")
    assert half["threshold"] == "0.500"


def test_the_terminal_shows_every_row_whole_in_80_columns(report: dict[str, Any]) -> None:
    text = shown(report)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    for protocol in report["protocols"]:
        assert protocol["name"] in text
        for row in protocol["rows"]:
            for at in (row, row["at_half"]):
                figures = [f"{100 * at[name]:.2f}"[:5] for name in ("precision", "recall", "f1", "recall_female")]
                assert re.search(rf"{row['phase']} .*{' +'.join(map(re.escape, figures))} ", text), figures
    assert "perceived" in text


def test_undefined_figures_are_dashes(make_scores: Any) -> None:
    protocol = Protocol("x", make_scores([1, 1], [1.0, 2.0]), None, "accuracy", (0.0, 0.0))
    report = build_report([protocol], context={})
    assert cells(report["protocols"][0]["rows"][0])[7:10] == ["–", "–", "–"]
    assert "100.0" in shown(report)
    assert "| – | – | – |" in markdown(report)


def test_the_sentence_on_tta_says_what_the_test_says() -> None:
    half = {"only_without": 5, "only_with": 6, "p": 0.75}
    tta = {"chosen": False, "only_without": 3, "only_with": 4, "p": 1.0, "at_half": half}
    protocol = {"tta": tta, "views": ["identity", "hflip"], "chosen_on": "choose"}
    text = tta_sentence(protocol)
    assert "not used, because it is not better on `choose`" in text
    assert "4 are right only with it and 3 only without: no evidence of a difference" in text
    assert "p = 1.000" in text
    assert "With both at 0.5: 6 and 5, p = 0.750." in text
    tta |= {"chosen": True, "p": 1e-9}
    assert "p < 0.001" in tta_sentence(protocol)
    assert "used, because it is better" in tta_sentence(protocol)
    assert "no evidence" not in tta_sentence(protocol)
    assert tta_sentence({**protocol, "tta": None}) == ""


def test_markdown_names_both_protocols_and_what_gender_means(report: dict[str, Any]) -> None:
    text = markdown(report)
    assert "perceived" in text.splitlines()[2]
    assert "## Results: held out" in text
    assert "## Results: as the origin" in text
    assert "Optimistic, for comparison only." in text
    assert "McNemar" in text
    assert text.count("The same at the threshold 0.5") == 2


def test_markdown_s_first_result_is_that_of_the_chosen_mode(report: dict[str, Any]) -> None:
    protocol = report["protocols"][0]
    for chosen, mode in ((True, "enabled"), (False, "disabled")):
        protocol["tta"]["chosen"] = chosen
        (row,) = [r for r in protocol["rows"] if (r["split"], r["tta"]) == ("val", mode)]
        right = row["tp"] + row["tn"]
        expected = f"**Held out: accuracy {right:.2f} %** ({right} of 100 validation images)"
        assert expected in markdown(report)


def tables(text: str) -> list[list[list[str]]]:
    """Markdown's tables as cells, without headings and rule."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [[[cell.strip() for cell in line.split("|")[1:-1]] for line in b.splitlines()[2:]] for b in blocks]


def test_each_table_s_body_is_the_report_s(report: dict[str, Any]) -> None:
    for protocol in report["protocols"]:
        section = markdown(report).split(f"## Results: {protocol['name']}\n")[1].split("\n## ")[0]
        chosen, at_half, counts, calibration = tables(section)
        rows = protocol["rows"]
        assert chosen == [cells(row) for row in rows]
        assert at_half == [cells(row, at_half=True)[:-2] for row in rows]
        assert chosen != [[*row, *chosen[i][-2:]] for i, row in enumerate(at_half)]
        for row, (phase, tta, women_right, women_male, men_right, men_female) in zip(rows, counts, strict=True):
            assert (phase, tta) == (row["phase"], row["tta"])
            right, wrong = int(women_right) + int(men_right), int(women_male) + int(men_female)
            assert right / (right + wrong) == pytest.approx(row["accuracy"])
            assert int(women_right) / (int(women_right) + int(women_male)) == pytest.approx(row["recall_female"])
        for row, found in zip(protocol["calibration"]["rows"], calibration, strict=True):
            raw, calibrated = row["raw"], row["calibrated"] or {"ece": None, "brier": None}
            values = (raw["ece"], raw["brier"], calibrated["ece"], calibrated["brier"])
            assert found == [row["phase"], row["tta"], *("–" if v is None else f"{v:.4f}" for v in values)]


def test_markdown_tables_have_as_many_cells_in_every_line(report: dict[str, Any]) -> None:
    for block in re.findall(r"(?:^\|.*\n)+", markdown(report), re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1, block


def test_markdown_says_what_the_run_was_made_of(report: dict[str, Any]) -> None:
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


def test_the_head_says_whose_labels_and_which_version_of_them(report: dict[str, Any]) -> None:
    head = markdown(report).split("## Results")[0]
    assert "(digest `0123abcd`): validation 25 women + 75 men; train 40 women + 120 men;" in head
    report["context"]["data"] = ["facecom"]
    assert "Labels are those of `facecom` as they stood" in markdown(report)


def test_settings_averaging_and_augmentation_of_a_run_are_told(report: dict[str, Any]) -> None:
    config = Config()
    config.sampler.balanced = False
    report["context"] |= {
        "config": config.model_dump(mode="json"),
        "averaging": {"averaged": {"accuracy": 0.9, "loss": 0.1}, "raw": {"accuracy": 0.8, "loss": 0.2}},
        "augmentation": "augmentation.png",
        "notes": ["Something to know."],
    }
    text = markdown(report)
    assert "balanced sampler off;" in text
    assert "weight averaging on;" in text
    assert f"layer-wise rates x {config.optimizer.layer_decay:g};" in text
    assert "the lowest loss on `choose`" in text
    assert "accuracy 90.00 % and 80.00 %, loss 0.1000 and 0.2000." in text
    assert "![Augmentation](augmentation.png)" in text
    assert "- Something to know." in text


def test_nothing_unreadable_is_said_too_and_many_are_cut_short(report: dict[str, Any]) -> None:
    report["context"]["unreadable"] = {}
    assert "cannot be read: none." in markdown(report)
    report["context"]["unreadable"] = {f"{i}.jpg": "" for i in range(12)}
    assert re.search(r"cannot be read: 12 \(.*`9.jpg` and 2 more\)", markdown(report))


def test_probabilities_are_called_calibrated_only_where_they_are(report: dict[str, Any]) -> None:
    report["figures"] = ["mistakes.png", "example.png"]
    assert markdown(report).count("Probabilities are calibrated.") == 2
    report["protocols"][0]["calibration"]["platt"] = None
    text = markdown(report)
    assert text.count("Probabilities are as scored, not calibrated.") == 2
    assert "as scored; none was fitted on these scores" in text


def test_a_random_start_and_a_bare_model_are_named(protocols: list[Protocol]) -> None:
    assert "started at random" in markdown(build_report(protocols, context={"init": None}))
    bare = markdown(build_report(protocols, context={"model": "model.onnx", "data": ["faces/val"]}))
    assert "Model file `model.onnx` on `faces/val`." in bare
    assert "Starting weights" not in bare


def test_only_figures_that_were_drawn_are_linked(report: dict[str, Any]) -> None:
    assert "![" not in markdown(report)
    report["figures"] = ["confusion.png"]
    assert re.findall(r"\((figures/\S+)\)", markdown(report)) == ["figures/confusion.png"]
    assert "confusion.png" in FIGURES


def useless(report: dict[str, Any]) -> dict[str, Any]:
    """The report of a model that always says male, on 25 women and 75 men."""
    for protocol in report["protocols"]:
        for row in protocol["rows"]:
            if row["split"] == "val":
                row |= {"tp": 75, "fp": 25, "tn": 0, "fn": 0, "accuracy": 0.75, "balanced_accuracy": 0.5}
    return report


def test_every_report_names_the_majority_baseline(report: dict[str, Any]) -> None:
    for text in (markdown(report), shown(report)):
        plain = " ".join(text.split())
        assert plain.count("Majority baseline, the accuracy of always saying the larger class: train") == 2
        assert re.search(r"validation 75\.00 % \(male", plain)
    row = next(r for r in report["protocols"][0]["rows"] if r["split"] == "val")
    assert (row["majority"]["label"], row["majority"]["share"]) == ("male", 0.75)


def test_a_model_no_better_than_the_baseline_is_named_so_first(report: dict[str, Any]) -> None:
    assert "NO BETTER" not in markdown(report) + shown(report)
    said = "NO BETTER than always saying male: accuracy 75.00 %, always saying male 75.00 % of these 100 images"
    useless(report)
    assert said in markdown(report).splitlines()[2]
    assert said in " ".join(shown(report).split())
    report["protocols"] = report["protocols"][:1]
    assert markdown(report).splitlines()[2].startswith("> **NO BETTER than")


def test_the_threshold_s_sentence_says_what_auto_chose(protocols: list[Protocol]) -> None:
    for asked, said in (
        ("auto", "for the best balanced accuracy (`auto`: the smaller class is less than 40 % there)"),
        ("balanced_accuracy", "for the best balanced accuracy, with"),
    ):
        held_out = build_report([replace(protocols[0], threshold_metric=asked)], context={})["protocols"][0]
        assert held_out["threshold_metric"] == "balanced_accuracy"
        assert said in threshold_sentence(held_out)


def test_the_augmentation_s_caption_follows_the_policies(report: dict[str, Any]) -> None:
    context = report["context"]
    context |= {"augmentation": "augmentation.png", "config": Config().model_dump(mode="json")}
    text = markdown(report)
    assert "their strengths are not: for women, the fewer, and for men, scale 0.15 and 0.1, shift 0.07 and 0.05" in text
    context["counts"]["train"] = {"female": 9, "male": 7}
    assert "for men, the fewer, and for women, scale 0.15 and 0.1" in markdown(report)
    context["config"]["augment"]["per_class"] = False
    assert "Operations and strengths are the same for both classes." in markdown(report)
