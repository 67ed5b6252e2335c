"""What is particular to JPEG: its end mark, its scans, frames that few bytes cannot fill, and the fast decoder."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from gender_classifier.images.jpeg import decode, fault, made_up, whole


def written(width: int = 64, height: int = 48, **options: object) -> bytes:
    """A smooth image of many colours."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    buffer = io.BytesIO()
    Image.fromarray(np.stack([x, y, 255 - x], -1).astype(np.uint8)).save(buffer, "JPEG", quality=92, **options)
    return buffer.getvalue()


DATA = written()


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_a_whole_file_has_no_fault(options: dict[str, object]) -> None:
    data = written(**options)
    assert whole(data)
    assert fault(data, 64, 48) is None
    picture = decode(data, 1)
    assert picture is not None
    assert not made_up(data, picture, 1)


def test_few_bytes_do_not_fill_a_large_frame() -> None:
    assert fault(DATA, 40_000, 40_000) == f"40000 x 40000 pixels in {len(DATA):,} bytes: part of it is missing"


def test_more_scans_than_are_read() -> None:
    scan = b"\xff\xda\x00\x02"
    assert fault(b"\xff\xd8" + scan * 101 + bytes(100), 8, 8) == "101 scans, where up to 100 are read"
    assert fault(b"\xff\xd8" + scan * 100 + b"\xff\xd9", 8, 8) is None
    assert fault(DATA + scan * 200, 64, 48) is None  # a video behind the image


def test_zeros_in_place_of_the_end() -> None:
    cut = DATA[: len(DATA) // 2]
    assert not whole(cut)
    assert fault(cut + bytes(500), 64, 48) == "part of it is missing"
    assert fault(DATA + bytes(500), 64, 48) is None


def test_a_middle_that_is_missing_is_made_up() -> None:
    broken = DATA[: len(DATA) * 2 // 3] + DATA[-2:]
    picture = decode(broken, 1)
    assert picture is not None
    assert made_up(broken, picture, 1)


@pytest.mark.parametrize("reduction", [1, 2, 4, 8])
def test_reduced_while_decoding(reduction: int) -> None:
    picture = decode(DATA, reduction)
    assert picture is not None
    assert picture.shape == (48 // reduction, 64 // reduction, 3)
    assert picture[0, -1, 0] > 200 > 60 > picture[0, 0, 0]  # red from left to right: RGB, not BGR


def test_what_opencv_cannot_decode() -> None:
    assert decode(b"no image", 1) is None
    assert decode(b"", 1) is None
