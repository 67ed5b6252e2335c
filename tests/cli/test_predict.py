"""`predict` on crops through the command line, with a model whose logits are computed by hand; what it refuses."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.metrics.scores import read_table
from gender_classifier.model_files.metadata import (
    CalibrationPart,
    ModelMetadata,
    TtaPart,
)

from ..running import call
from ..small_model import SIZE, logits_by_hand
from .conftest import rows_of


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
    (tmp_path / "x.png").write_text("not an image")
    done = call("predict", tmp_path / "x.png", "--model", write_model())
    assert done.code == 3
    assert [row["status"] for row in rows_of(done)] == ["unreadable: not an image"]


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["{tmp}/faces", "--model={tmp}/none.onnx"], 3, "no such model file"),
        (["{tmp}/faces", "--model={tmp}/faces"], 3, "no such model file"),
        (["{tmp}/faces", "--model={tmp}/text.onnx"], 3, "text.onnx"),
        (["{tmp}/empty", "--model={tmp}/model.onnx"], 3, "no images in this folder"),
        (["{tmp}/faces", "--model={tmp}/model.onnx", "--out={tmp}/no/rows.csv"], 2, "no folder"),
        (["{tmp}/faces", "--model={tmp}/model.onnx", "--out={tmp}/rows.txt"], 2, "must end in .csv, .jsonl or"),
        (["{tmp}/faces", "--model={tmp}/model.onnx", "--out={tmp}/empty.csv"], 2, "is a folder; a file is needed"),
        (["{tmp}/faces", "--model={tmp}/model.onnx", "--threads=0"], 2, "at least 1"),
        (["{tmp}/faces", "-r", "--model={tmp}/model.onnx", "--min-face=0"], 2, "at least 1 pixel"),
        (["{tmp}/faces", "--model={tmp}/model.onnx", "--resume"], 2, "name it"),
        (["{tmp}/faces", "--model={tmp}/model.onnx", "--faces-only", "--annotate={tmp}/a"], 2, "leave it out"),
        (["{tmp}/faces", "--model={tmp}/model.onnx", "--crops={tmp}/text.onnx"], 2, "a folder is needed"),
        (["{tmp}/faces", "-r", "--model={tmp}/model.onnx", "--detector={tmp}/none"], 3, "no such detector file"),
        (["{tmp}/faces", "-r", "--model={tmp}/model.onnx", "--detector={tmp}/model.onnx"], 3, "not a YuNet file"),
        (["{tmp}/*.jpg", "--model={tmp}/model.onnx"], 3, "no image fits this pattern"),
        (["{tmp}/faces", "-r", "--model={tmp}/model.onnx", "--engine=magic"], 2, "one of auto, onnxruntime, openvino"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path, options: list[str], code: int, message: str
) -> None:
    write_model()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.csv").mkdir()
    (tmp_path / "text.onnx").write_text("not a model")
    before = sorted(tmp_path.rglob("*"))
    done = call("predict", *(option.format(tmp=tmp_path) for option in options))
    assert (done.code, done.out) == (code, "")
    assert message in done.error
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", None])
def test_a_prior_moves_every_probability_and_says_so_in_a_column(
    write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path, kind: str | None
) -> None:
    training = {"counts": {"choose": {"female": 300, "male": 100}}}
    model = write_model(
        ModelMetadata(input_size=SIZE, calibration=CalibrationPart(fitted_on="choose"), training=training)
    )
    asked = ("predict", drawn_faces / "val" / "male", "--faces-only", "--model", model, "--prior", "male=0.5")
    if kind is None:
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(call(*asked).out)))
    else:
        out = tmp_path / f"faces.{kind}"
        assert call(*asked, "--out", out).code == 0
        table = read_table(out)
        rows = [dict(zip(table, values, strict=True)) for values in zip(*table.values(), strict=True)]
    assert len(rows) == 8
    for row in rows:
        logit = float(logits_by_hand(fit(read_picture(row["path"], min_side=SIZE), SIZE, "stretch")[None])[0])
        assert float(row["probability_male"]) == pytest.approx(1 / (1 + np.exp(-logit) / 3), abs=2e-6)
        assert row["label"] == ("male" if logit >= -np.log(3) else "female")
        assert float(row["prior_male"]) == 0.5


def test_a_prior_without_a_calibration_is_one_line(write_model: Callable[..., Path], drawn_faces: Path) -> None:
    done = call("predict", drawn_faces / "val", "-r", "--faces-only", "--model", write_model(), "--prior", "male=0.5")
    assert (done.code, "has no calibration" in done.error) == (2, True)
