"""Ray Data with two workers says what one process says."""

from __future__ import annotations

import importlib.util
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import gender_classifier
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.results import Prediction
from gender_classifier.inference.writers import COLUMNS, values_of

from ..scenes import scene

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "ray_batch.py"

needs_ray = pytest.mark.skipif(
    importlib.util.find_spec("ray") is None,
    reason="ray is not installed: pip install '.[ray]'",
)


@pytest.fixture
def photos(tmp_path: Path, astronaut: NDArray[np.uint8]) -> Path:
    """140 images, three batches: with two faces, one, none, and none at all."""
    folder = tmp_path / "photos"
    folder.mkdir()
    one = scene(astronaut, (130, 120), [(45, 10, 5)]).picture
    two = scene(astronaut, (240, 130), [(40, 5, 5), (50, 115, 5)]).picture
    for number in range(140):
        path = folder / f"{number:03d}.jpg"
        if number % 10 == 7:
            path.write_bytes(b"no picture")
        elif number % 10 in (2, 5):
            Image.fromarray(one if number % 10 == 2 else two).save(path, quality=95)
        else:
            Image.new("RGB", (30, 20), (number, 90, 90)).save(path)
    return folder


def ray_batch(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    source = str(Path(gender_classifier.__file__).parents[1])
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([source, os.environ.get("PYTHONPATH", "")]),
        "RAY_USAGE_STATS_ENABLED": "0",
        # Ray's workers give way to every other process: on a busy machine they would not get to start.
        "RAY_worker_niceness": "0",
    }
    command = [sys.executable, str(EXAMPLE), *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)


def comparable(row: dict[str, Any]) -> tuple[Any, ...]:
    """A row's values in order; what a row has not is None in either table."""
    missing = {"page": -1, "face": -1, "turned": -1}
    values = (row[name] for name in COLUMNS)
    return tuple(
        None
        if value is None or value == missing.get(name) or (isinstance(value, float) and math.isnan(value))
        else value
        for name, value in zip(COLUMNS, values, strict=True)
    )


