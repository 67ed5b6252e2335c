"""Curves over a run: each panel draws its own column of the log, and the kept epochs are marked where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("matplotlib")

from matplotlib.figure import Figure

from gender_classifier.report import curves
from gender_classifier.report.build import build_report
from gender_classifier.report.protocol import Protocol

SOMEWHERE = Path("not written")


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    figures: list[Figure] = []
    monkeypatch.setattr(curves, "save", lambda figure, _path: figures.append(figure))
    return figures


def test_every_panel_draws_what_it_is_named_after(log: list[dict[str, Any]], drawn: list[Figure]) -> None:
    titles = {
        "loss": "loss",
        "accuracy": "accuracy",
        "balanced accuracy": "balanced_accuracy",
        "precision (male)": "precision",
        "recall (male)": "recall",
        "recall of women": "recall_female",
        "F1 (male)": "f1",
        "swept threshold": "threshold",
    }
    epochs = [line for line in log if line["kind"] == "epoch"]
    splits = ("train", "choose", "val")
    for epoch in epochs:  # no two numbers are the same
        for s, split in enumerate(splits):
            epoch[split] = {key: epoch["epoch"] / 10 + s / 100 + k / 1000 for k, key in enumerate(titles.values())}
    curves.training_curves(epochs, SOMEWHERE)
    panels = {axis.get_title(loc="left"): axis for axis in drawn[0].axes if axis.get_title(loc="left")}
    assert set(panels) == set(titles)
    names = {"train": "train", "choose": "choose", "validation": "val"}
    for title, axis in panels.items():
        lines = {str(line.get_label()).split(" ")[0]: line for line in axis.get_lines()}
        for name, split in names.items():
            assert list(lines[name].get_xdata()) == [1, 2, 3]
            assert list(lines[name].get_ydata()) == [epoch[split][titles[title]] for epoch in epochs]


def test_each_layer_s_line_is_its_rates(log: list[dict[str, Any]], drawn: list[Figure]) -> None:
    curves.learning_rates(log, SOMEWHERE)
    (axis,) = drawn[0].axes
    steps = [line for line in log if line["kind"] == "step"]
    lines = {str(line.get_label()): line for line in axis.get_lines()}
    assert lines.pop("kept: epoch 2").get_xdata()[0] == 8.0
    assert set(lines) == set(steps[0]["rates"])
    for layer, line in lines.items():
        assert list(line.get_xdata()) == [step["global_step"] for step in steps]
        assert list(line.get_ydata()) == [step["rates"][layer] for step in steps]


def test_the_kept_epochs_are_marked_at_their_values(log: list[dict[str, Any]]) -> None:
    epochs = [line for line in log if line["kind"] == "epoch"]
    epochs[1]["choose"], epochs[1]["val"] = {"f1": 0.7}, {"f1": 0.6123}
    epochs[2]["val"] = {"f1": 0.9}
    axis = Figure().subplots()
    curves._mark_kept(axis, epochs, "f1", True)
    marks = {line.get_marker(): line.get_xydata().tolist() for line in axis.get_lines() if line.get_marker() in "*D"}
    assert marks == {"*": [[2, 0.7]], "D": [[3, 0.9]]}
    assert axis.get_title(loc="right") == "61.2 %"
    assert sorted(line.get_xdata()[0] for line in axis.get_lines() if line.get_marker() == "None") == [2, 3]


def test_the_kept_epoch_ends_where_the_next_begins(log: list[dict[str, Any]]) -> None:
    steps = [line for line in log if line["kind"] == "step"]
    assert [curves._last_step(steps, epoch) for epoch in (0, 1, 2)] == [4.0, 8.0, 12.0]


def test_a_single_epoch_without_step_lines_is_drawn(tmp_path: Path, log: list[dict[str, Any]]) -> None:
    epochs = [line for line in log if line["kind"] == "epoch"][:1]
    curves.training_curves(epochs, tmp_path / "curves.png")
    curves.learning_rates(epochs, tmp_path / "rates.png")
    assert all((tmp_path / name).stat().st_size > 5000 for name in ("curves.png", "rates.png"))


def test_a_validation_set_that_stayed_closed_is_not_spoken_of(log: list[dict[str, Any]], drawn: list[Figure]) -> None:
    epochs = [{k: v for k, v in line.items() if k != "val"} for line in log if line["kind"] == "epoch"]
    curves.training_curves(epochs, SOMEWHERE)
    legend = next(axis.get_legend() for axis in drawn[0].axes if axis.get_legend() is not None)
    said = [text.get_text() for text in legend.get_texts()] + [t.get_text() for a in drawn[0].axes for t in a.texts]
    assert any("held out" in text for text in said)
    assert not any("validation" in text for text in said)


def test_the_numbers_above_the_panels_are_the_table_s(
    log: list[dict[str, Any]], drawn: list[Figure], protocols: list[Protocol]
) -> None:
    epochs = [line for line in log if line["kind"] == "epoch"]
    row = build_report(protocols, context={}).protocols[0].rows[0]
    result = row.model_copy(update={"accuracy": 0.756, "recall_female": 0.5, "threshold": 0.321})
    curves.training_curves(epochs, SOMEWHERE, result)
    above = {axis.get_title(loc="left"): axis.get_title(loc="right") for axis in drawn[0].axes}
    assert (above["accuracy"], above["recall of women"], above["swept threshold"]) == ("75.6 %", "50.0 %", "0.321")
    said = " ".join(text.get_text() for axis in drawn[0].axes for text in axis.texts).replace("\n", " ")
    assert "as in the table: single view, threshold of `choose`; the lines have their own best" in said
