"""More than 8 bits a value: what is white, in every mode and file, whole and in strips."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gender_classifier.images import depth, pixels
from gender_classifier.images.read import from_pil, read_picture

GREY = np.add.outer(np.arange(40), 2 * np.arange(64)).astype(np.uint8) + 50  # 50 to 215
COLOUR = np.stack([GREY, GREY[::-1], GREY[:, ::-1]], -1)


def saved(values: Any, kind: str, **options: Any) -> bytes:
    data = io.BytesIO()
    Image.fromarray(values).save(data, kind, **options)
    return data.getvalue()


def png(values: Any, colour: int, chunks: bytes = b"") -> bytes:
    """A PNG of 16 bits: uint16 (H, W) or (H, W, channels), colour type as in the standard."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour, 0, 0, 0)
    parts = chunk(b"IHDR", header) + (chunk(b"sBIT", chunks) if chunks else b"")
    return b"\x89PNG\r\n\x1a\n" + parts + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(values: Any, **options: Any) -> bytes:
    tifffile = pytest.importorskip("tifffile")
    data = io.BytesIO()
    tifffile.imwrite(data, values, **options)
    return bytes(data.getvalue())


def near(found: Any, expected: Any, most: float = 1.0) -> None:
    assert found.shape == (*expected.shape[:2], 3)
    expected = expected if expected.ndim == 3 else expected[..., None]
    assert np.abs(found.astype(float) - expected).max() <= most


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("kind", ["u16 tif", "i32 tif", "png", "jp2", "pil u16", "pil i32"])
def test_grey_of_so_many_bits(bits: int, kind: str) -> None:
    end = 2**bits - 1
    values = np.round(GREY * (end / 255.0)).astype(np.int64)
    values[0, 0] = end
    shown = GREY.copy()
    shown[0, 0] = 255
    container = values.astype(np.int32 if "i32" in kind else np.uint16)
    if kind.startswith("pil"):
        found = from_pil(Image.fromarray(container))
    else:
        found = read_picture(saved(container, {"png": "PNG", "jp2": "JPEG2000"}.get(kind, "TIFF")))
    near(found, shown)
    if bits == 8:
        np.testing.assert_array_equal(found[..., 0], shown)


def test_eight_bits_that_do_not_reach_white_are_as_they_are() -> None:
    for data in (saved(GREY.astype(np.uint16), "TIFF"), saved(GREY.astype(np.int32), "TIFF")):
        np.testing.assert_array_equal(read_picture(data), np.repeat(GREY[..., None], 3, 2))


@pytest.mark.parametrize("large", [False, True])
def test_sixteen_bits_are_as_they_were(large: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if large:  # converted in strips
        monkeypatch.setattr(pixels, "_STRIP", 300)
    values = np.random.default_rng(0).integers(0, 65536, (40, 64), dtype=np.uint16)
    expected = np.repeat((values.astype(np.float64) * (255.0 / 65535.0)).astype(np.uint8)[..., None], 3, 2)
    for data in (saved(values, "TIFF"), saved(values, "PNG"), saved(values.astype(np.int32), "TIFF"), png(values, 0)):
        np.testing.assert_array_equal(read_picture(data), expected)
    colours = np.random.default_rng(1).integers(0, 65536, (40, 64, 3), dtype=np.uint16)
    for data in (png(colours, 2), tiff(colours, photometric="rgb")):
        np.testing.assert_array_equal(read_picture(data), colours >> 8)


def test_the_largest_value_may_stand_in_any_strip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "_STRIP", 300)
    values = GREY.astype(np.uint16)
    values[-1, -1] = 4000
    assert read_picture(saved(values, "TIFF"))[:-1].max() < 16


@pytest.mark.parametrize(("declared", "white"), [(1000, 1000), (65535, 255), (100, 255)])
def test_a_tiff_says_what_is_white(declared: int, white: int) -> None:
    """Where values are above it, or it is that of the container, their own range counts."""
    data = saved(GREY.astype(np.uint16), "TIFF", tiffinfo={281: declared})
    near(read_picture(data), GREY * (255.0 / white))
    near(from_pil(Image.open(io.BytesIO(data))), GREY * (255.0 / white))


@pytest.mark.parametrize(("bits", "scale", "white"), [(12, 1, 4095), (12, 257, 65535), (8, 1, 255), (16, 1, 255)])
def test_a_png_says_how_many_bits_count(bits: int, scale: int, white: int) -> None:
    values = GREY.astype(np.uint16) * scale
    near(read_picture(png(values, 0, bytes([bits]))), values * (255.0 / white))
    assert depth.declared_by(Image.open(io.BytesIO(png(values, 0))), png(values, 0)) is None