@needs_ray
def test_two_workers_give_the_rows_of_one_process(
    write_model: Callable[..., Path], photos: Path, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    model, out = write_model(), tmp_path / "out"
    done = ray_batch(photos, out, "--model", model, "--workers", 2)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [row for path in sorted(out.glob("*.parquet")) for row in parquet.read_table(path).to_pylist()]
    expected = [values_of(row) for row in GenderClassifier(model, threads=1).predict(sorted(photos.iterdir())).rows()]
    assert len(expected) > 140
    assert f"{len(expected)} rows in" in done.stdout
    assert list(rows[0]) == list(COLUMNS)

    def order(row: tuple[Any, ...]) -> tuple[str, int]:
        return row[COLUMNS.index("path")], row[COLUMNS.index("face")] or 0

    assert sorted(map(comparable, rows), key=order) == sorted(map(comparable, expected), key=order)


@needs_ray
def test_wrong_use_is_one_line(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("\n")
    for arguments, code, message in (
        ((photos, photos), 2, "is there already"),
        ((tmp_path / "gone", tmp_path / "out"), 3, "no such folder or list"),
        ((tmp_path / "list.txt", tmp_path / "out"), 3, "no images"),
    ):
        done = ray_batch(*arguments)
        assert (done.returncode, message in done.stdout) == (code, True), done.stderr
        assert "Traceback" not in done.stderr


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The example, also where Ray is not installed."""
    for name in ("ray", "ray.data"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    spec = importlib.util.spec_from_file_location("ray_batch", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_every_column_of_predict_has_its_kind(module: Any) -> None:
    """A column more in `predict` must not end the example."""
    face = Prediction("uncertain", 0.5, 0.0, path="a.jpg", face=0, page=1, turned=90, best_guess="male", note="x")
    columns = module.columns_of([values_of(face), values_of(Prediction("", None, None, "no face", "b.jpg"))])
    assert list(columns) == list(COLUMNS)
    for name, column in columns.items():
        text = isinstance(values_of(face)[name], str)
        assert (column.dtype == object) == text, name
    assert columns["turned"].tolist() == [90, -1]
    assert np.isnan(columns["probability_male"][1])


@pytest.fixture
def films(tmp_path: Path, astronaut: NDArray[np.uint8]) -> Path:
    """A film of a second with a face in it, in a folder with one that is none and a text."""
    pytest.importorskip("av", reason="the extra `video` is not installed")
    from ..video.films import write_film

    folder = tmp_path / "films"
    (folder / "more").mkdir(parents=True)
    write_film(folder / "a.mp4", [scene(astronaut, (240, 130), [(45, 10 + n, 5)]).picture for n in range(25)])
    (folder / "more" / "B.MKV").write_bytes(b"")
    (folder / "notes.txt").write_text("no film")
    return folder


def test_films_are_a_row_each(module: Any, films: Path, write_model: Callable[..., Path]) -> None:
    from gender_classifier.video.tables import SUMMARY, summary_row

    model = write_model()
    paths = module.paths_of(films, films=True)
    assert paths == [str(films / "a.mp4"), str(films / "more" / "B.MKV")]
    columns = module.FilmPredictor(str(model), 1)({"path": np.array(paths, object)})
    assert tuple(columns) == SUMMARY
    assert columns["path"].tolist() == paths
    assert columns["status"].tolist() == ["ok", "unreadable: empty, 0 bytes"]
    assert (columns["quotable"].dtype, columns["tracks"].dtype) == (bool, np.float64)
    expected = summary_row(GenderClassifier(model, threads=1).analyse_video(paths[0]))
    assert expected["tracks"] == 1
    for name, column in columns.items():
        value = expected[name]
        assert np.isnan(column[0]) if value is None else column[0] == value, name
        assert name in ("path", "status", "note", "quotable") or np.isnan(column[1])


def test_no_films(module: Any, photos: Path) -> None:
    from gender_classifier.errors import UnreadableError

    with pytest.raises(UnreadableError, match="no films"):
        module.paths_of(photos, films=True)


def test_films_are_files_and_nothing_hidden(module: Any, tmp_path: Path) -> None:
    folder = tmp_path / ".films"  # hidden itself, but asked for
    for name in ("a.mp4", "more/b.MKV", ".thumbnails/c.mp4", "more/.d.mp4", "e.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    (folder / "project.mp4").mkdir()
    assert module.paths_of(folder, films=True) == [str(folder / "a.mp4"), str(folder / "more" / "b.MKV")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_is_read_in_the_encodings_that_predict_reads(module: Any, tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "list.txt"
    file.write_bytes("Zoë.jpg\r\n\r\nline\u2028two.jpg\r\n".encode(encoding))
    assert module.paths_of(file) == ["Zoë.jpg", "line\u2028two.jpg"]


def test_a_list_in_another_encoding_is_one_line(module: Any, tmp_path: Path) -> None:
    from gender_classifier.errors import UnreadableError

    (tmp_path / "list.txt").write_bytes("a.jpg\nZoë.jpg\n".encode("latin-1"))
    with pytest.raises(UnreadableError, match=r"list\.txt: not a list of paths \(line 2, byte 3 is 0xeb, not UTF-8\)"):
        module.paths_of(tmp_path / "list.txt")


@needs_ray
def test_two_workers_for_films(films: Path, write_model: Callable[..., Path], tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    out = tmp_path / "out"
    done = ray_batch(films, out, "--films", "--model", write_model(), "--workers", 2)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 rows in" in done.stdout
    rows = [row for path in sorted(out.glob("*.parquet")) for row in parquet.read_table(path).to_pylist()]
    assert {row["path"]: row["status"] for row in rows} == {
        str(films / "a.mp4"): "ok",
        str(films / "more" / "B.MKV"): "unreadable: empty, 0 bytes",
    }
