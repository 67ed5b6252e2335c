"""Films are told from images, and a reader of images says what takes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from gender_classifier.errors import UnreadableError
from gender_classifier.images.films import HEAD, is_film
from gender_classifier.images.heif import AVIF_BRANDS, HEIF_BRANDS
from gender_classifier.images.read import read_picture

from ..video.films import shaded, write_film


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.ts", "a.avi", "a.flv"])
def test_films(name: str, tmp_path: Path) -> None:
    codec = "flv1" if name.endswith(".flv") else "libx264"
    path = write_film(tmp_path / name, shaded(160, 96, 25), codec=codec)
    assert is_film(path.read_bytes()[:HEAD])
    with pytest.raises(UnreadableError, match="`gender-classifier video` takes films"):
        read_picture(path)


def test_images_and_text_are_none() -> None:
    for head in (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n", b"RIFF\0\0\0\0WEBP", b"\0\0\0\x20ftypheic", b"G" + b"x" * 300):
        assert not is_film(head[:HEAD])
    assert not is_film(b"")


def test_every_brand_of_heif_is_an_image() -> None:
    for brand in HEIF_BRANDS | AVIF_BRANDS | {b"jxl ", b"crx "}:
        assert not is_film(b"\0\0\0\x20ftyp" + brand + b"\0" * 20)
    assert {b"hevx", b"hevm", b"hevs"} <= HEIF_BRANDS
    assert is_film(b"\0\0\0\x20ftypisom")
