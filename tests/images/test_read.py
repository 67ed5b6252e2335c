"""Any image file becomes upright RGB, the same by both decoders, or one clear line."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from gender_classifier.errors import UnreadableError
from gender_classifier.images import jpeg
from gender_classifier.images.read import read_pages, read_picture

SMOOTH = np.stack(np.meshgrid(np.linspace(0, 255, 96), np.linspace(0, 255, 64)), -1)
PICTURE = np.concatenate([SMOOTH, 255 - SMOOTH[..., :1]], -1).astype(np.uint8)


def encoded(picture: np.ndarray | Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image = picture if isinstance(picture, Image.Image) else Image.fromarray(picture)
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def distance(a: np.ndarray, b: np.ndarray) -> float:
    assert a.shape == b.shape
    return float(np.abs(a.astype(float) - b).mean())


@pytest.fixture
def no_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that follows is decoded by Pillow."""
    monkeypatch.setattr(jpeg, "decode", lambda data, reduction: None)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "PPM"])
def test_kinds(kind: str) -> None:
    options = {"quality": 95} if kind in ("JPEG", "WEBP") else {}
    pixels = read_picture(encoded(PICTURE, kind, **options))
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    # GIF has 256 colours, JPEG and WebP lose a little; the others nothing.
    assert distance(pixels, PICTURE) <= {"GIF": 12.0, "JPEG": 3.0, "WEBP": 3.0}.get(kind, 0.0)


def test_paths_and_bytes_are_alike(tmp_path: Path) -> None:
    path = tmp_path / "a b ü.jpg"
    path.write_bytes(encoded(PICTURE, "JPEG"))
    for source in (path, str(path), path.read_bytes()):
        np.testing.assert_array_equal(read_picture(source), read_picture(path))


