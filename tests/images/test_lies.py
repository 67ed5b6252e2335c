"""Files that lie: about their kind, their size or how much there is of them."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile, features

from gender_classifier.errors import UnreadableError
from gender_classifier.images import jpeg, pixels
from gender_classifier.images.read import from_pil, read_picture

RAMP = np.stack(np.meshgrid(np.linspace(0, 255, 96), np.linspace(0, 255, 64)), -1)
PICTURE = np.concatenate([RAMP, 255 - RAMP[..., :1]], -1).astype(np.uint8)
NOISE = np.clip(PICTURE + np.random.default_rng(0).normal(0, 20, PICTURE.shape), 0, 255).astype(np.uint8)
KINDS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM", "JPEG2000")


def encoded(picture: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def promising(kind: str, width: int, height: int) -> bytes:
    """A file of the kind whose header promises more pixels than its data hold."""
    data = encoded(PICTURE, kind)
    if kind == "PNG":
        return data[:8] + png_chunk(b"IHDR", struct.pack(">II", width, height) + data[24:29]) + data[33:]
    if kind == "GIF":
        return data[:6] + struct.pack("<HH", width, height) + data[10:]
    if kind == "BMP":
        return data[:18] + struct.pack("<ii", width, height) + data[26:]
    if kind == "JPEG":
        start = data.find(b"\xff\xc0")
        return data[: start + 5] + struct.pack(">HH", height, width) + data[start + 9 :]
    if kind == "JPEG2000":
        size = data.find(b"\xff\x51") + 6  # SIZ: Xsiz, Ysiz
        header = data.find(b"ihdr") + 4
        data = data[:header] + struct.pack(">II", height, width) + data[header + 8 :]
        return data[:size] + struct.pack(">II", width, height) + data[size + 8 :]
    if kind == "TIFF":
        for tag, value in ((256, width), (257, height)):
            place = data.find(struct.pack("<HH", tag, 4)) if struct.pack("<HH", tag, 4) in data else -1
            place = place if place >= 0 else data.find(struct.pack("<HH", tag, 3))
            data = data[:place] + struct.pack("<HHII", tag, 4, 1, value) + data[place + 12 :]
        return data
    if kind == "PPM":
        return b"P6 %d %d 255\n" % (width, height) + PICTURE.tobytes()
    assert kind == "WEBP"
    canvas = b"\0" * 4 + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + canvas + data[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture
def no_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)
    monkeypatch.setattr(jpeg, "decode", decoded)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.heic", "a"])
def test_the_bytes_say_what_it_is_not_the_name(kind: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(encoded(PICTURE, kind))
    np.testing.assert_array_equal(read_picture(path), read_picture(path.read_bytes()))


@pytest.mark.parametrize(
    "content", [b"not a picture", b"<html>" * 100, b"\0" * 5000, b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n"]
)
def test_what_is_no_picture_at_all(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "image.jpg"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=r"image\.jpg: not an image$"):
        read_picture(path)


@pytest.mark.usefixtures("no_decoding")
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"WEBP"}))  # which has no room for such a size
def test_a_huge_size_is_refused_from_the_header(kind: str) -> None:
    side = {"JPEG": 65_500, "GIF": 65_535}.get(kind, 100_000)
    with pytest.raises(UnreadableError, match=r"more .*than the limit of 100,000,000"):
        read_picture(promising(kind, side, side))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"GIF", "JPEG2000"}))
def test_a_size_that_the_data_do_not_fill(kind: str) -> None:
    """A GIF's frame may be smaller than its screen; of a JPEG 2000 image some tiles may be there."""
    with pytest.raises(UnreadableError, match="image: cannot be decoded"):
        read_picture(promising(kind, 5_000, 4_000))


@pytest.mark.parametrize(
    ("kind", "options"), [("PNG", {}), ("TIFF", {"compression": "tiff_adobe_deflate"}), ("WEBP", {})]
)
def test_few_bytes_of_many_pixels(kind: str, options: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    data = encoded(np.zeros((1200, 1200, 3), np.uint8), kind, **options)
    assert len(data) < 10_000
    assert read_picture(data).shape == (1200, 1200, 3)
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda self: pytest.fail("decoded"))
    with pytest.raises(UnreadableError, match="1200 x 1200 pixels is more than the limit of 1,439,999"):
        read_picture(data, max_pixels=1200 * 1200 - 1)


def test_few_bytes_of_much_text() -> None:
    data = encoded(PICTURE, "PNG")
    text = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"\0" * 4_000_000))
    assert len(text) < 100_000
    with pytest.raises(UnreadableError, match="image: cannot be decoded"):
        read_picture(data[:33] + text + data[33:])


