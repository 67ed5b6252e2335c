"""`train --folds`: every image is scored by a run that did not learn from it, and an interruption loses nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

from gender_classifier.audit.label_scores import FOLD, scores_of_table
from gender_classifier.config.reading import dump_config, load_config
from gender_classifier.config.settings import Config
from gender_classifier.data.corrections import read_corrections
from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.scores import read_scores
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import RunLog
from gender_classifier.system.files import sha256_of
from gender_classifier.training import folds as module
from gender_classifier.training.folds import train_folds
from gender_classifier.training.prepare import prepared
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


def begin(faces: Path, out: Path, number: int, *changes: str, weights: Path | None = None) -> Config:
    """What a run leaves of its start, fold `number` of 2."""
    run = RunFolder(out / f"fold-{number}")
    run.path.mkdir(parents=True)
    start = (f"model.init_weights={weights or 'none'}", "optimizer.frozen=0")
    config = load_config("quick", [*start, "data.folds=2", f"data.fold={number}", *changes])
    reviewed = read_corrections(Path(config.data.corrections)) if config.data.corrections else None
    pictures = prepared(faces, config.data, reviewed)
    data = {"digest": pictures.index.digest(), "unreadable": {}, "corrections": pictures.corrections}
    if weights is not None:  # a run of this version, which tells the list's content too
        data["exclude"] = sha256_of(Path(config.data.exclude)) if config.data.exclude else None
    init = {"sha256": sha256_of(weights)} if weights is not None else None
    RunLog(run.path).write("start", init=init, init_weights=config.model.init_weights, data=data)
    if reviewed is not None:
        shutil.copyfile(config.data.corrections, run.corrections)
    run.config.write_text(dump_config(config), encoding="utf-8")
    return config


class BeganError(Exception):
    """A run begins, with these settings and starting weights."""


def no_training(_data: Path, _run: Path, *, resume: bool, **how: object) -> None:
    if not resume:
        raise BeganError(load_config(how["config"], how["changes"]), how["init_weights"])


@pytest.fixture
def listed(faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Config]:
    """A folder with its first fold begun, with a list and corrections, and its settings."""
    monkeypatch.setattr(module, "train", no_training)
    (tmp_path / "list.txt").write_text("train/female/face0000.jpg\n")
    (tmp_path / "reviewed.csv").write_text("path,decision\ntrain/male/face0000.jpg,female\n")
    files = (f"data.exclude={tmp_path / 'list.txt'}", f"data.corrections={tmp_path / 'reviewed.csv'}")
    return tmp_path / "out", begin(faces, tmp_path / "out", 1, "train.epochs=3", *files)


def test_a_fold_that_is_missing_begins_as_the_first_did(listed: tuple[Path, Config], faces: Path) -> None:
    out, first = listed
    with pytest.raises(BeganError) as began:
        train_folds(faces, out, 2, resume=True)
    wanted = first.model_copy(deep=True)
    wanted.data.fold = 2
    assert began.value.args == (wanted, None)


def test_a_fold_that_would_begin_otherwise_is_refused(listed: tuple[Path, Config], faces: Path, tmp_path: Path) -> None:
    out, _first = listed
    with pytest.raises(UserError, match=r"fold-1: --resume goes on with the run's own config\.yaml"):
        train_folds(faces, out, 2, resume=True, changes=["train.epochs=4"])
    with pytest.raises(UserError, match=r"fold-1: began with other starting weights \(none\)"):
        train_folds(faces, out, 2, resume=True, init_weights="release")
    with pytest.raises(BeganError):
        train_folds(faces, out, 2, resume=True, init_weights="none")
    (tmp_path / "list.txt").write_text("train/female/face0001.jpg\n")
    with pytest.raises(UserError, match=r"less those of .*list\.txt, are not those that .*fold-1 began with"):
        train_folds(faces, out, 2, resume=True)
    (tmp_path / "reviewed.csv").write_text("path,decision\n")
    with pytest.raises(UserError, match=r"reviewed\.csv: not the file any more that .*fold-1 began with"):
        train_folds(faces, out, 2, resume=True)
    (tmp_path / "reviewed.csv").unlink()
    with pytest.raises(UnreadableError, match=r"reviewed\.csv: no such file \(data\.corrections\)"):
        train_folds(faces, out, 2, resume=True)


def test_folds_of_different_settings_are_not_joined(faces: Path, tmp_path: Path) -> None:
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "list.txt").write_text("train/female/face0000.jpg\n")
    begin(faces, tmp_path / "out", 1, f"data.exclude={tmp_path / 'a' / 'list.txt'}", "recipe=other")
    begin(faces, tmp_path / "out", 2, f"data.exclude={tmp_path / 'b' / 'list.txt'}", "data.workers=3")
    runs = [tmp_path / "out" / "fold-1", tmp_path / "out" / "fold-2"]
    # Neither the recipe's name counts nor where a machine has its files and how many processes read them.
    module._same_settings(runs)
    shutil.rmtree(runs[1])
    begin(faces, tmp_path / "out", 2, f"data.exclude={tmp_path / 'b' / 'list.txt'}", "augment.majority.flip=0.25")
    with pytest.raises(UserError, match=r"augment\.majority\.flip: 0\.5 in .*fold-1, but 0\.25 in .*fold-2"):
        train_folds(faces, tmp_path / "out", 2, resume=True)


def test_folds_from_other_files_of_the_same_name_are_not_joined(
    faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "train", no_training)
    out, weights = tmp_path / "out", tmp_path / "weights.pth"
    weights.write_bytes(b"one")
    (tmp_path / "list.txt").write_text("train/female/face0000.jpg\n")
    listed = f"data.exclude={tmp_path / 'list.txt'}"
    begin(faces, out, 1, listed, weights=weights)
    weights.write_bytes(b"other")
    with pytest.raises(UserError, match=r"weights\.pth: not the file any more .*\(model\.init_weights\)"):
        train_folds(faces, out, 2, resume=True)
    weights.write_bytes(b"one")
    (tmp_path / "list.txt").write_text("train/female/face0001.jpg\n")
    begin(faces, out, 2, listed, weights=weights)
    with pytest.raises(UserError, match=r"data\.exclude: .*list\.txt .* in .*fold-1, but .* in .*fold-2"):
        train_folds(faces, out, 2, resume=True)
    with pytest.raises(UserError, match=r"fold-1: began with other starting weights"):
        train_folds(faces, out, 2, resume=True, init_weights="none")


@pytest.mark.parametrize("folds", [1, 0, -3])
def test_too_few_folds(faces: Path, tmp_path: Path, folds: int) -> None:
    with pytest.raises(UserError, match=f"--folds {folds}: at least 2"):
        train_folds(faces, tmp_path / "out", folds)