def turned(orientation: int) -> np.ndarray:
    """What must be stored so that a viewer who obeys `orientation` sees PICTURE (CIPA DC-008)."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(PICTURE)
    return np.array(image.transpose(undo[orientation]) if orientation in undo else image)


@pytest.mark.parametrize("decoder", ["opencv", "pillow"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation: int, decoder: str, request: pytest.FixtureRequest) -> None:
    if decoder == "pillow":
        request.getfixturevalue("no_opencv")
    exif = Image.Exif()
    exif[274] = orientation
    stored = turned(orientation)
    large = encoded(Image.fromarray(stored).resize((stored.shape[1] * 4, stored.shape[0] * 4)), "JPEG", exif=exif)
    assert distance(read_picture(encoded(stored, "JPEG", quality=95, exif=exif)), PICTURE) < 3.0
    assert distance(read_picture(large, min_side=64), PICTURE) < 3.0


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", [3, 6, 7])
def test_exif_orientation_of_other_kinds(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    np.testing.assert_array_equal(read_picture(encoded(turned(orientation), kind, exif=exif, **options)), PICTURE)


def test_broken_exif_does_not_cost_the_picture() -> None:
    data = encoded(PICTURE, "JPEG", exif=b"Exif\x00\x00MM\x00\x2a\xff\xff\xff\xf0" + b"\xff" * 40)
    assert read_picture(data).shape == PICTURE.shape


@pytest.mark.parametrize("min_side", [None, 64])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_both_decoders_give_the_same_pixels(
    mode: str, min_side: int | None, astronaut: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encoded(Image.fromarray(astronaut).convert(mode), "JPEG", quality=90)
    by_opencv = read_picture(data, min_side=min_side)
    monkeypatch.setattr(jpeg, "decode", lambda data, reduction: None)
    by_pillow = read_picture(data, min_side=min_side)
    # They bring their own libjpeg, and versions may round differently.
    assert distance(by_opencv, by_pillow) < 1.0


@pytest.mark.parametrize(("min_side", "side"), [(None, 512), (512, 512), (257, 512), (256, 256), (100, 128), (64, 64)])
def test_reduced_decoding(min_side: int | None, side: int, astronaut: np.ndarray) -> None:
    data = encoded(astronaut, "JPEG", quality=95)
    reduced = read_picture(data, min_side=min_side)
    assert reduced.shape == (side, side, 3)
    factor = 512 // side
    blocks = astronaut.reshape(side, factor, side, factor, 3).mean((1, 3))
    assert distance(reduced, blocks) < 4.0


def test_alpha_lies_over_white() -> None:
    clear = np.zeros((8, 8, 4), np.uint8)
    clear[:, 4:] = (200, 0, 0, 255)
    clear[0, 0] = (0, 0, 0, 128)
    pixels = read_picture(encoded(clear, "PNG"))
    assert (pixels[1:, :4] == 255).all()
    assert (pixels[:, 4:] == (200, 0, 0)).all()
    assert abs(int(pixels[0, 0, 0]) - 127) <= 1
    grey = read_picture(encoded(Image.merge("LA", [Image.new("L", (4, 4), 9), Image.new("L", (4, 4), 0)]), "PNG"))
    assert (grey == 255).all()


def test_palettes() -> None:
    image = Image.new("P", (6, 4), 1)
    image.putpalette([0, 0, 0, 10, 200, 30])
    assert (read_picture(encoded(image, "PNG")) == (10, 200, 30)).all()
    assert (read_picture(encoded(image, "PNG", transparency=1)) == 255).all()


def test_cmyk(astronaut: np.ndarray) -> None:
    data = encoded(Image.fromarray(astronaut).convert("CMYK"), "JPEG", quality=95)
    assert distance(read_picture(data), astronaut) < 4.0
    assert read_picture(data, min_side=128).shape == (128, 128, 3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit(kind: str) -> None:
    values = np.linspace(0, 65535, 48 * 32).reshape(32, 48).astype(np.uint16)
    pixels = read_picture(encoded(Image.fromarray(values), kind))
    assert (pixels == pixels[..., :1]).all()
    assert np.abs(pixels[..., 0].astype(float) - values / 257.0).max() <= 1.0


def test_floats_and_bits() -> None:
    values = np.linspace(0.0, 1.0, 64, dtype=np.float32).reshape(8, 8)
    assert np.abs(read_picture(encoded(Image.fromarray(values), "TIFF"))[..., 0] - values * 255.0).max() <= 1.0
    bits = read_picture(encoded(Image.fromarray(PICTURE).convert("1"), "PNG"))
    assert set(np.unique(bits)) == {0, 255}


def test_first_frame_of_an_animation() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((250, 0, 0), (0, 0, 250))]
    for kind, options in (("GIF", {}), ("PNG", {}), ("WEBP", {"lossless": True})):
        data = encoded(frames[0], kind, save_all=True, append_images=frames[1:], **options)
        assert distance(read_picture(data), np.array(frames[0])) < 2.0


def test_bytes_after_the_end_do_no_harm(astronaut: np.ndarray) -> None:
    data = encoded(astronaut, "JPEG")
    np.testing.assert_array_equal(read_picture(data + b"trailer" * 100), read_picture(data))


@pytest.mark.parametrize("decoder", ["opencv", "pillow"])
@pytest.mark.parametrize("end", [b"", b"\xff\xd9", b"\0" * 500, b"\0" * 500 + b"\xff\xd9"])
def test_cut_short(end: bytes, decoder: str, astronaut: np.ndarray, request: pytest.FixtureRequest) -> None:
    if decoder == "pillow":
        request.getfixturevalue("no_opencv")
    data = encoded(astronaut, "JPEG")
    for min_side in (None, 64):
        with pytest.raises(UnreadableError, match="image: cannot be decoded"):
            read_picture(data[: len(data) // 2] + end, min_side=min_side)


def test_cut_progressive(astronaut: np.ndarray) -> None:
    data = encoded(astronaut, "JPEG", progressive=True)
    with pytest.raises(UnreadableError, match="image: cannot be decoded"):
        read_picture(data[: len(data) // 2])


@pytest.mark.parametrize("part", [3, 4, 5, 7])
def test_the_middle_is_missing(part: int, astronaut: np.ndarray) -> None:
    data = encoded(astronaut, "JPEG")
    with pytest.raises(UnreadableError, match="part of it is missing"):
        read_picture(data[: len(data) // part] + data[-(len(data) // part) :])


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (128, 128, 128), (90, 160, 30)])
@pytest.mark.parametrize("options", [{}, {"optimize": True}, {"progressive": True}, {"subsampling": 0}])
def test_flat_pictures_are_whole(colour: tuple[int, int, int], options: dict[str, object]) -> None:
    flat = np.full((70, 90, 3), colour, np.uint8)
    for min_side in (None, 8):
        assert distance(read_picture(encoded(flat, "JPEG", **options), min_side=min_side)[:8, :8], flat[:8, :8]) < 3


def test_cut_png(astronaut: np.ndarray) -> None:
    data = encoded(astronaut, "PNG")
    with pytest.raises(UnreadableError, match="cannot be decoded"):
        read_picture(data[: len(data) // 2])


def test_not_pictures(tmp_path: Path) -> None:
    empty, text = tmp_path / "empty.jpg", tmp_path / "text.jpg"
    empty.touch()
    text.write_text("not an image at all\n" * 40)
    with pytest.raises(UnreadableError, match=r"empty\.jpg: empty file"):
        read_picture(empty)
    with pytest.raises(UnreadableError, match=r"text\.jpg: not an image"):
        read_picture(text)
    with pytest.raises(UnreadableError, match="no such file"):
        read_picture(tmp_path / "missing.jpg")
    with pytest.raises(UnreadableError, match="not a file"):
        read_picture(tmp_path)
    with pytest.raises(UnreadableError, match="null"):
        read_picture("a\0b.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with pytest.raises(UnreadableError, match="not a file"):
        read_picture(tmp_path / "pipe.jpg")


def test_no_program_is_started_for_postscript() -> None:
    with pytest.raises(UnreadableError, match="kind EPS"):
        read_picture(encoded(PICTURE, "EPS"))


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises more than its data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("side", [10_001, 20_000, 60_000])
def test_bombs_are_refused_from_the_header(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(self: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoded)
    with pytest.raises(UnreadableError, match=r"more .*than the limit of 100,000,000"):
        read_picture(bomb(side, side))


def test_the_limit_of_pixels_is_the_callers() -> None:
    data = encoded(PICTURE, "JPEG")
    assert read_picture(data, max_pixels=96 * 64).shape == PICTURE.shape
    with pytest.raises(UnreadableError, match="96 x 64 pixels is more than the limit of 6,143"):
        read_picture(data, max_pixels=96 * 64 - 1)


def test_mutations_give_a_picture_or_one_line(astronaut: np.ndarray) -> None:
    small = Image.fromarray(astronaut).resize((64, 64))
    rng = np.random.default_rng(0)
    lines = []
    for kind in ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"):
        data = np.frombuffer(encoded(small, kind), np.uint8)
        for _ in range(60):
            changed = data.copy()
            places = rng.integers(0, len(data), rng.integers(1, 20))
            changed[places] = rng.integers(0, 256, len(places))
            try:
                pixels = read_picture(
                    changed[: rng.integers(len(data) // 2, len(data) + 1)].tobytes(), max_pixels=10**6
                )
            except UnreadableError as error:
                lines.append(str(error))
            else:
                assert pixels.ndim == 3
                assert pixels.shape[2] == 3
                assert pixels.dtype == np.uint8
    assert len(lines) > 100
    assert not any("\n" in line for line in lines)


def test_a_page_s_size_is_the_header_s_upright() -> None:
    exif, data = Image.Exif(), io.BytesIO()
    exif[274] = 6
    Image.new("RGB", (803, 405)).save(data, "JPEG", exif=exif)
    sizes = [next(read_pages(data.getvalue(), lambda width, height, by=by: by)).size for by in (1, 2, 4, 8)]
    assert sizes == [(405, 803)] * 4
