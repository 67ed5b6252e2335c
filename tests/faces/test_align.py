"""A folder of images becomes a folder of crops of the same layout, and nothing is lost unsaid."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.faces.align import _crop_names, align_tree
from gender_classifier.faces.crops import central_crop
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.images.read import read_picture

from ..scenes import landmarks_error

GEOMETRY = CANONICAL.scaled(112)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(threads=1)


def save(picture: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, quality=95)


@pytest.fixture
def folder(tmp_path: Path, astronaut: np.ndarray) -> Path:
    root = tmp_path / "in"
    save(astronaut, root / "train" / "female" / "one.jpg")
    both = np.concatenate([astronaut[:300, 60:400], astronaut[:300, 60:400]], axis=1)
    save(both, root / "train" / "female" / "deep" / "two.png")
    save(np.full((90, 120, 3), (200, 30, 30), np.uint8), root / "train" / "male" / "none.jpg")
    save(cv2.resize(astronaut, (100, 100), interpolation=cv2.INTER_AREA), root / "train" / "male" / "small.jpg")
    (root / "train" / "male" / "broken.jpg").write_bytes(b"no picture")
    (root / "manifest.csv").write_text(
        "path,gender,age\n"
        "train/female/deep/two.png,female,30-39\n"
        "train/male/none.jpg,male,\n"
        "train/male/broken.jpg,male,3-9\n"
    )
    (root / "notes.csv").write_text("anything;else\n1;2\n")
    return root


def test_a_folder(folder: Path, detector: FaceDetector, tmp_path: Path) -> None:
    target, ticks = tmp_path / "out", []
    summary = align_tree(
        folder, target, geometry=GEOMETRY, detector=detector, min_face=30, tick=lambda: ticks.append(1)
    )
    names = sorted(p.relative_to(target).as_posix() for p in target.rglob("*") if p.is_file())
    assert names == [
        "align.json",
        "manifest.csv",
        "notes.csv",
        "train/female/deep/two.jpg",
        "train/female/one.jpg",
        "train/male/none.jpg",
        "train/male/small.jpg",
    ]
    assert len(ticks) == 5
    assert summary.counts == {"pictures": 4, "several": 1, "no_face": 1, "too_small": 1, "unreadable": 1}
    assert summary.no_face == ["train/male/none.jpg"]
    assert summary.too_small == ["train/male/small.jpg"]
    assert summary.several == ["train/female/deep/two.png"]
    assert list(summary.unreadable) == ["train/male/broken.jpg"]
    assert landmarks_error(read_picture(target / "train" / "female" / "one.jpg"), detector) < 0.045
    assert landmarks_error(read_picture(target / "train" / "female" / "deep" / "two.jpg"), detector) < 0.045
    # Without a face the central square stands in.
    stand_in = read_picture(target / "train" / "male" / "none.jpg")
    assert stand_in.shape == (112, 112, 3)
    assert np.abs(stand_in.astype(int) - (200, 30, 30)).max() < 12
    # The manifest names crops, and only those that there are.
    assert (target / "manifest.csv").read_text() == (
        "path,gender,age\ntrain/female/deep/two.jpg,female,30-39\ntrain/male/none.jpg,male,\n"
    )
    assert (target / "notes.csv").read_bytes() == (folder / "notes.csv").read_bytes()
    note = json.loads((target / "align.json").read_text())
    assert note["geometry"] == GEOMETRY.to_dict()
    assert note["min_face"] == 30
    assert {key: note[key] for key in summary.to_dict()} == summary.to_dict()


def test_skip_and_png(folder: Path, detector: FaceDetector, tmp_path: Path) -> None:
    target = tmp_path / "out"
    align_tree(folder, target, geometry=GEOMETRY, detector=detector, min_face=30, no_face="skip", image_format="png")
    pictures = sorted(p.relative_to(target).as_posix() for p in target.rglob("*.*") if p.suffix in (".jpg", ".png"))
    assert pictures == ["train/female/deep/two.png", "train/female/one.png"]
    assert "none.jpg" not in (target / "manifest.csv").read_text()


def test_the_same_crop_as_in_memory(folder: Path, detector: FaceDetector, tmp_path: Path) -> None:
    align_tree(folder, tmp_path / "out", geometry=GEOMETRY, detector=detector, image_format="png")
    found, _ = central_crop(read_picture(folder / "train/female/one.jpg"), detector, GEOMETRY, 24)
    assert found is not None
    np.testing.assert_array_equal(read_picture(tmp_path / "out/train/female/one.png"), found.picture)


def test_refuses_what_would_do_harm(folder: Path, detector: FaceDetector, tmp_path: Path) -> None:
    def run(source: Path, target: Path) -> None:
        align_tree(source, target, geometry=GEOMETRY, detector=detector)

    for target in (folder, folder / "out", tmp_path):
        with pytest.raises(UserError, match="must lie outside"):
            run(folder, target)
    full = tmp_path / "full"
    full.mkdir()
    (full / "mine.txt").touch()
    with pytest.raises(UserError, match="not empty; choose a new folder"):
        run(folder, full)
    with pytest.raises(UnreadableError, match="no such folder"):
        run(tmp_path / "missing", tmp_path / "out")
    (tmp_path / "bare").mkdir()
    with pytest.raises(UnreadableError, match="no images in it"):
        run(tmp_path / "bare", tmp_path / "out")
    shutil.rmtree(folder / "train" / "female")
    for name in ("none.jpg", "small.jpg"):
        (folder / "train" / "male" / name).write_bytes(b"")
    with pytest.raises(UnreadableError, match="none of 3 images can be read"):
        run(folder, tmp_path / "out2")


def test_two_pictures_of_one_name(folder: Path, detector: FaceDetector, tmp_path: Path, astronaut: np.ndarray) -> None:
    """one.jpg and one.png would be one crop: neither may replace the other unsaid."""
    save(astronaut[::-1], folder / "train" / "female" / "one.png")
    summary = align_tree(folder, tmp_path / "out", geometry=GEOMETRY, detector=detector)
    crops = list((tmp_path / "out").rglob("*.jpg"))
    assert len(crops) == summary.counts["pictures"]
    assert {"one.jpg.jpg", "one.png.jpg"} < {crop.name for crop in crops}


def test_names_that_would_still_be_the_same_get_numbers() -> None:
    """a.jpg and a.jpeg get their whole names, and a.jpg.webp has that of the one by itself."""
    assert _crop_names(["a.jpeg", "a.jpg", "a.jpg.webp", "b/A.png", "b/a.tif", "c.png"], "jpg") == {
        "a.jpeg": "a.jpeg.jpg",
        "a.jpg": "a.jpg.jpg",
        "a.jpg.webp": "a.jpg~2.jpg",
        "b/A.png": "b/A.jpg",
        "b/a.tif": "b/a~2.jpg",
        "c.png": "c.jpg",
    }


@pytest.mark.parametrize("how", ["relative", "linked", "images linked"])
def test_a_manifest_s_rows_are_known_by_where_they_lead(
    how: str, detector: FaceDetector, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = np.full((40, 40, 3), 90, np.uint8)
    for name in ("in/sub/a.png", "in/b.png", "elsewhere/c.png"):
        save(grey, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    source, listed = Path("in"), tmp_path / "in"
    if how == "linked":
        Path("link").symlink_to("in")
        source = tmp_path / "link"
    if how == "images linked":
        (listed / "sub" / "d.png").symlink_to(tmp_path / "elsewhere" / "c.png")
    rows = [listed / "sub" / "a.png", "b.png", "sub/../b.png", tmp_path / "elsewhere" / "c.png", "gone.png"]
    (listed / "all.csv").write_text("path\n" + "".join(f"{row}\n" for row in rows))
    summary = align_tree(source, tmp_path / "out", geometry=GEOMETRY, detector=detector)
    written = (tmp_path / "out" / "all.csv").read_text().splitlines()[1:]
    other = "sub/d.jpg" if how == "images linked" else str(rows[3])
    assert written == ["sub/a.jpg", "b.jpg", "b.jpg", other, "gone.png"]
    assert summary.other_rows == {"all.csv": 1 if how == "images linked" else 2}
    assert json.loads((tmp_path / "out" / "align.json").read_text())["other_rows"] == summary.other_rows
