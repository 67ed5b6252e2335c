"""`predict` through the command line, with a model whose logits are computed by hand."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import struct
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.faces.align import align_tree
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.inference import predict as command
from gender_classifier.inference import written_images as written
from gender_classifier.inference.writers import COLUMNS
from gender_classifier.metrics.scores import read_table
from gender_classifier.model_files.metadata import (
    CalibrationPart,
    CurvePart,
    ModelMetadata,
    TtaPart,
)

from ..running import Outcome, call, start
from ..scenes import scene
from ..small_model import SIZE, logits_by_hand

Picture = NDArray[np.uint8]


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


@pytest.fixture
def photos(tmp_path: Path, astronaut: Picture) -> Path:
    """Four photos with 2, 1, 0 and 3 faces."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    pictures = {
        "a.jpg": scene(astronaut, (420, 260), [(60, 10, 20), (80, 200, 40)]).picture,
        "b.png": astronaut,
        "c.jpg": np.full((60, 90, 3), 128, np.uint8),
        "sub/d.jpg": scene(astronaut, (500, 200), [(40, 10, 20), (50, 150, 40), (60, 300, 20)]).picture,
    }
    for name, picture in pictures.items():
        Image.fromarray(picture).save(folder / name, quality=95)
    return folder


def test_photos_in_answers_out(write_model: Callable[..., Path], photos: Path) -> None:
    done = call("predict", photos, "-r", "--model", write_model())
    assert (done.code, done.err) == (0, "")
    rows = rows_of(done)
    seen = [(Path(row["path"]).name, row["face"], row["status"]) for row in rows]
    assert seen == [
        *(("a.jpg", "0", "ok"), ("a.jpg", "1", "ok"), ("b.png", "0", "ok"), ("c.jpg", "", "no face")),
        *(("d.jpg", "0", "ok"), ("d.jpg", "1", "ok"), ("d.jpg", "2", "ok")),
    ]
    for row in rows:
        if row["status"] != "ok":
            assert {row[name] for name in COLUMNS if name not in ("path", "page", "status")} == {""}
            assert row["page"] == "1"
            continue
        x0, y0, x1, y1 = (float(row[name]) for name in ("x0", "y0", "x1", "y1"))
        assert float(row["face_px"]) == pytest.approx(((x1 - x0) * (y1 - y0)) ** 0.5, abs=0.2)
        assert 0.6 <= float(row["detection_score"]) <= 1
        assert row["label"] == ("male" if float(row["probability_male"]) >= 0.5 else "female")
    assert [float(r["x0"]) for r in rows if r["path"].endswith("d.jpg")] == pytest.approx([38, 185, 342], abs=6)


