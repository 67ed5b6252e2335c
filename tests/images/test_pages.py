"""Files of several images: every page in every format, what is no page, and what is broken or too many."""

from __future__ import annotations

import gc
import io
import weakref
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.images import read
from gender_classifier.images.pages import more_pages, places_of
from gender_classifier.images.read import (
    BrokenPage,
    Page,
    read_pages,
    read_picture,
)

KINDS = ("TIFF", "GIF", "PNG", "WEBP", "MPO", "AVIF", "HEIF")


def page(number: int, size: tuple[int, int] = (64, 48)) -> Image.Image:
    return Image.new("RGB", size, (8 * number, 250 - 8 * number, 90))


def file_of(kind: str, count: int = 3, **options: Any) -> bytes:
    if kind == "HEIF":
        pytest.importorskip("pillow_heif").register_heif_opener()
    data = io.BytesIO()
    first, *others = (page(number) for number in range(count))
    first.save(data, kind, save_all=True, append_images=others, **options)
    return data.getvalue()


def whole(width: int, height: int) -> int:
    return 1


def numbers(data: bytes, most: int = 100) -> list[int]:
    return [found.number for found in read_pages(data, whole, most=most)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_in_its_order(kind: str) -> None:
    data = file_of(kind)
    found = list(read_pages(data, whole, most=100))
    assert [(one.number, one.pages) for one in found] == [(1, 3), (2, 3), (3, 3)]
    for number, one in enumerate(found):
        assert isinstance(one, Page)
        assert one.picture.shape == (48, 64, 3)
        assert np.abs(one.picture.astype(int) - np.asarray(page(number))).max() <= 12
    np.testing.assert_array_equal(found[0].picture, read_picture(data))  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", KINDS)
def test_no_more_than_asked_for(kind: str) -> None:
    for most in (1, 2):
        found = list(read_pages(file_of(kind), whole, most=most))
        assert [(one.number, one.pages) for one in found] == [(number, 3) for number in range(1, most + 1)]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "PPM", "JPEG2000", "GIF", "WEBP"])
def test_one_image_is_one_page(kind: str) -> None:
    data = io.BytesIO()
    page(1).save(data, kind)
    assert [(one.number, one.pages) for one in read_pages(data.getvalue(), whole, most=9)] == [(1, 1)]


def test_pages_of_a_tiff_may_differ() -> None:
    data = io.BytesIO()
    sizes = [(64, 48), (30, 90), (200, 10)]
    deep = Image.fromarray(np.full((20, 20), 100, np.uint16))
    first, *others = [*(page(number, size) for number, size in enumerate(sizes)), deep, page(1).convert("1")]
    first.save(data, "TIFF", save_all=True, append_images=others)
    found = list(read_pages(data.getvalue(), whole, most=9))
    assert all(isinstance(one, Page) for one in found)
    shapes = [one.picture.shape for one in found]  # type: ignore[union-attr]
    assert shapes == [(48, 64, 3), (90, 30, 3), (10, 200, 3), (20, 20, 3), (48, 64, 3)]
    assert found[3].picture[0, 0].tolist() == [100] * 3  # type: ignore[union-attr]


def test_large_pages_are_refused_and_others_read() -> None:
    data = io.BytesIO()
    page(0).save(data, "TIFF", save_all=True, append_images=[page(1, (400, 400)), page(2)])
    first, second, third = read_pages(data.getvalue(), whole, most=9, max_pixels=10_000)
    assert isinstance(second, BrokenPage)
    assert "400 x 400 pixels is more than the limit" in str(second.fault)
    assert isinstance(first, Page)
    assert isinstance(third, Page)


def test_thumbnails_and_masks_in_a_tiff_are_no_pages() -> None:
    tifffile = pytest.importorskip("tifffile")
    data = io.BytesIO()
    with tifffile.TiffWriter(data) as writer:
        for kind in (0, 1, 0, 4, 2):  # page, thumbnail, page, mask, page of a document
            values = np.ones((20, 20), bool) if kind == 4 else np.full((20, 20), 50, np.uint8)
            writer.write(values, photometric="minisblack", subfiletype=kind)
    assert numbers(data.getvalue()) == [1, 3, 5]
    assert {one.pages for one in read_pages(data.getvalue(), whole)} == {3}


