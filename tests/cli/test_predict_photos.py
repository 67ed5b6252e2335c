"""`predict` on photos through the command line: a row a face, in every format, whatever lies in the folder."""

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

import pytest

from gender_classifier.inference.writers import COLUMNS
from gender_classifier.model_files.metadata import (
    CurvePart,
    ModelMetadata,
)

from ..running import call, start
from ..small_model import SIZE
from .conftest import rows_of


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


def test_real_faces(write_model: Callable[..., Path], fairface_sample: Path, tmp_path: Path) -> None:
    for path in sorted((fairface_sample / "female").iterdir())[:3]:
        shutil.copy(path, tmp_path)
    model = write_model()
    done = call("predict", tmp_path, "--model", model)
    assert done.code == 0
    rows = rows_of(done)
    assert [row["status"] for row in rows] == ["ok"] * 3
    assert all(float(row["x1"]) > float(row["x0"]) for row in rows)
