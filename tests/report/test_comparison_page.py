"""What a comparison writes says what was found: tables in three forms, groups, images that changed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

pytest.importorskip("matplotlib")

from gender_classifier.metrics.comparison import METRICS, Comparison, compare
from gender_classifier.metrics.contenders import Contender, changed
from gender_classifier.report import comparison_page as page
from gender_classifier.report.comparison_page import terminal_tables, write_comparison
from gender_classifier.report.comparison_tables import (
    difference_cell,
    measured_cell,
)

from .comparing import NAMES, contenders, numbered, rows_of


def test_the_page_shows_models_differences_and_groups(
    written: Path, compared: tuple[list[Contender], Comparison]
) -> None:
    _, comparison = compared
    text = (written / "comparison.md").read_text(encoding="utf-8")
    assert "annotators perceived" in text
    assert "one: threshold of its own." in text
    for model in comparison.models:
        shown = model.name.replace("_", "\\_")
        line = next(line for line in text.splitlines() if line.startswith(f"| {shown} |"))
        assert line.replace("**", "").split(" | ")[1:-1] == [measured_cell(k, model) for k in METRICS[:-1]]
    for difference in comparison.differences:
        assert difference_cell(difference) in text
    small = next(line for line in text.splitlines() if line.startswith("| place rare"))
    assert small.startswith("| place rare\\* | 15 |")
    assert small.count("–") == len(comparison.models) - 1
    assert "| place over\\_there | 75 |" in text
    assert "**Furthest apart**" in text
    assert text.count("**Worst group**") == len(comparison.models)
    assert ("Holm's correction over the pairs" in text) == (len(comparison.models) == 3)
    for table in re.findall(r"(?:^\|.*\n)+", text, re.M):
        assert len({re.sub(r"\\\|", "", line).count("|") for line in table.splitlines()}) == 1


def test_the_changed_pictures_are_listed_with_both_answers(
    written: Path, compared: tuple[list[Contender], Comparison]
) -> None:
    models, _ = compared
    rows = rows_of(written / "changed.csv")
    assert [row["path"] for row in rows] == [models[0].scores.path[row] for row in changed(models)]
    for row in rows:
        at = models[0].scores.path.tolist().index(row["path"])
        answers = {row[f"answer {model.name}"] for model in models}
        assert answers == {"female", "male"}
        assert row["label"] == row["path"].split("/")[0]
        assert row["place"] == models[0].scores.extra["place"][at]
        for model in models:
            assert row[f"answer {model.name}"] == ("male" if model.scores.logit[at] >= 0.2 else "female")


def test_each_picture_on_the_sheet_has_its_own_caption(
    compared: tuple[list[Contender], Comparison], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, comparison = compared
    sheet: dict[str, Any] = {}
    monkeypatch.setattr(
        page, "contact_sheet", lambda pictures, captions, *_, **more: sheet.update(p=pictures, c=captions, **more)
    )
    write_comparison(tmp_path, comparison, models, changed(models), [], numbered)
    assert 0 < len(sheet["p"]) <= 24
    assert sheet["title"].endswith("; ".join(f"{letter}: {m.name}" for letter, m in zip("ABC", models, strict=False)))
    rights = []
    for picture, caption in zip(sheet["p"], sheet["c"], strict=True):
        lines = caption.split("\n")
        row = int(picture[0, 0, 0])
        assert lines[-1] == f"{row:03d}"
        right = [x for x, m in zip("ABC", models, strict=False) if m.rule.right(m.scores.label, m.scores.logit)[row]]
        assert lines[1] == f"right: {', '.join(right)}"
        rights.append("".join(right))
    assert rights == sorted(rights)


def test_json_holds_all_of_it(written: Path, compared: tuple[list[Contender], Comparison]) -> None:
    models, comparison = compared
    found = json.loads((written / "comparison.json").read_text(encoding="utf-8"))
    assert found["count"] == 180
    assert found["changed"] == len(changed(models))
    assert [d["p"] for d in found["differences"]] == [d.p for d in comparison.differences]
    assert found["groups"][NAMES[0]]["columns"]["place"][0]["count"] == 90


def test_nothing_changed_and_no_pictures(tmp_path: Path) -> None:
    one = contenders(1)[0]
    models = [one, Contender("again", one.scores, one.rule)]
    (tmp_path / "changed.png").write_bytes(b"of a comparison before")
    write_comparison(tmp_path, compare(models, 10), models, changed(models), [], numbered)
    assert not (tmp_path / "changed.png").exists()
    assert rows_of(tmp_path / "changed.csv") == []
    text = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert "0 of 180 are not answered alike" in text
    assert "no evidence of a difference" in text
    assert "changed.png" not in text


def test_the_terminal_shows_every_model_within_80_columns(compared: tuple[list[Contender], Comparison]) -> None:
    _, comparison = compared
    console = Console(width=80, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(terminal_tables(comparison))
    text = captured.get()
    assert max(map(len, text.splitlines())) <= 80
    for model in comparison.models:
        assert f"{100 * model.values['accuracy']:.2f}" in text
    assert "annotators" in text


def test_a_model_no_better_than_the_majority_is_named_first(tmp_path: Path) -> None:
    first, *others = contenders(2)
    constant = replace(first, name="constant", scores=replace(first.scores, logit=np.full(len(first.scores), 9.0)))
    kept = [constant, *others]
    comparison = compare(kept, 50)
    write_comparison(tmp_path, comparison, kept, [], [], None)
    page = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    men = 100 * float((first.scores.label == 1).mean())
    label, share = ("male", men) if men > 50 else ("female" if men < 50 else "one class", 100 - men)
    assert page.splitlines()[2].startswith("> **constant: NO BETTER than always saying ")
    assert f"Majority baseline: always saying {label} is right on {share:.2f} %." in page
    told = {
        m["name"]: m["majority"]["verdict"] for m in json.loads((tmp_path / "comparison.json").read_text())["models"]
    }
    assert told["constant"] == "no better"
    assert told[others[0].name] == "better"
