"""What is told of a source before it is decoded: its bytes, its kind, the pixels that its header promises."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.images import undecoded
from gender_classifier.images.undecoded import bytes_of, pixels_declared


def test_a_file_is_read_whole_or_said_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"12345")
    assert bytes_of(path) == bytes_of(str(path)) == b"12345"
    with pytest.raises(UnreadableError, match=r"b\.jpg: no such file or directory"):
        bytes_of(tmp_path / "b.jpg")
    with pytest.raises(UnreadableError, match="not a file"):
        bytes_of(tmp_path)
    monkeypatch.setattr(undecoded, "MAX_BYTES", 4)
    with pytest.raises(UnreadableError, match="5 bytes is more than the limit of 4"):
        bytes_of(path)


def test_an_address_is_not_fetched_and_the_line_says_so() -> None:
    for source in ("https://example.org/a.jpg", "s3://bucket/a.jpg"):
        with pytest.raises(UnreadableError, match=f"^{source}: is an address, and nothing is fetched; download it"):
            bytes_of(source)


def test_declared_pixels_are_told_without_decoding() -> None:
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((7, 5, 3), np.uint8)).save(buffer, "PNG")
    assert pixels_declared(buffer.getvalue()[:60]) == 35  # the rest is not looked at
    assert pixels_declared(b"P6\n50000 50000\n255\n") == math.inf
    icon = io.BytesIO()
    Image.fromarray(np.zeros((32, 32, 3), np.uint8)).save(icon, "ICO")
    for broken, said in (
        (b"", "empty"),
        (b"nothing", "not an image"),
        (icon.getvalue(), "kind ICO"),
    ):
        with pytest.raises(UnreadableError, match=said):
            pixels_declared(broken)
