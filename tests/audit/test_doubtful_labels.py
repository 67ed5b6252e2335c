"""The audit's part on labels: what it finds, shows and writes, and where it cannot judge."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("cleanlab")
pytest.importorskip("onnx")
pytest.importorskip("pyarrow")

from gender_classifier.audit import doubtful_labels
from gender_classifier.audit.doubtful_labels import REVIEW, judge_labels
from gender_classifier.audit.label_scores import FOLD
from gender_classifier.data.datasets import build_index, read_splits
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.metrics.scores import Scores, write_scores
from gender_classifier.model_files.metadata import CalibrationPart, ModelMetadata

from ..running import call
from ..small_model import SIZE

WRONG = "train/male/face0007.jpg"


@pytest.fixture
def table(drawn_faces: Path, tmp_path: Path) -> Path:
    """Out-of-fold scores that are sure of every label but one."""
    rows = [(s, split) for split, part in read_splits(drawn_faces).items() for s in part]
    labels = np.array([sample.label for sample, _ in rows], np.int64)
    logits = np.where(labels == 1, 3.0, -3.0) * np.array([-1.0 if s.name == WRONG else 1.0 for s, _ in rows])
    scores = Scores(
        np.array([sample.name for sample, _ in rows], dtype=object),
        np.zeros(len(rows), np.int64),
        labels,
        logits,
        np.full(len(rows), "identity", dtype=object),
        np.array([split for _, split in rows], dtype=object),
        {FOLD: np.arange(len(rows)) % 2 + 1},
    )
    write_scores(scores, tmp_path / "oof.parquet")
    return tmp_path / "oof.parquet"


def test_the_one_wrong_label_is_found_shown_and_written(drawn_faces: Path, table: Path, tmp_path: Path) -> None:
    judged = judge_labels([drawn_faces], None, table)
    assert [(s.path, s.given, s.rank) for s in judged.suspects] == [(WRONG, 1, 1)]
    (finding,) = judged.findings()
    assert (finding.key, finding.count) == ("labels", 1)
    assert finding.title == "1 label is contradicted by scores (1 in train), 1 of them confidently"
    assert finding.groups[0][0].name == WRONG
    assert "labelled male, P(male) 0.047" in finding.groups[0][0].caption
    assert "Out-of-fold scores of 2 runs" in finding.text
    out = tmp_path / "out"
    out.mkdir()
    judged.write(out)
    with (out / REVIEW).open(newline="", encoding="utf-8") as handle:
        (row,) = csv.DictReader(handle)
    assert (row["path"], row["given"], row["suggested"], row["rank"], row["decision"]) == (
        WRONG,
        "male",
        "female",
        "1",
        "",
    )
    assert (out / "labels-1.png").is_file()


def test_what_a_reviewer_decided_on_is_not_shown_again(drawn_faces: Path, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    judge_labels([drawn_faces], None, table, out=out).write(out)
    filled = (out / REVIEW).read_text(encoding="utf-8").rstrip("\n") + "keep\n"
    (out / REVIEW).write_text(filled, encoding="utf-8")
    judged = judge_labels([drawn_faces], None, table, out=out)
    assert ([s.path for s in judged.suspects], judged.undecided(), judged.findings()) == ([WRONG], [], [])
    assert "Decided on in labels.csv already, and not shown: 1." in judged.notes()[0]
    judged.write(out)
    assert not (out / "labels-1.png").exists()
    assert (out / REVIEW).read_text(encoding="utf-8") == filled
    (out / REVIEW).write_bytes(b"\xff")
    with pytest.raises(
        UnreadableError, match=r"not a review of labels \(line 1, .*; save it as UTF-8.*; or move it away"
    ):
        judge_labels([drawn_faces], None, table, out=out)


def test_nobody_asked(drawn_faces: Path, tmp_path: Path) -> None:
    judged = judge_labels([drawn_faces], None, None)
    judged.write(tmp_path)
    assert judged.findings() == judged.notes() == []
    assert not (tmp_path / REVIEW).exists()


def test_what_a_model_learnt_from_is_no_suspect(write_model: Callable[..., Path], drawn_faces: Path) -> None:
    index = build_index(drawn_faces, person=r"^(.+?)_\d{4}\.")
    model = write_model(
        ModelMetadata(
            input_size=SIZE,
            calibration=CalibrationPart(fitted_on="choose"),
            training={"counts": index.counts()},
            manifest_sha256=index.digest(),
        )
    )
    judged = judge_labels([drawn_faces], model, None, threads=1)
    learnt = {sample.name for sample in index.splits["train"]}
    assert not {suspect.path for suspect in judged.suspects} & learnt
    assert "WAS TRAINED ON THIS DATA" in judged.notes()[0]


def test_several_sources_and_what_does_not_go_together(
    write_model: Callable[..., Path], drawn_faces: Path, table: Path, tmp_path: Path
) -> None:
    both = [drawn_faces / "train", drawn_faces / "val"]
    model = write_model(ModelMetadata(input_size=SIZE))
    assert "one data set at a time" in judge_labels(both, model, None).notes()[0]
    with pytest.raises(UserError, match="one data set, not 2"):
        judge_labels(both, None, table)
    with pytest.raises(UserError, match="by one of them"):
        judge_labels([drawn_faces], model, table)
    with pytest.raises(UnreadableError, match="no such model file"):
        judge_labels([drawn_faces], tmp_path / "none.onnx", None)


def test_that_labels_were_not_judged_is_said_on_screen_too(
    drawn_faces: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    judge_labels([drawn_faces / "train", drawn_faces / "val"], Path("model.onnx"), None)
    assert capsys.readouterr().err == "labels were not judged: that takes one data set at a time\n"

    def learnt_all(*_: object) -> None:
        raise UserError("model.onnx: was trained on all of it")

    monkeypatch.setattr(doubtful_labels, "scores_of_model", learnt_all)
    judged = judge_labels([drawn_faces], Path("model.onnx"), None)
    assert capsys.readouterr().err == "labels were not judged: model.onnx: was trained on all of it\n"
    assert judged.said == ["They were not judged: model.onnx: was trained on all of it."]


def test_the_audit_shows_them(drawn_faces: Path, table: Path, tmp_path: Path) -> None:
    done = call("audit", drawn_faces, "--scores", table, "--out", tmp_path / "out", "--threads", "1")
    assert done.code in (0, 1), done.err
    assert "Look at it: 1 label is contradicted by scores (1 in train), 1 of them confidently" in done.out
    assert {"labels.csv", "labels-1.png"} <= {path.name for path in (tmp_path / "out").iterdir()}
    text = (tmp_path / "out" / "audit.html").read_text(encoding="utf-8")
    assert "Out-of-fold scores of 2 runs" in text
    assert "labelled male, P(male) 0.047" in text
    bad = call("audit", drawn_faces, "--scores", tmp_path / "none.parquet")
    assert (bad.code, "not a scores table" in bad.error) == (3, True)