@pytest.mark.parametrize("bits", [8, 10, 12, 14])
@pytest.mark.parametrize("kind", ["png", "tif", "big endian", "deflate", "page"])
def test_colours_of_so_many_bits(bits: int, kind: str) -> None:
    end = 2**bits - 1
    values = np.round(COLOUR * (end / 255.0)).astype(np.uint16)
    values[0, 0] = end
    shown = COLOUR.copy()
    shown[0, 0] = 255
    options: dict[str, Any] = {
        "tif": {},
        "big endian": {"byteorder": ">"},
        "deflate": {"compression": "zlib"},
    }
    if kind == "png":
        near(read_picture(png(values, 2)), shown)
    elif kind == "page":
        data = tiff(np.stack([values * 0, values]), photometric="rgb")
        image = Image.open(io.BytesIO(data))
        image.seek(1)
        image.load()
        found = depth.rescued(data, image, 1)
        assert found is not None
        near(found, shown)
    else:
        near(read_picture(tiff(values, photometric="rgb", **options[kind])), shown)


@pytest.mark.parametrize("opaque", [255, 65535])
def test_colours_of_few_bits_over_white(opaque: int) -> None:
    alpha = np.full((40, 64, 1), opaque)
    alpha[:, :20] = 0
    alpha[:, 20:30] = opaque // 2
    values = np.concatenate([COLOUR, alpha], -1).astype(np.uint16)
    share = alpha / opaque
    for data in (png(values, 6), tiff(values, photometric="rgb", extrasamples=["unassalpha"])):
        near(read_picture(data), COLOUR * share + 255 * (1 - share))
    grey = np.concatenate([GREY[..., None], alpha], -1).astype(np.uint16)
    near(read_picture(png(grey, 4)), GREY[..., None] * share + 255 * (1 - share))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("end", [1.0, 255.0, 65535.0])
@pytest.mark.parametrize("colour", [False, True])
def test_tiffs_of_floats(colour: bool, end: float, dtype: Any) -> None:
    values = (COLOUR if colour else GREY) * (end / 255.0)
    values[0, 0], values[1, 1] = end, np.nan
    shown = (COLOUR if colour else GREY).copy()
    shown[0, 0], shown[1, 1] = 255, 0
    near(read_picture(tiff(values.astype(dtype), photometric="rgb" if colour else "minisblack")), shown)


def test_planes_are_never_mixed_up() -> None:
    planes = (COLOUR.astype(np.uint16) * 257).transpose(2, 0, 1)
    for values, reason in ((planes, "colours of 16 bits stored in planes"), (planes / 65535.0, "not an image")):
        with pytest.raises(Exception, match=reason):
            read_picture(tiff(values, photometric="rgb", planarconfig="separate"))
    eight = tiff((planes // 257).astype(np.uint8), photometric="rgb", planarconfig="separate")
    np.testing.assert_array_equal(read_picture(eight), COLOUR)


def test_a_tiff_of_floats_is_refused_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    data = tiff(COLOUR / 255.0, photometric="rgb")
    with pytest.raises(Exception, match="64 x 40 pixels is more than the limit of 100"):
        read_picture(data, max_pixels=100)
    for cut in range(8, len(data) - 1, 97):
        with pytest.raises(Exception, match=r"^image: [^\n]*$"):
            read_picture(data[:cut])


def test_integers_of_32_bits() -> None:
    values = GREY.astype(np.uint32) * (2**24 + 65536)
    near(read_picture(tiff(values)), GREY * (255.0 / GREY.max()))
    near(read_picture(tiff((values // 4).astype(np.int32))), GREY * (255.0 / GREY.max()))


def test_where_zero_is_white() -> None:
    for values in (GREY.astype(np.uint16), GREY.astype(np.uint16) * 257):
        near(read_picture(tiff(values, photometric="miniswhite")), 255 - GREY)


@given(st.floats(0, 1e9), st.none() | st.floats(0, 1e9), st.booleans())
def test_no_value_is_above_white(most: float, declared: float | None, floats: bool) -> None:
    white = depth.white_of(most, declared, floats)
    assert white >= most
    assert white > 0
    assert depth.grey_of(np.array([0.0, most, np.nan, np.inf, -np.inf]), white).tolist()[0::2] == [0, 0, 0]


def test_opencv_says_nothing_of_what_it_cannot_read(capfd: pytest.CaptureFixture[str]) -> None:
    for dtype in (np.uint32, np.uint64, np.float16, np.complex64):
        with pytest.raises(Exception, match=r"not an image|cannot be decoded"):
            read_picture(tiff(COLOUR.astype(dtype), photometric="rgb"))
    assert capfd.readouterr().err == ""
