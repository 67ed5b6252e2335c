"""Opening and decoding one page: kinds that are read, sizes that are refused, and what decoders raise in one line."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from gender_classifier.errors import UnreadableError
from gender_classifier.images.decode import (
    check_size,
    decode_first,
    decode_tiff,
    in_a_line,
    one_line,
    open_image,
)


def file_of(kind: str) -> bytes:
    """A grey image of 40 x 24 pixels as a file."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 24), (120, 120, 120)).save(buffer, kind)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    image = open_image(data, "a")
    assert image is not None
    return image


@pytest.mark.parametrize(("kind", "reduction", "expected"), [("JPEG", 4, 4), ("JPEG", 1, 1), ("PNG", 4, 1)])
def test_a_jpeg_alone_is_reduced(kind: str, reduction: int, expected: int) -> None:
    asked = []

    def wanted(width: int, height: int) -> int:
        asked.append((width, height))
        return reduction

    data = file_of(kind)
    picture, reduced = decode_first(data, opened(data), "a", wanted, 10**6)
    assert (reduced, picture.shape) == (expected, (24 // expected, 40 // expected, 3))
    assert np.abs(picture.astype(int) - 120).max() <= 2
    assert asked == ([(40, 24)] if kind == "JPEG" else [])


def test_a_kind_that_is_not_read_is_named() -> None:
    data = file_of("ICO")
    with pytest.raises(UnreadableError, match=r"a\.ico: an image of the kind ICO, which is not read"):
        decode_first(data, opened(data), "a.ico", lambda width, height: 1, 10**6)


def test_more_pixels_than_the_limit_are_refused() -> None:
    image = Image.new("1", (10, 20))
    check_size(image, "a", 200)
    with pytest.raises(UnreadableError, match=r"^a: 10 x 20 pixels is more than the limit of 199$"):
        check_size(image, "a", 199)


def test_what_is_no_image() -> None:
    with pytest.raises(UnidentifiedImageError):
        open_image(b"nothing", "a")
    with pytest.raises(UnreadableError, match=r"^a: not an image$"):
        decode_tiff(b"nothing", "a", 10**6)


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (UnidentifiedImageError("cannot identify"), "a: not an image"),
        (UnreadableError("a: empty file"), "a: empty file"),
        (Image.DecompressionBombError("too large"), "a: more pixels than the limit of 1,000"),
        (MemoryError(), "a: too large for this machine's memory"),
        (OSError("broken\n  data"), "a: cannot be decoded (broken data)"),
        (ValueError(), "a: cannot be decoded (ValueError)"),
    ],
)
def test_whatever_a_decoder_raises_is_one_line(raised: Exception, said: str) -> None:
    with pytest.raises(UnreadableError) as caught, in_a_line("a", 1000):
        raise raised
    assert str(caught.value) == said


def test_a_decoder_that_says_much_is_cut() -> None:
    assert len(one_line(ValueError("x" * 999))) == 200
