"""Every file that a command writes is taken by the commands that read such a file, whatever names it holds."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from gender_classifier.data.datasets import read_exclusions, read_splits
from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.metrics.scores import read_scores, write_scores
from gender_classifier.names import to_text

from ..running import SMALL, Outcome, call

HARD = (b"=1+1.jpg", b"#2 [bold]x.jpg", b"a\rb.jpg", b"\x1b[31m.jpg", b"Zo\xeb.jpg", b" blank.jpg", rb"l\xeb.jpg")
"""Names of training images; where a system does not take one, it keeps its own."""


def fine(done: Outcome, codes: tuple[int, ...] = (0,)) -> Outcome:
    assert done.code in codes, done.err
    assert "\x1b[31m" not in done.err + done.out
    return done


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn faces in a folder whose name YAML would read as a remark, some with hard names."""
    root = tmp_path_factory.mktemp("pairs") / "run #2" / "no"
    draw_dataset(root, train=(12, 24), val=(3, 4), size=40)
    for number, name in enumerate(HARD):
        folder = os.fsencode(root / "train" / "male")
        try:
            os.rename(folder + b"/face%04d.jpg" % number, folder + b"/" + name)
        except (OSError, UnicodeDecodeError):
            continue
    return root


@pytest.fixture(scope="module")
def audited(faces: Path) -> Path:
    """The audit of a set without copies across splits: its best case."""
    out = faces.parent / "audit"
    fine(call("audit", faces, "--out", out))
    assert read_exclusions(out / "exclude.txt") == []
    return out


@pytest.fixture(scope="module")
def run(faces: Path, audited: Path) -> Path:
    out = faces.parent / "run"
    done = fine(call("train", faces, "--out", out, *SMALL, "--exclude", audited / "exclude.txt"))
    assert "by" in done.err
    return out


@pytest.fixture(scope="module")
def evaluated(faces: Path, run: Path) -> Path:
    out = faces.parent / "evaluation"
    fine(call("evaluate", run, faces / "train", "--out", out))
    return out


def test_names_are_text_and_come_back(faces: Path) -> None:
    names = [sample.name for sample in read_splits(faces)["train"]]
    assert {to_text(f"train/male/{os.fsdecode(name)}") for name in HARD} <= set(names)
    assert all(name.isprintable() for name in names)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_scores_tables(faces: Path, run: Path, evaluated: Path, kind: str) -> None:
    table = evaluated / "scores.parquet"
    if kind == "csv":
        table = faces.parent / "scores.csv"
        write_scores(read_scores(evaluated / "scores.parquet"), table)
        # As a spreadsheet saves it: with a byte-order mark.
        table.write_bytes(b"\xef\xbb\xbf" + table.read_bytes())
    out = faces.parent / f"with-{kind}"
    fine(call("compare", table, evaluated, "--out", out / "compared", "--draws", "100"))
    fine(call("count", table, "--model", run, "--confusion", table))
    audit = fine(call("audit", faces, "--scores", table, "--out", out / "audit"), (0, 1))
    assert "row" not in audit.err
    labels = out / "audit" / "labels.csv"
    assert labels.is_file()
    fine(call("evaluate", run, faces / "val", "--corrections", labels, "--out", out / "evaluated"))


def test_a_run_s_own_table_teaches_another_run(faces: Path, run: Path, audited: Path) -> None:
    table = run / "scores" / "held_out.parquet"
    judged, taught = faces.parent / "judged", faces.parent / "taught"
    fine(call("audit", faces, "--scores", table, "--out", judged), (0, 1))
    # Of the images that the first run held out, the second holds out others.
    lists = ("--corrections", judged / "labels.csv", "--exclude", audited / "exclude.txt")
    seed = ("--set", "data.split_seed=1", "--soft-labels", table)
    done = fine(call("train", faces, "--out", taught, *SMALL, *lists, *seed))
    assert "labels.csv: 0 labels changed, 0 images left out, 0 kept as they are; it decides nothing yet" in done.err
    fine(call("evaluate", taught))


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet"])
def test_tables_of_predict(faces: Path, run: Path, kind: str) -> None:
    table = faces.parent / f"predicted.{kind}"
    fine(call("predict", faces / "train" / "male", "--faces-only", "--model", run, "--out", table))
    fine(call("count", table, "--model", run, "--confusion", run / "scores" / "held_out.parquet"))
    if kind == "csv":
        with table.open(newline="", encoding="utf-8") as handle:
            paths = [row["path"] for row in csv.DictReader(handle)]
        assert len(paths) == 24
        assert all(path.isprintable() for path in paths)


def test_a_run_is_taken_by_all_that_take_a_model(faces: Path, run: Path) -> None:
    out = faces.parent / "taken"
    fine(call("export", run, "--out", out.with_suffix(".onnx")))
    fine(call("card", run, "--out", out.with_suffix(".md")))
    fine(call("card", run, "--out", out.with_suffix(".html")))
    fine(call("audit", faces, "--model", run, "--out", out), (0, 1))
    fine(call("robustness", run, faces / "val", "--out", out / "robust", "--kinds", "blur", "--limit", "4"))
    fine(call("evaluate", run))


def test_an_aligned_folder_is_trained_and_evaluated_on(faces: Path, run: Path) -> None:
    aligned = faces.parent / "aligned"
    fine(call("align", faces, aligned))
    names = {sample.name for sample in read_splits(aligned)["train"]}
    assert names == {sample.name for sample in read_splits(faces)["train"]}
    fine(call("train", aligned, "--out", faces.parent / "aligned run", *SMALL))
    fine(call("evaluate", run, aligned / "val", "--out", faces.parent / "aligned evaluation"))


def test_a_manifest_made_of_our_names_is_read(faces: Path, run: Path) -> None:
    manifest = faces.parent / "manifest.csv"
    samples = read_splits(faces)["train"]
    with manifest.open("w", newline="", encoding="utf-8-sig") as handle:
        writer = csv.writer(handle)
        writer.writerow(("path", "gender"))
        writer.writerows((f"no/{sample.name}", ("female", "male")[sample.label]) for sample in samples)
    fine(call("evaluate", run, manifest, "--out", faces.parent / "of manifest"))
