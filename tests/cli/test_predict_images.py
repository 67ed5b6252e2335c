"""The images that `predict` writes, annotated and cropped, also of files of several pages."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.faces.align import align_tree
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.images.read import read_picture
from gender_classifier.inference import predict as command
from gender_classifier.inference import written_images as written
from gender_classifier.model_files.metadata import ModelMetadata

from ..running import call
from ..small_model import SIZE, logits_by_hand
from .conftest import rows_of


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
    # Nor where a pattern names them, and replacing what is there is asked for.
    for more in (("--overwrite",), ("--resume",), ("--overwrite", "--resume")):
        out = ("--out", tmp_path / "rows.csv")
        done = call("predict", photos / "**" / "*.*", "--model", model, "--crops", photos / "sub", *out, *more)
        assert (done.code, "lies where images are sought; choose" in done.error) == (2, True)
    assert {path: path.read_bytes() for path in photos.rglob("*.*")} == before
    # Beside the images of one folder there is no harm in it.
    assert call("predict", photos, "--model", model, "--annotate", photos / "shown").code == 0


def files_below(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_a_picture_that_goes_while_it_is_looked_at_keeps_its_row(
    write_model: Callable[..., Path], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(path: Path, *_: object, **__: object) -> NoReturn:
        raise UnreadableError(f"{path}: no such file or directory")

    monkeypatch.setattr(written, "read_pages", gone)
    done = call("predict", photos / "b.png", "--model", write_model(), "--annotate", tmp_path / "shown")
    assert (done.code, [row["status"] for row in rows_of(done)]) == (0, ["ok"])
    assert done.err == f"not annotated: {photos / 'b.png'}: no such file or directory\n"


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


@pytest.mark.parametrize("shell", [False, True])
def test_a_pattern_that_finds_its_own_crops_goes_on(
    shell: bool, write_model: Callable[..., Path], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, out, run = write_model(), tmp_path / "rows.csv", command._run

    def predicted(*more: str) -> int:
        names = sorted(photos.glob("*")) if shell else [photos / "*"]
        return call("predict", *names, "--model", model, "--crops", photos / "crops", "--out", out, *more).code

    def stopped(*given: Any) -> Any:
        yield next(run(*given))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_run", stopped)
    assert predicted() == 4
    assert files_below(photos / "crops") == ["a-0.jpg", "a-1.jpg"]
    monkeypatch.setattr(command, "_run", run)
    assert predicted("--resume") == 0
    whole, crops = out.read_bytes(), files_below(photos / "crops")
    assert whole.count(b"a.jpg") == 2
    assert crops == ["a-0.jpg", "a-1.jpg", "b-0.jpg", "d-0.jpg", "d-1.jpg", "d-2.jpg"]