@pytest.mark.usefixtures("no_decoding")
def test_a_jpeg_of_few_bytes_and_many_pixels_is_not_decoded() -> None:
    with pytest.raises(UnreadableError, match=r"cannot be decoded \(9999 x 9999 pixels in [\d,]+ bytes: part of it is"):
        read_picture(promising("JPEG", 9999, 9999))


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_one_colour_is_no_lie(progressive: bool) -> None:
    flat = encoded(np.full((1600, 1600, 3), 90, np.uint8), "JPEG", optimize=True, progressive=progressive)
    assert read_picture(flat, min_side=100).shape == (200, 200, 3)
    grey = encoded(Image.new("L", (1600, 1600), 128), "JPEG", optimize=True, progressive=progressive)
    assert read_picture(grey, min_side=100).shape == (200, 200, 3)


def scanned(times: int) -> bytes:
    data = encoded(PICTURE, "JPEG", progressive=True)
    return data[:-2] + data[data.rfind(b"\xff\xda") : -2] * times + b"\xff\xd9"


def test_a_jpeg_of_endless_scans_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_picture(scanned(50)).shape == PICTURE.shape
    monkeypatch.setattr(jpeg, "decode", lambda *_: pytest.fail("decoded"))
    with pytest.raises(UnreadableError, match=r"cannot be decoded \(510 scans, where up to 100 are read\)"):
        read_picture(scanned(500))


def test_marks_outside_of_the_scans_do_not_count() -> None:
    """As in a phone's video after the image, or in its metadata."""
    data = encoded(PICTURE, "JPEG", comment=b"\xff\xda" * 300)
    np.testing.assert_array_equal(read_picture(data + b"\xff\xda\0\1" * 300), read_picture(data))
    np.testing.assert_array_equal(read_picture(data), read_picture(encoded(PICTURE, "JPEG")))


@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", KINDS)
def test_cut_short(kind: str, share: float) -> None:
    data = encoded(NOISE, kind)
    with pytest.raises(UnreadableError, match=r"image: (not an image|cannot be decoded)"):
        read_picture(data[: int(share * len(data))])


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("picture", [NOISE, PICTURE])
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_an_end_that_was_never_written(kind: str, picture: np.ndarray, share: float) -> None:
    """Other kinds cannot tell: zeros are black to them, or a code like any other."""
    data = encoded(picture, kind)
    start = data[: int(share * len(data))]
    for zeros in (64, len(data) - len(start), 50_000):
        with pytest.raises(UnreadableError, match=r"image: (not an image|cannot be decoded)"):
            read_picture(start + bytes(zeros))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_zeros_after_the_end_do_no_harm(kind: str) -> None:
    data = encoded(PICTURE, kind)
    np.testing.assert_array_equal(read_picture(data + bytes(5000)), read_picture(data))


def test_a_bit_fallen_over_in_a_png() -> None:
    data = bytearray(encoded(NOISE, "PNG"))
    data[len(data) // 2] ^= 4
    with pytest.raises(UnreadableError, match=r"cannot be decoded \(its pixels do not fit their checksum\)"):
        read_picture(bytes(data))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "YCbCr", "I;16", "F"])
def test_strips_make_no_difference(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if mode in ("I;16", "F"):
        values = RAMP[..., 0] * (257.0 if mode == "I;16" else 0.7)
        image = Image.fromarray(values.astype(np.uint16 if mode == "I;16" else np.float32))
    else:
        image = Image.fromarray(PICTURE).convert(mode)
    if mode in ("RGBA", "LA"):
        image.putalpha(Image.fromarray(RAMP[..., 1].astype(np.uint8)))
    if mode == "P":
        image.info["transparency"] = 3
    at_once = from_pil(image)
    for size in (1, 96, 96 * 5, 96 * 63):
        monkeypatch.setattr(pixels, "_STRIP", size)
        np.testing.assert_array_equal(from_pil(image), at_once)
    assert at_once.std() > 10


def test_floats_that_are_no_numbers() -> None:
    values = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    values[0, :2], values[7, 7] = (np.nan, -np.inf), np.inf
    picture = from_pil(Image.fromarray(values))
    assert (picture[0, :2] == 0).all()
    assert (picture[7, 7] == 255).all()
    assert abs(int(picture[4, 0, 0]) - round(255 * 32 / 63)) <= 1


def test_what_a_decoder_says_becomes_one_line() -> None:
    class Wordy(Image.Image):
        def load(self) -> None:
            raise OSError("this\nthat\r\nand the other" + "!" * 500)

    with pytest.raises(UnreadableError) as caught:
        from_pil(Wordy())
    assert str(caught.value).startswith("image: cannot be decoded (this that and the other!!")
    assert len(str(caught.value)) < 250


@pytest.mark.skipif("avif" not in features.get_supported_modules(), reason="this Pillow reads no AVIF")
def test_a_huge_avif() -> None:
    data = encoded(PICTURE, "AVIF")
    place = data.find(b"ispe") + 8
    with pytest.raises(UnreadableError):
        read_picture(data[:place] + struct.pack(">II", 60_000, 60_000) + data[place + 8 :])
