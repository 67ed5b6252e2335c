"""HEIC by the extra, AVIF by Pillow: read where they can be, and one line on what to install where not."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError, features

from gender_classifier.errors import UnreadableError, install_hint
from gender_classifier.images.heif import kind_of
from gender_classifier.images.read import read_picture, read_reduced
from gender_classifier.images.undecoded import pixels_declared

RAMP = np.stack(np.meshgrid(np.linspace(0, 255, 96), np.linspace(0, 255, 64)), -1)
PICTURE = np.concatenate([RAMP, 255 - RAMP[..., :1]], -1).astype(np.uint8)
AVIF = pytest.mark.skipif("avif" not in features.get_supported_modules(), reason="this Pillow reads no AVIF")


def box(major: bytes, *others: bytes) -> bytes:
    """A file that begins as HEIF does."""
    brands = major + b"\0\0\0\0" + b"".join(others)
    return (8 + len(brands)).to_bytes(4, "big") + b"ftyp" + brands + b"\0" * 200


def heic(picture: np.ndarray, **options: object) -> bytes:
    pytest.importorskip("pillow_heif").register_heif_opener()
    return encoded(picture, "HEIF", **options)


def encoded(picture: np.ndarray, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, quality=95, **options)
    return buffer.getvalue()


def distance(a: np.ndarray, b: np.ndarray) -> float:
    assert a.shape == b.shape
    return float(np.abs(a.astype(float) - b).mean())


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the extra nor a Pillow that reads AVIF."""
    Image.init()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(Image, "ID", [kind for kind in Image.ID if kind not in ("HEIF", "AVIF")])
    monkeypatch.setattr(Image, "OPEN", {kind: Image.OPEN[kind] for kind in Image.ID})
    monkeypatch.setattr(features, "check", lambda feature: False)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (box(b"heic", b"mif1"), "HEIC"),
        (box(b"mif1", b"mif1", b"heic"), "HEIC"),
        (box(b"avif", b"mif1", b"miaf"), "AVIF"),
        (box(b"mif1", b"miaf", b"avif"), "AVIF"),
        (box(b"isom", b"mp42"), None),
        (b"\0\0\0\0ftyp", None),
        (b"", None),
        (b"\xff\xff\xff\xffftypheic", "HEIC"),
    ],
)
def test_brands(data: bytes, kind: str | None) -> None:
    assert kind_of(data) == kind


@pytest.mark.usefixtures("without")
def test_one_line_says_what_to_install() -> None:
    advice = f"to read these, {install_hint('heif')}"
    for data, kind in ((box(b"heic", b"mif1"), "a HEIC"), (box(b"avif", b"mif1"), "an AVIF")):
        with pytest.raises(UnreadableError) as caught:
            read_picture(data)
        assert str(caught.value) == f"image: {kind} image; {advice}"
        with pytest.raises(UnreadableError, match="to read these, "):
            pixels_declared(data)


def test_a_heic_picture() -> None:
    pixels, reduced = read_reduced(heic(PICTURE), lambda width, height: 8)
    assert reduced == 1
    assert distance(pixels, PICTURE) < 4.0
    limit = 96 * 64 - 1
    with pytest.raises(UnreadableError, match="96 x 64 pixels is more than the limit of 6,143"):
        read_picture(heic(PICTURE), max_pixels=limit)


@AVIF
def test_an_avif_picture() -> None:
    assert distance(read_picture(encoded(PICTURE, "AVIF")), PICTURE) < 4.0


@AVIF
def test_alpha_lies_over_white() -> None:
    clear = np.zeros((32, 32, 4), np.uint8)
    assert (read_picture(encoded(clear, "AVIF")) >= 254).all()
    assert (read_picture(heic(clear)) >= 254).all()


@AVIF
@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_orientation_is_applied_once(orientation: int) -> None:
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE}
    stored = np.array(Image.fromarray(PICTURE).transpose(undo[orientation]))
    exif = Image.Exif()
    exif[274] = orientation
    assert distance(read_picture(encoded(stored, "AVIF", exif=exif.tobytes())), PICTURE) < 4.0
    assert distance(read_picture(heic(stored, exif=exif.tobytes())), PICTURE) < 4.0


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_short(share: float) -> None:
    files = [heic(PICTURE)] + ([encoded(PICTURE, "AVIF")] if "avif" in features.get_supported_modules() else [])
    for data in files:
        with pytest.raises(UnreadableError, match=r"image: (not an image|cannot be decoded)"):
            read_picture(data[: int(share * len(data))])


def test_the_plugin_is_loaded_when_the_first_such_file_comes() -> None:
    data = heic(PICTURE)
    script = (
        "import io, sys, PIL.Image\n"
        "from gender_classifier.images.read import read_picture\n"
        "buffer = io.BytesIO()\n"
        "PIL.Image.new('RGB', (8, 8)).save(buffer, 'PNG')\n"
        "read_picture(buffer.getvalue())\n"
        "before = 'pillow_heif' in sys.modules\n"
        "shape = read_picture(sys.stdin.buffer.read()).shape\n"
        "print(before, 'pillow_heif' in sys.modules, shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], input=data, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "False True (64, 96, 3)"


def test_what_is_no_picture_stays_none() -> None:
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(box(b"isom", b"mp42")))
    with pytest.raises(UnreadableError, match="image: not an image"):
        read_picture(box(b"isom", b"mp42"))
