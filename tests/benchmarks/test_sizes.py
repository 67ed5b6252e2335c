"""The table of input sizes: which images each run gets, what a row says, that every size is measured from one start."""

from __future__ import annotations

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gender_classifier.metrics.classification import wilson

from .conftest import module


@pytest.fixture
def faces(manifest: Path) -> Path:
    """The drawn manifest's images, half of valid's and test's also as train."""
    with manifest.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows[::2]:
        row["split"] = "train"
    with manifest.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return manifest


def test_test_is_not_opened_and_nothing_left_out_is_learnt_from(faces: Path) -> None:
    sizes = module("sizes")
    with faces.open(newline="", encoding="utf-8") as file:
        given = list(csv.DictReader(file))
    learnt = [row["path"] for row in given if row["split"] == "train"]
    found = sizes.parts(faces, 100, learnt[:2])
    names = {row["split"]: set() for row in found}
    for row in found:
        names[row["split"]].add(str(Path(row["path"]).relative_to(faces.parent.resolve())))
    assert names["train"] == set(learnt[2:])
    assert names["valid"] | names["test"] == {row["path"] for row in given if row["split"] == "valid"}
    assert not names["valid"] & names["test"]
    assert set(found[0]) == {"path", "split", "gender", "race", "age"}


def test_a_row_says_what_was_measured() -> None:
    interval = SimpleNamespace(accuracy=wilson(2700, 3000))
    judged = SimpleNamespace(accuracy=0.9, intervals=interval, recall_female=0.88, recall=0.92, roc_auc=0.97)
    assert module("sizes").line(96, judged, 71.6) == "| 96 | 90.00 [88.9–91.0] | 88.00 | 92.00 | 97.00 | 72 |"


def test_every_size_starts_alike(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = module("sizes")
    asked = []

    def trained(data: Path, run: Path, **settings: Any) -> Path:
        asked.append((data, settings["init"], settings["seed"], settings["changes"]))
        return run

    judged = {64: 0.8, 96: 0.9}
    monkeypatch.setattr(sizes, "trained", trained)
    monkeypatch.setattr(
        sizes,
        "row",
        lambda run, *_: SimpleNamespace(
            accuracy=judged[int(run.name)],
            intervals=SimpleNamespace(accuracy=(0.7, 0.95)),
            recall_female=0.8,
            recall=0.8,
            roc_auc=0.9,
        ),
    )
    monkeypatch.setattr(sizes, "speeds", lambda models, rounds: [40.0, 20.0])
    figure = tmp_path / "sizes.png"
    sizes.main(faces, "START", tmp_path / "runs", [96, 64], changes=["optimizer.rate=1e-4"], picture=figure)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| 64", "| 96"]
    assert lines[2].endswith("| 40 |")
    assert {one[:3] for one in asked} == {(tmp_path / "runs" / "part.csv", "START", 0)}
    assert [[c for c in one[3] if "size" in c] for one in asked] == [["data.size=64"], ["data.size=96"]]
    assert all("optimizer.rate=1e-4" in one[3] and "train.epochs=1" in one[3] for one in asked)
    assert figure.read_bytes().startswith(b"\x89PNG")
