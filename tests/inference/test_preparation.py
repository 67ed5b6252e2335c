"""Whatever a user has becomes crops, or a status: arrays, opened images, bytes, paths; whole or reduced."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.errors import UserError
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.images.read import read_picture
from gender_classifier.inference.preparation import Photo, Preparation

from ..scenes import off_by, scene

Picture = NDArray[np.uint8]
GEOMETRY = CANONICAL.scaled(96)
ORIENTATION = 274
# How an image must be stored so that EXIF orientation n turns it upright.
STORED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.swapaxes(0, 1),
    6: lambda p: np.rot90(p),
    7: lambda p: np.rot90(p, 2).swapaxes(0, 1),
    8: lambda p: np.rot90(p, -1),
}


@pytest.fixture(scope="module")
def prepare() -> Preparation:
    return Preparation(GEOMETRY, "stretch", FaceDetector(threads=1))


@pytest.fixture
def face(astronaut: Picture) -> Picture:
    """An image of one face, not square, so that a turn shows."""
    return np.ascontiguousarray(astronaut[0:260, 60:420])


def jpeg(picture: Picture, orientation: int | None = None, quality: int = 95) -> bytes:
    data, exif = io.BytesIO(), Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    Image.fromarray(picture).save(data, "JPEG", quality=quality, exif=exif, subsampling=0)
    return data.getvalue()


def assert_same(one: Photo, other: Photo, share: float = 0.04, grey: float = 12.0) -> None:
    """The same faces in the same places, up to what JPEG does."""
    assert one.status == other.status == "ok"
    assert len(one.found) == len(other.found)
    for a, b in zip(one.found, other.found, strict=True):
        assert np.abs(np.subtract(a.box, b.box)).max() <= share * (a.side or 0.0)
    assert one.crops is not None
    assert other.crops is not None
    assert np.abs(one.crops.astype(int) - other.crops).mean() <= grey


def test_one_picture_in_all_its_forms(prepare: Preparation, face: Picture, tmp_path: Path) -> None:
    whole = prepare(face)
    assert (whole.path, len(whole.found)) == (None, 1)
    assert whole.crops is not None
    assert whole.crops.shape == (1, 96, 96, 3)
    path = tmp_path / "face.png"
    Image.fromarray(face).save(path)
    for exact in (path, str(path), path.read_bytes(), Image.fromarray(face), Image.open(path), face[:]):
        photo = prepare(exact)
        assert_same(photo, whole, share=0.0, grey=0.0)
        assert photo.path == (str(path) if isinstance(exact, str | Path) else None)
    assert_same(prepare(jpeg(face)), whole)


@pytest.mark.parametrize(
    "view", [lambda p: p[::-1][::-1], lambda p: np.asfortranarray(p), lambda p: p[..., ::-1][..., ::-1]]
)
def test_arrays_however_they_lie_in_memory(view: Any, prepare: Preparation, face: Picture) -> None:
    lying = view(face)
    assert_same(prepare(lying), prepare(face), share=0.0, grey=0.0)
    lying.flags.writeable = False
    assert_same(prepare(lying), prepare(face), share=0.0, grey=0.0)


def test_the_array_given_is_not_touched(prepare: Preparation, face: Picture) -> None:
    before = face.copy()
    prepare(face)
    np.testing.assert_array_equal(face, before)


def test_grey(prepare: Preparation, face: Picture) -> None:
    grey = cv2.cvtColor(face, cv2.COLOR_RGB2GRAY)
    three = np.repeat(grey[..., None], 3, axis=2)
    for given in (grey, Image.fromarray(grey)):
        assert_same(prepare(given), prepare(three), share=0.0, grey=0.0)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "CMYK", "I;16", "F", "1", "LA"])
def test_opened_pictures_of_every_mode(mode: str, prepare: Preparation, face: Picture) -> None:
    image = Image.fromarray(face)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    else:
        image = image.convert("P", palette=Image.Palette.ADAPTIVE) if mode == "P" else image.convert(mode)
    photo = prepare(image)
    assert photo.status == "ok"
    assert np.abs(np.subtract(photo.found[0].box, prepare(face).found[0].box)).max() < 20


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation: int, prepare: Preparation, face: Picture, tmp_path: Path) -> None:
    stored = np.ascontiguousarray(STORED[orientation](face))
    data = jpeg(stored, orientation)
    path = tmp_path / "turned.jpg"
    path.write_bytes(data)
    upright = prepare(face)
    for given in (data, path, Image.open(io.BytesIO(data))):
        assert_same(prepare(given), upright)


def test_exif_orientation_of_a_reduced_photo(prepare: Preparation, astronaut: Picture) -> None:
    """Boxes are in pixels of the upright image, however it is stored and read."""
    big = scene(astronaut, (4200, 2400), [(700, 300, 200)])
    photo = prepare(jpeg(np.ascontiguousarray(STORED[6](big.picture)), 6))
    (found,) = photo.found
    assert off_by(found.box or (0, 0, 0, 0), big.boxes[0]) < 0.12


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        (None, "got NoneType"),
        (7, "got int"),
        ([], "got list"),
        ({"path": "a.jpg"}, "got dict"),
        (np.zeros((8, 8, 3), np.float32), r"got float32 \(8, 8, 3\)"),
        (np.zeros((8, 8), bool), r"got bool \(8, 8\)"),
        (np.zeros((8, 8, 4), np.uint8), r"got uint8 \(8, 8, 4\)"),
        (np.zeros((3, 8, 8), np.uint8), r"got uint8 \(3, 8, 8\)"),
        (np.zeros(8, np.uint8), r"got uint8 \(8,\)"),
        (np.zeros((0, 8, 3), np.uint8), r"got uint8 \(0, 8, 3\)"),
        (np.array(3), r"got int64 \(\)"),
        (Image.new("RGB", (0, 0)), "got one of 0 x 0"),
    ],
)
def test_what_is_no_picture(wrong: Any, got: str, prepare: Preparation) -> None:
    with pytest.raises(UserError, match=rf"^images: expected [^\n]*{got}$"):
        prepare(wrong)


def test_what_cannot_be_read_is_a_status(prepare: Preparation, tmp_path: Path, face: Picture) -> None:
    text, cut = tmp_path / "text.jpg", tmp_path / "cut.jpg"
    text.write_text("no image")
    cut.write_bytes(jpeg(face)[:2000])
    for given, reason in (
        (text, "not an image"),
        (str(tmp_path / "gone.jpg"), "no such file or directory"),
        (tmp_path, "not a file"),
        (b"", "empty file"),
        (b"nothing", "not an image"),
        ("with\0null", "embedded null byte"),
    ):
        photo = prepare(given)
        assert (photo.status, photo.found, photo.crops) == (f"unreadable: {reason}", [], None)
    assert prepare(cut).status.startswith("unreadable: cannot be decoded (")
    broken = Image.open(cut)
    assert prepare(broken).status.startswith("unreadable: cannot be decoded (")


def test_no_face_is_a_status(prepare: Preparation) -> None:
    photo = prepare(np.full((50, 80, 3), 120, np.uint8))
    assert (photo.status, photo.found, photo.crops) == ("no face", [], None)


def test_boxes_of_a_wide_jpeg_are_in_its_pixels(prepare: Preparation, astronaut: Picture) -> None:
    wide = scene(astronaut, (3000, 1600), [(400, 60, 80), (500, 1000, 150), (320, 2200, 420)])
    data = jpeg(wide.picture)
    assert prepare._reduction(3000, 1600) == 1
    found = [f.box or (0, 0, 0, 0) for f in prepare(data).found]
    assert len(found) == 3
    assert max(off_by(a, b) for a, b in zip(found, wide.boxes, strict=True)) < 0.1


@pytest.mark.parametrize(
    ("size", "min_face", "reduction"), [((3000, 1600), 64, 2), ((3000, 1600), 150, 4), ((4000, 2000), None, 2)]
)
def test_reading_a_jpeg_reduced_moves_boxes_by_few_pixels(
    size: tuple[int, int], min_face: int | None, reduction: int, prepare: Preparation, astronaut: Picture
) -> None:
    group = scene(astronaut, size, [(400, 60, 80), (500, 1000, 150), (160, 2300, 820)])
    asked = Preparation(GEOMETRY, "stretch", prepare.detector, min_face=min_face)
    assert asked._reduction(*size) == reduction
    whole, reduced = asked(group.picture), asked(jpeg(group.picture))  # an array is never reduced
    # The smallest is hardly more pixels to the detector than it needs, and its box moves with each of them.
    assert_same(reduced, whole, share=0.1)
    assert len(reduced.found) == 3
    for found in reduced.found:
        x0, y0, x1, y1 = found.box or (0, 0, 0, 0)
        assert found.side == pytest.approx(np.sqrt((x1 - x0) * (y1 - y0)))


def test_a_photo_shows_no_pixels(prepare: Preparation, face: Picture) -> None:
    assert repr(prepare(face)) == "Photo(None, 'ok', 1 face)"
    assert repr(prepare("gone.jpg")) == "Photo('gone.jpg', 'unreadable: no such file or directory')"
    assert repr(Photo("a.jpg", crops=np.zeros((2, 9, 9, 3), np.uint8))) == "Photo('a.jpg', 'ok', 0 faces)"


def test_pictures_taken_as_crops(face: Picture, tmp_path: Path) -> None:
    taken = Preparation(GEOMETRY, "crop", None)
    path = tmp_path / "face.jpg"
    path.write_bytes(jpeg(np.asarray(cv2.resize(face, (1440, 1040)), np.uint8)))
    assert taken._reduction(1440, 1040) == 8
    photo = taken(path)
    assert [(f.box, f.score, f.side) for f in photo.found] == [(None, None, None)]
    expected = taken(read_picture(path)).crops
    assert photo.crops is not None
    assert expected is not None
    assert photo.crops.shape == (1, 96, 96, 3)
    assert np.abs(photo.crops.astype(int) - expected).mean() < 3


def test_one_opened_picture_in_several_threads(prepare: Preparation, face: Picture) -> None:
    """Pillow decodes late; threads that look at the same image must not do so at once."""
    data = jpeg(np.asarray(cv2.resize(face, (1440, 1040)), np.uint8))
    taken = Preparation(GEOMETRY, "stretch", None)
    expected = taken(data).crops
    assert expected is not None
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            image = Image.open(io.BytesIO(data))
            for photo in pool.map(taken, [image] * 8):
                assert photo.status == "ok"
                assert photo.crops is not None
                assert np.abs(photo.crops.astype(int) - expected).mean() < 3


@pytest.mark.parametrize("orientation", [1, 3, 5, 6, 8])
def test_the_size_is_the_upright_image_s_however_it_is_read(orientation: int) -> None:
    """A JPEG of 803 x 405 decoded at a quarter has 201 x 102 pixels, which times four are others."""
    taken = Preparation(GEOMETRY, "stretch", None)
    assert taken._reduction(803, 405) == 4
    upright = np.full((405, 803, 3), 90, np.uint8)
    photo = taken(jpeg(np.ascontiguousarray(STORED[orientation](upright)), orientation))
    assert photo.size == (803, 405)
    assert taken(upright).size == (803, 405)
