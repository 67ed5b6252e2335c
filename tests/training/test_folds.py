"""`train --folds`: every image is scored by a run that did not learn from it, and an interruption loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from gender_classifier.audit.label_scores import FOLD, scores_of_table
from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.scores import read_scores
from gender_classifier.runs.folder import RunFolder
from gender_classifier.training.rebuild import index_of_run

from ..running import SMALL, Outcome, call, undrawn


def train(faces: Path, out: Path, *more: str | Path) -> Outcome:
    return call("train", faces, "--out", out, *SMALL, "--folds", "2", *more)


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("folds") / "faces"
    draw_dataset(root, train=(12, 24), val=(3, 4), size=40)
    return root


@pytest.fixture(scope="module")
def folds(faces: Path) -> Path:
    (faces.parent / "reviewed.csv").write_text(
        "path,decision\ntrain/male/face0000.jpg,female\nval/male/face0001.jpg,exclude\n"
    )
    out = faces.parent / "out"
    with undrawn():
        done = train(faces, out, "--corrections", faces.parent / "reviewed.csv")
    assert done.code == 0, done.err
    assert "audit" in done.err.splitlines()[-1]
    return out


def test_each_picture_is_scored_once_by_a_run_that_did_not_learn_from_it(folds: Path, faces: Path) -> None:
    scores = read_scores(RunFolder(folds).out_of_fold)
    pictures = {path.relative_to(faces).as_posix() for path in faces.rglob("*.jpg")}
    assert sorted(scores.path) == sorted(pictures - {"val/male/face0001.jpg"})
    place = dict(zip(scores.path, scores.extra[FOLD].astype(int), strict=True))
    assert {name for name, fold in place.items() if fold == 0} == {name for name in place if name.startswith("val/")}
    for number in (1, 2):
        index = index_of_run(folds / f"fold-{number}")
        learnt = {sample.name for split in ("train", "choose") for sample in index.splits[split]}
        held = {name for name, fold in place.items() if fold == number}
        assert not learnt & held
        assert learnt | held == {name for name in place if name.startswith("train/")}
        assert not any(name.startswith("val/") for name in learnt)
        assert index.counts()["val"] == {"female": 6, "male": 12}


def test_logits_are_calibrated_by_the_run_that_made_them(folds: Path) -> None:
    scores = read_scores(RunFolder(folds).out_of_fold)
    for number in (1, 2):
        run = folds / f"fold-{number}"
        fitted = GenderClassifier(run / "model.onnx", threads=1).metadata.calibration
        raw = read_scores(run / "scores" / "held_out.parquet").select("val", "identity")
        mine = scores.take(scores.extra[FOLD].astype(int) == number)
        assert list(mine.path) == list(raw.path)
        np.testing.assert_allclose(mine.logit, fitted.scale * raw.logit + fitted.offset, atol=1e-9)


def test_labels_are_the_reviewed_ones(folds: Path, faces: Path) -> None:
    found = scores_of_table(faces, RunFolder(folds).out_of_fold)
    labels = dict(zip(found.scores.path, found.scores.label, strict=True))
    assert labels["train/male/face0000.jpg"] == 0
    assert labels["train/male/face0001.jpg"] == 1
    assert found.warnings == []
    assert "Out-of-fold scores of 2 runs" in found.source
    np.testing.assert_allclose(found.male, 1 / (1 + np.exp(-found.scores.logit)))


@pytest.mark.usefixtures("undrawn")
def test_it_goes_on_where_it_stopped(folds: Path, faces: Path, tmp_path: Path) -> None:
    again = train(faces, folds)
    assert (again.code, "fold-1: already holds a run" in again.error) == (2, True)
    out = tmp_path / "out"
    shutil.copytree(folds, out)
    shutil.rmtree(out / "fold-2")
    RunFolder(out).out_of_fold.unlink()
    before = (out / "fold-1" / "model.onnx").read_bytes()
    done = train(faces, out, "--resume", "--corrections", faces.parent / "reviewed.csv")
    assert done.code == 0, done.err
    assert f"fold 1 of 2: {out / 'fold-1'} is finished" in done.err
    assert (out / "fold-1" / "model.onnx").read_bytes() == before
    mine, theirs = (read_scores(RunFolder(root).out_of_fold) for root in (out, folds))
    assert list(mine.path) == list(theirs.path)
    np.testing.assert_allclose(mine.logit, theirs.logit, atol=1e-5)
    other = call("train", faces, "--out", out, *SMALL, "--folds", "3", "--resume")
    assert (other.code, "holds fold 1 of 2, not 1 of 3" in other.error) == (2, True)


def test_too_many_folds(faces: Path, tmp_path: Path) -> None:
    done = call("train", faces, "--out", tmp_path / "run", *SMALL, "--folds", "13")
    assert (done.code, "13 are more than the 12 people with female images" in done.error) == (2, True)
    done = call("train", faces, "--out", tmp_path / "run", *SMALL, "--folds", "1")
    assert done.code == 2
    assert not (tmp_path / "run").exists()