def test_a_page_of_an_unknown_kind_hides_no_other() -> None:
    tifffile = pytest.importorskip("tifffile")
    data = io.BytesIO()
    with tifffile.TiffWriter(data) as writer:
        for dtype in (np.uint8, np.float64, np.uint8):
            writer.write(np.full((20, 20), 50, dtype), photometric="minisblack")
    kinds = [type(one) for one in read_pages(data.getvalue(), whole, most=9)]
    assert kinds == [Page, BrokenPage, Page]


@pytest.mark.parametrize("mark", [b"http://ns.adobe.com/xap/1.0/\0 hdrgm:Version=", b"urn:iso:std:iso:ts:21496:-1\0"])
def test_a_gain_map_behind_a_photo_is_no_page(mark: bytes) -> None:
    data = io.BytesIO()
    gain = page(1)
    gain.encoderinfo = {"extra": b"\xff\xe2" + (len(mark) + 2).to_bytes(2, "big") + mark}  # type: ignore[attr-defined]
    page(0).save(data, "MPO", save_all=True, append_images=[gain, page(2)])
    assert mark in data.getvalue()
    assert numbers(data.getvalue()) == [1, 3]
    assert next(read_pages(data.getvalue(), whole)).pages == 2


def test_a_later_page_that_is_broken() -> None:
    data = bytearray(file_of("TIFF", compression="jpeg"))
    with Image.open(io.BytesIO(bytes(data))) as image:
        image.seek(1)
        (start,), (size,) = image.tag_v2[273], image.tag_v2[279]  # type: ignore[attr-defined]
    data[start : start + size] = bytes(size)
    kinds = [type(one) for one in read_pages(bytes(data), whole, most=9)]
    assert kinds == [Page, BrokenPage, Page]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_gives_pages_or_a_line(kind: str) -> None:
    data, said = file_of(kind), []
    for cut in range(1, len(data), max(1, len(data) // 40)):
        try:
            for one in read_pages(data[:cut], whole, most=9):
                assert isinstance(one, Page) or "\n" not in str(one.fault)
        except UnreadableError as error:
            said.append(str(error))
    assert said
    assert all(line.startswith("image: ") and "\n" not in line for line in said)


@pytest.mark.parametrize("kind", ["TIFF", "GIF"])
def test_one_page_is_in_memory_at_a_time(kind: str) -> None:
    alive: list[weakref.ref[Any]] = []
    most = 0
    gc.freeze()  # what other tests left behind is not looked through thirty times
    for one in read_pages(file_of(kind, 30), whole, most=100):
        assert isinstance(one, Page)
        alive.append(weakref.ref(one.picture))
        del one
        gc.collect()
        most = max(most, sum(ref() is not None for ref in alive))
    gc.unfreeze()
    assert len(alive) == 30
    assert most <= 1


def test_an_opened_image_stays_where_it_stood() -> None:
    with Image.open(io.BytesIO(file_of("TIFF"))) as image:
        image.seek(2)
        assert places_of(image) == [2, 0, 1]
        assert image.tell() == 2
    assert places_of(page(1)) == [0]


def test_many_pages_are_counted_and_some_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gender_classifier.images.pages.MOST_PAGES", 5)
    data = file_of("TIFF", 40)
    assert numbers(data, 5) == [1, 2, 3, 4, 5]
    assert next(read_pages(data, whole)).pages == 40


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, ""), (1, "1 more page, --pages looks at it"), (2000, "2,000 more pages, --pages looks at them")],
)
def test_what_a_row_says(count: int, said: str) -> None:
    assert more_pages(count) == said


def test_reductions_are_of_a_jpeg_s_first_page(monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(read.read_pages(file_of("MPO", 2), lambda width, height: 2, most=2))
    assert [(one.reduction, one.picture.shape) for one in found if isinstance(one, Page)] == [
        (2, (24, 32, 3)),
        (1, (48, 64, 3)),
    ]
