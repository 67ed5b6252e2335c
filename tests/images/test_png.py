"""PNG's checksums: what was written is read, and what was not is said."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gender_classifier.images.png import fault


def written() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 30, 3), np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


DATA = written()
PIXELS = DATA.index(b"IDAT") + 4


def test_a_whole_file_has_no_fault_whatever_follows_it() -> None:
    assert fault(DATA) is None
    assert fault(DATA + b"more" * 99) is None
    assert fault(b"\x89PNG\r\n\x1a\n") is None  # no pixels at all: the decoder refuses it


@given(st.integers(PIXELS, DATA.index(b"IEND") - 9), st.integers(1, 255))
def test_a_changed_byte_of_the_pixels_is_told(place: int, change: int) -> None:
    changed = bytearray(DATA)
    changed[place] ^= change
    assert fault(bytes(changed)) == "its pixels do not fit their checksum"


@pytest.mark.parametrize("left", [PIXELS, PIXELS + 100, DATA.index(b"IEND") - 5])
def test_pixels_that_end_early(left: int) -> None:
    assert fault(DATA[:left]) == "part of it is missing"


def test_zeros_in_place_of_the_end() -> None:
    half = PIXELS + 500
    assert fault(DATA[:half] + bytes(len(DATA) - half)) is not None
