"""A folder of images becomes a folder of crops of the same layout, and nothing is lost unsaid."""

import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.faces.align import (
    align_picture,
    align_tree,
    central_face,
    settle,
)
from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.images.read import read_picture

GEOMETRY = CANONICAL.scaled(112)


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(threads=1)


def save(picture: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, quality=95)


def landmarks_error(crop: np.ndarray, detector: FaceDetector) -> float:
    """Mean distance of the crop's landmarks from the geometry's, shares of the side."""
    found = detector.detect(crop)[0].landmarks
    return float(np.linalg.norm(found - CANONICAL.scaled(crop.shape[0]).points(), axis=1).mean()) / crop.shape[0]


@pytest.mark.parametrize("angle", [-40.0, 0.0, 25.0])
@pytest.mark.parametrize("factor", [0.4, 1.0, 2.5])
def test_the_crop_is_upright_and_in_place(
    factor: float, angle: float, detector: FaceDetector, astronaut: np.ndarray
) -> None:
    side = round(512 * factor)
    matrix = cv2.getRotationMatrix2D((224 * factor, 119 * factor), angle, 1.0)
    picture = cv2.warpAffine(cv2.resize(astronaut, (side, side)), matrix, (side, side))
    crop, faces = align_picture(picture, detector, GEOMETRY, 24)
    assert crop is not None
    assert crop.shape == (112, 112, 3)
    assert len(faces) == 1
    assert landmarks_error(crop, detector) < 0.045


def test_the_central_person_is_taken(detector: FaceDetector, astronaut: np.ndarray) -> None:
    person = astronaut[20:250, 110:340]
    scene = np.full((300, 700, 3), 90, np.uint8)
    scene[40:270, 240:470] = person
    scene[5:205, :200] = cv2.resize(person, (200, 200))
    scene[30:290, 440:700] = cv2.resize(person, (260, 260))[:, ::-1]
    crop, faces = align_picture(scene, detector, GEOMETRY, 24)
    alone, _ = align_picture(person, detector, GEOMETRY, 24)
    assert len(faces) == 3
    assert crop is not None
    assert alone is not None
    assert np.abs(crop.astype(int) - alone)[20:90, 20:90].mean() < 12


@pytest.mark.parametrize(
    ("boxes", "best"),
    [
        ([(40, 40, 60, 60), (0, 0, 30, 30)], 0),  # the middle, though smaller
        ([(45, 45, 55, 55), (20, 20, 80, 85)], 1),  # a small one behind, as near the middle
        ([(0, 30, 30, 70), (60, 35, 90, 65)], 1),  # neither is central: the nearer
        ([(10, 10, 30, 30)], 0),
    ],
)
def test_which_face_a_picture_is_of(boxes: list[tuple[float, float, float, float]], best: int) -> None:
    faces = [Face(box, 0.9, np.zeros((5, 2))) for box in boxes]
    assert central_face(faces, (100, 100, 3)) is faces[best]


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
    crop, _ = align_picture(read_picture(folder / "train/female/one.jpg"), detector, GEOMETRY, 24)
    assert crop is not None
    np.testing.assert_array_equal(read_picture(tmp_path / "out/train/female/one.png"), crop)


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


@pytest.mark.parametrize("angle", [-40.0, 40.0])
def test_landmarks_settle(angle: float, detector: FaceDetector, astronaut: np.ndarray) -> None:
    """On a tilted face the first look's landmarks are off; after more looks they fit the upright ones, turned."""
    upright = settle(astronaut, detector.detect(astronaut)[0].landmarks, detector)
    matrix = cv2.getRotationMatrix2D((224, 119), angle, 1.0)
    expected = upright @ matrix[:, :2].T + matrix[:, 2]
    tilted = cv2.warpAffine(astronaut, matrix, (512, 512))
    first = detector.detect(tilted)[0].landmarks
    errors = [
        float(np.linalg.norm(found - expected, axis=1).mean()) for found in (first, settle(tilted, first, detector))
    ]
    assert errors[1] < 2.5
    assert errors[0] > 2.0 * errors[1]


def test_landmarks_stay_where_a_second_look_finds_nothing(detector: FaceDetector) -> None:
    grey, landmarks = np.full((300, 300, 3), 90, np.uint8), CANONICAL.points()
    np.testing.assert_array_equal(settle(grey, landmarks, detector), landmarks)


def test_facecom_faces_are_found_central_and_level(facecom: Path, detector: FaceDetector) -> None:
    pictures = sorted((facecom / "val").rglob("*.jpg"))[::10]
    crops = [align_picture(read_picture(path), detector, CANONICAL, 24)[0] for path in pictures]
    assert len(crops) > 40
    assert all(crop is not None for crop in crops)
    errors = [landmarks_error(crop, detector) for crop in crops if crop is not None]
    assert np.median(errors) < 0.045
    assert max(errors) < 0.15