def test_every_format_and_the_pipe_say_the_same(write_model: Callable[..., Path], photos: Path, tmp_path: Path) -> None:
    asked = ("predict", photos, "-r", "--model", write_model())
    piped = rows_of(call(*asked))
    for name in ("rows.csv", "rows.jsonl"):
        done = call(*asked, "--out", tmp_path / name)
        assert (done.code, done.out) == (0, "")
        said = r"4 images, 6 faces \(0 uncertain\), 1 without a face, 0 unreadable; \d+\.\d s; (.+)\n"
        assert re.fullmatch(said, done.err)[1] == str(tmp_path / name)  # type: ignore[index]
    assert list(csv.DictReader((tmp_path / "rows.csv").open(newline=""))) == piped
    lines = [json.loads(line) for line in (tmp_path / "rows.jsonl").read_text().splitlines()]
    assert [{key: "" if value is None else str(value) for key, value in line.items()} for line in lines] == piped
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_a_table_is_replaced_only_if_asked(write_model: Callable[..., Path], photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "rows.csv"
    out.write_text("mine")
    asked = ("predict", photos, "--model", write_model(), "--out", out)
    finished = ", and no interrupted prediction beside it to go on with"
    for more, why in (((), ""), (("--resume",), finished)):
        done = call(*asked, *more)
        assert (done.code, f"is there already{why}; --overwrite replaces it" in done.error) == (2, True)
        assert out.read_text() == "mine"
    assert call(*asked, "--overwrite").code == 0
    assert out.read_text().startswith("path,")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_uncertain_can_be_steered(write_model: Callable[..., Path], photos: Path, tmp_path: Path) -> None:
    curve = [CurvePart(wanted=0.9, low=0.5, high=0.5, accuracy=0.9, coverage=1.0)]
    curve.append(CurvePart(wanted=0.95, low=0.0, high=1.0, accuracy=0.95, coverage=0.1))
    model = write_model(ModelMetadata(input_size=SIZE, uncertain_band=(0.3, 0.7), curve=curve))
    asked = ("predict", photos, "-r", "--model", model)
    own = [row for row in rows_of(call(*asked)) if row["status"] == "ok"]
    assert all((row["label"] == "uncertain") == (0.3 < float(row["probability_male"]) < 0.7) for row in own)
    for more, expected in (
        (("--answer-all",), [row["best_guess"] for row in own]),
        (("--right", "0.9"), [row["best_guess"] for row in own]),
        (("--right=0.93",), ["uncertain"] * 6),
    ):
        rows = [row for row in rows_of(call(*asked, *more)) if row["status"] == "ok"]
        assert [row["label"] for row in rows] == expected
        assert [row["best_guess"] for row in rows] == [row["best_guess"] for row in own]
    out = tmp_path / "rows.csv"
    assert "(6 uncertain, between 0.000 and 1.000)" in call(*asked, "--right=0.95", "--out", out).err
    for more, message in ((("--right=0.99",), "95.0 % of the time at most"), (("--right=2",), "from 0.5 to 1")):
        done = call(*asked, *more)
        assert (done.code, message in done.error) == (2, True)


def test_annotated_pictures_and_crops(write_model: Callable[..., Path], photos: Path, tmp_path: Path) -> None:
    (photos / "text.jpg").write_text("no image")
    folders = ("--annotate", tmp_path / "shown", "--crops", tmp_path / "crops")
    done = call("predict", photos, "-r", "--model", write_model(), *folders)
    assert done.code == 1
    rows = [row for row in rows_of(done) if row["status"] == "ok"]
    assert files_below(tmp_path / "shown") == ["a.jpg", "b.jpg", "c.jpg", "sub/d.jpg"]
    names = ["a-0.jpg", "a-1.jpg", "b-0.jpg", "sub/d-0.jpg", "sub/d-1.jpg", "sub/d-2.jpg"]
    assert files_below(tmp_path / "crops") == names
    for row, name in zip(rows, names, strict=True):
        crop = read_picture(tmp_path / "crops" / name)
        assert crop.shape == (SIZE, SIZE, 3)
        logit = float(logits_by_hand(crop[None])[0])
        assert float(row["probability_male"]) == pytest.approx(1 / (1 + np.exp(-logit)), abs=0.1)
    shown = read_picture(tmp_path / "shown" / "a.jpg")
    assert shown.shape[0] > 260
    assert np.abs(shown[:260].astype(int) - read_picture(photos / "a.jpg")).mean() < 20


def test_the_crops_are_those_of_align(write_model: Callable[..., Path], photos: Path, tmp_path: Path) -> None:
    """One geometry: what `align` writes for training is what `predict` looks at."""
    geometry = CANONICAL.scaled(SIZE)
    model = write_model(ModelMetadata(input_size=SIZE, geometry=geometry.to_dict()))
    assert call("predict", photos / "b.png", "--model", model, "--crops", tmp_path / "crops").code == 0
    single = tmp_path / "single"
    single.mkdir()
    shutil.copy(photos / "b.png", single)
    align_tree(single, tmp_path / "aligned", geometry=geometry, detector=FaceDetector(threads=1))
    mine, theirs = (read_picture(path) for path in (tmp_path / "crops" / "b-0.jpg", tmp_path / "aligned" / "b.jpg"))
    assert np.abs(mine.astype(int) - theirs).mean() < 3


def test_pictures_are_never_written_over(write_model: Callable[..., Path], photos: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in photos.rglob("*.*")}
    model = write_model()
    for option in ("--annotate", "--crops"):
        for folder, more in ((photos, ()), (tmp_path, ()), (photos / "sub", ("-r",)), (photos / "new", ("-r",))):
            done = call("predict", photos, "--model", model, option, folder, *more)
            assert (done.code, "lies where images are sought; choose" in done.error) == (2, True)
    assert {path: path.read_bytes() for path in photos.rglob("*.*")} == before
    # Beside the images of one folder there is no harm in it.
    assert call("predict", photos, "--model", model, "--annotate", photos / "shown").code == 0


def test_a_folder_of_rubbish(write_model: Callable[..., Path], photos: Path) -> None:
    (photos / "text.jpg").write_text("no image")
    (photos / "empty.png").touch()
    (photos / "folder.jpg").mkdir()
    (photos / "nowhere.jpg").symlink_to("gone")
    os.mkfifo(photos / "pipe.jpg")
    header = b"\x89PNG\r\n\x1a\n" + png_part(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))
    (photos / "huge.png").write_bytes(header + png_part(b"IDAT", zlib.compress(b"")) + png_part(b"IEND", b""))
    whole = (photos / "a.jpg").read_bytes()
    (photos / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    done = call("predict", photos, photos / "pipe.jpg", "--model", write_model())
    tally, passed = done.err.splitlines()
    assert (done.code, passed) == (1, "passed over: 2 folders (--recursive looks into them)")
    assert tally.startswith("9 images, 3 faces (0 uncertain), 1 without a face, 6 unreadable; ")
    status = {Path(row["path"]).name: row["status"] for row in rows_of(done)}
    assert set(status) == {p.name for p in photos.iterdir() if p.name not in ("folder.jpg", "sub")}
    assert [name for name in status if status[name] == "ok"] == ["a.jpg", "b.png"]
    for name, reason in (
        ("text.jpg", "not an image"),
        ("empty.png", "empty file"),
        ("nowhere.jpg", "no such file or directory"),
        ("pipe.jpg", "not a file"),
        ("huge.png", "more pixels than the limit of"),
        ("cut.jpg", "cannot be decoded"),
    ):
        assert status[name].startswith(f"unreadable: {reason}")


def png_part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("lines", [0, 2])
def test_a_reader_that_leaves_early(lines: int, write_model: Callable[..., Path], photos: Path, tmp_path: Path) -> None:
    for number in range(20):
        shutil.copy(photos / "c.jpg", photos / f"n{number}.jpg")
    process = start("predict", photos, "--model", write_model())
    assert process.stdout is not None
    for _ in range(lines):
        process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    # What the end of the work says, where it came to its end before the reader left.
    assert process.stderr.read() in ("", "passed over: 1 folder (--recursive looks into them)\n")
    assert process.wait() in (0, 4)


def test_names_from_standard_input(
    write_model: Callable[..., Path], photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = photos / os.fsdecode(b"caf\xe9 [1] 'x'.png")
    shutil.copy(photos / "b.png", odd)
    names = os.fsencode(odd) + b"\n" + os.fsencode(photos / "gone.jpg") + b"\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(names)))
    done = call("predict", "-", "--model", write_model())
    assert done.code == 1
    rows = rows_of(done)
    assert [row["status"] for row in rows] == ["ok", "unreadable: no such file or directory"]
    assert rows[0]["path"] == str(photos / r"caf\xe9 [1] 'x'.png")


def test_a_picture_that_goes_while_it_is_looked_at_keeps_its_row(
    write_model: Callable[..., Path], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(path: Path, *_: object, **__: object) -> NoReturn:
        raise UnreadableError(f"{path}: no such file or directory")

    monkeypatch.setattr(written, "read_pages", gone)
    done = call("predict", photos / "b.png", "--model", write_model(), "--annotate", tmp_path / "shown")
    assert (done.code, [row["status"] for row in rows_of(done)]) == (0, ["ok"])
    assert done.err == f"not annotated: {photos / 'b.png'}: no such file or directory\n"


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


def test_real_faces(write_model: Callable[..., Path], fairface_sample: Path, tmp_path: Path) -> None:
    for path in sorted((fairface_sample / "female").iterdir())[:3]:
        shutil.copy(path, tmp_path)
    model = write_model()
    done = call("predict", tmp_path, "--model", model)
    assert done.code == 0
    rows = rows_of(done)
    assert [row["status"] for row in rows] == ["ok"] * 3
    assert all(float(row["x1"]) > float(row["x0"]) for row in rows)


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


@pytest.fixture
def album(photos: Path, tmp_path: Path) -> Path:
    """A folder of an album of three pages, the first blank, and a photo whose name could be a page's."""
    folder = tmp_path / "album"
    folder.mkdir()
    faces = [Image.open(photos / name).convert("RGB") for name in ("a.jpg", "b.png")]
    Image.new("RGB", (80, 60), "white").save(folder / "a.tif", save_all=True, append_images=faces)
    shutil.copy(photos / "b.png", folder / "a-page2.png")
    return folder


def test_pages(write_model: Callable[..., Path], album: Path, tmp_path: Path) -> None:
    model = write_model()
    first = rows_of(call("predict", album, "--model", model))
    assert [(Path(row["path"]).name, row["page"], row["status"], row["note"]) for row in first] == [
        ("a-page2.png", "1", "ok", ""),
        ("a.tif", "1", "no face", "2 more pages, --pages looks at them"),
    ]
    shown = ("--crops", tmp_path / "crops", "--annotate", tmp_path / "shown")
    done = call("predict", album, "--pages", "--model", model, *shown)
    rows = rows_of(done)
    assert (done.code, done.err) == (0, "")
    assert [(Path(row["path"]).name, row["page"], row["note"]) for row in rows if row["face"] in ("", "0")] == [
        ("a-page2.png", "1", ""),
        ("a.tif", "1", ""),
        ("a.tif", "2", ""),
        ("a.tif", "3", ""),
    ]
    assert files_below(tmp_path / "shown") == ["a-page2.jpg", "a-page2~.jpg", "a-page3.jpg", "a.jpg"]
    crops = files_below(tmp_path / "crops")
    assert {name.rpartition("-")[0] for name in crops} == {"a-page2", "a-page2~", "a-page3"}
    assert len(crops) == sum(row["status"] == "ok" for row in rows)


def test_pages_go_on_where_they_were_interrupted(
    write_model: Callable[..., Path], album: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("predict", album, "--pages", "--model", write_model(), "--out", tmp_path / "rows.csv")
    assert call(*asked).code == 0
    whole = (tmp_path / "rows.csv").read_bytes()
    (tmp_path / "rows.csv").unlink()
    run = command._run

    def stopped(*given: Any) -> Any:
        yield next(run(*given))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_run", stopped)
    assert call(*asked).code == 4
    monkeypatch.setattr(command, "_run", run)
    refused = call(*(part for part in asked if part != "--pages"), "--resume")
    assert (refused.code, "other options" in refused.error) == (2, True)
    assert call(*asked, "--resume").code == 0
    assert (tmp_path / "rows.csv").read_bytes() == whole
