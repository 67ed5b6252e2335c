"""``predict`` through the command line, with a model whose logits are computed by hand."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.commands.rows import COLUMNS
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.metadata import ModelMetadata, TtaPart

from ..inference.conftest import SIZE, logits_by_hand
from .running import Outcome, call


def rows_of(done: Outcome) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(done.out))
    assert tuple(reader.fieldnames or ()) == COLUMNS
    return list(reader)


def test_a_row_a_picture_in_order_with_the_right_answer(write_model: Callable[..., Path], drawn_faces: Path) -> None:
    folder = drawn_faces / "val"
    done = call("predict", folder, "-r", "--faces-only", "--model", write_model())
    assert (done.code, done.err) == (0, "")
    rows = rows_of(done)
    assert [row["path"] for row in rows] == [str(path) for path in sorted(folder.rglob("*.jpg"))]
    for row in rows:
        crop = fit(read_picture(row["path"], min_side=SIZE), SIZE, "stretch")
        logit = float(logits_by_hand(crop[None])[0])
        assert float(row["probability_male"]) == pytest.approx(1 / (1 + np.exp(-logit)), abs=2e-6)
        assert (row["label"], row["status"]) == ("male" if logit >= 0 else "female", "ok")


def test_tta_averages_over_the_model_s_views(write_model: Callable[..., Path], drawn_faces: Path) -> None:
    model = write_model(ModelMetadata(input_size=SIZE, tta=TtaPart(views=["identity", "hflip"])))
    picture = drawn_faces / "val" / "male" / "face0000.jpg"
    (row,) = rows_of(call("predict", picture, "--model", model, "--faces-only", "--tta"))
    crop = fit(read_picture(picture, min_side=SIZE), SIZE, "stretch")
    logit = logits_by_hand(np.stack([crop, crop[:, ::-1]])).mean()
    assert float(row["probability_male"]) == pytest.approx(1 / (1 + np.exp(-logit)), abs=2e-6)


def test_out_and_unreadable_pictures(write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path) -> None:
    folder = drawn_faces / "val" / "male"
    (folder / "broken.jpg").write_bytes(b"")
    asked = (folder, folder / "gone.jpg", "--faces-only", "--model", write_model())
    done = call("predict", *asked, "--out", tmp_path / "rows.csv")
    assert (done.code, done.out) == (1, "")
    with (tmp_path / "rows.csv").open(newline="") as handle:
        rows = {Path(row["path"]).name: row for row in csv.DictReader(handle)}
    assert len(rows) == 10
    assert rows["broken.jpg"]["status"] == "unreadable: empty file"
    assert rows["gone.jpg"]["status"].startswith("unreadable: no such file")
    assert rows["broken.jpg"]["label"] == rows["broken.jpg"]["probability_male"] == ""
    assert rows["face0000.jpg"]["status"] == "ok"


def test_nothing_readable_is_code_3(write_model: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "x.png").write_text("not a picture")
    done = call("predict", tmp_path / "x.png", "--model", write_model())
    assert done.code == 3
    assert [row["status"] for row in rows_of(done)] == ["unreadable: not a picture"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["{tmp}/faces", "--model={tmp}/none.onnx"], 3, "no such model file"),
        (["{tmp}/faces", "--model={tmp}/faces"], 3, "no such model file"),
        (["{tmp}/faces", "--model={tmp}/text.onnx"], 3, "text.onnx"),
        (["{tmp}/empty", "--model={tmp}/model.onnx"], 3, "no pictures in this folder"),
        (["{tmp}/faces", "--model={tmp}/model.onnx", "--out={tmp}/no/rows.csv"], 2, "no folder"),
        (["{tmp}/faces", "--model={tmp}/model.onnx", "--threads=0"], 2, "at least 1"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path, options: list[str], code: int, message: str
) -> None:
    write_model()
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.onnx").write_text("not a model")
    before = sorted(tmp_path.rglob("*"))
    done = call("predict", *(option.format(tmp=tmp_path) for option in options))
    assert (done.code, done.out) == (code, "")
    assert message in done.error
    assert sorted(tmp_path.rglob("*")) == before


def test_real_faces(write_model: Callable[..., Path], fairface_sample: Path, tmp_path: Path) -> None:
    for path in sorted((fairface_sample / "female").iterdir())[:3]:
        shutil.copy(path, tmp_path)
    model = write_model()
    done = call("predict", tmp_path, "--model", model)
    assert done.code == 0
    rows = rows_of(done)
    assert [row["status"] for row in rows] == ["ok"] * 3
    assert all(float(row["x1"]) > float(row["x0"]) for row in rows)
