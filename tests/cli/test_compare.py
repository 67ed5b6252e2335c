"""`compare`: models and scores tables on the same images, scored once; what does not go together is one line."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("pyarrow")

from gender_classifier.metrics.scores import Scores, write_scores

from ..comparing import compared, two_models
from ..running import Outcome, call

DRAWS = ("--draws", "100", "--threads", "1")


@pytest.fixture
def models(tmp_path: Path) -> tuple[Path, Path]:
    return two_models(tmp_path)


def compare(*arguments: str | Path, out: Path) -> Outcome:
    return call("compare", *arguments, "--out", out, *DRAWS)


def test_a_file_and_a_run_are_each_judged_at_their_own_threshold(
    models: tuple[Path, Path], drawn_faces: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = compare(*models, drawn_faces / "val", out=out)
    assert done.code == 0
    found = compared(out)
    assert {name: model["threshold"] for name, model in found.items()} == {"file": -0.1, "run": 0.3}
    (scores,) = {path.read_bytes() for path in (out / "scores").iterdir()}  # one network: one content
    assert b"logit" in scores
    assert "file: threshold as in the model file, chosen on `choose`" in done.err
    names = {path.name for path in out.iterdir()} - {"changed.png"}
    assert names == {"changed.csv", "comparison.json", "comparison.md", "scores", "table.csv", "table.tex"}


def test_with_tta_each_stands_twice(models: tuple[Path, Path], drawn_faces: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert compare(models[0], drawn_faces / "val", "--tta", out=out).code == 0
    assert {n: m["threshold"] for n, m in compared(out).items()} == {"file": -0.1, "file + TTA": 0.0}


def test_columns_of_a_manifest_make_groups(models: tuple[Path, Path], drawn_faces: Path, tmp_path: Path) -> None:
    pictures = sorted((drawn_faces / "train").rglob("*.png")) or sorted((drawn_faces / "train").rglob("*.jpg"))
    with (tmp_path / "manifest.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(["path", "gender", "light"])
        writer.writerows([p, p.parent.name, ("dim", "bright")[i % 2]] for i, p in enumerate(pictures))
    assert compare(*models, tmp_path / "manifest.csv", out=tmp_path / "out").code == 0
    document = json.loads((tmp_path / "out" / "comparison.json").read_text(encoding="utf-8"))
    assert [group["values"] for group in document["group_differences"]] == [{"light": "bright"}, {"light": "dim"}]


def test_what_does_not_go_together_is_one_line(models: tuple[Path, Path], drawn_faces: Path, tmp_path: Path) -> None:
    val, empty = drawn_faces / "val", tmp_path / "empty"
    empty.mkdir()
    table = tmp_path / "table.csv"
    names = np.array(["p", "q"], object)
    same = {name: np.full(2, value, object) for name, value in (("view", "identity"), ("split", "val"))}
    write_scores(Scores(names, np.zeros(2, np.int64), np.array([0, 1]), np.array([1.0, 2.0]), **same), table)
    broken = tmp_path / "broken"
    for name in ("female", "male"):
        (broken / name).mkdir(parents=True)
        (broken / name / "a.jpg").write_text("no image")
    cases: list[tuple[list[Path], int, str]] = [
        ([models[0], val], 2, "at least two"),
        ([models[0], models[0], val], 2, "the same twice"),
        ([models[0], models[1]], 2, "stands last"),
        ([models[1], models[0]], 2, "stands last"),
        ([models[0], table], 2, "stands last"),
        ([models[0], tmp_path / "nowhere", val], 3, "no such file"),
        ([models[0], empty, val], 3, "gender-classifier export"),
        ([models[0], table, val], 2, "has none of the 14 images by name"),
        ([*models, broken], 3, "2 of 2 images cannot be read"),
    ]
    for arguments, code, message in cases:
        done = compare(*arguments, out=tmp_path / "out")
        assert message in done.error, arguments
        assert done.code == code, arguments
        assert not (tmp_path / "out" / "comparison.md").exists()
    done = compare(*models, val, out=table)
    assert (done.code, "is a file" in done.error) == (2, True)
