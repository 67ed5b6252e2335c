"""Safe reading: any image file becomes upright RGB pixels, or one clear line why not.

Training, evaluation and prediction all read here, so that they see the same pixels.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.images import depth, pages, pixels
from gender_classifier.images.decode import (
    check_size,
    decode_first,
    decode_other,
    decode_tiff,
    in_a_line,
    one_line,
    open_image,
)
from gender_classifier.images.types import Picture
from gender_classifier.images.undecoded import bytes_of

MAX_PIXELS = 100_000_000

# Pillow warns of large images and of odd metadata; the limit here is our own. Once for all, for
# `warnings.catch_warnings` around each image would not be safe with several threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


def read_picture(
    source: str | os.PathLike[str] | bytes, *, min_side: int | None = None, max_pixels: int = MAX_PIXELS
) -> Picture:
    """Read the pixels of an image file.

    EXIF orientation is applied; alpha lies over white; palette, grey, CMYK and 16-bit
    images are converted; of an animation the first frame is taken.

    Args:
        source: a path, or the file's bytes.
        min_side: a JPEG may be decoded at 1/2, 1/4 or 1/8 while its short side stays at least this, pixels.
        max_pixels: larger images are refused from their header, before anything is decoded.

    Returns:
        uint8 (H, W, 3), RGB, upright.

    Raises:
        UnreadableError: missing, empty, cut short, too large or not an image: one line with path and reason.
    """

    def reduction(width: int, height: int) -> int:
        return 1 if min_side is None else largest_reduction(min(width, height), min_side)

    return read_reduced(source, reduction, max_pixels=max_pixels)[0]


def largest_reduction(side: float, least: float) -> int:
    """Give by how much a side may become shorter while enough of it is left.

    Args:
        side: its length, pixels.
        least: pixels that must be left.

    Returns:
        1, 2, 4 or 8; 1 also where the side is shorter than `least`.
    """
    return next((factor for factor in (8, 4, 2) if side / factor >= least), 1)


def read_reduced(
    source: str | os.PathLike[str] | bytes, reduction: Callable[[int, int], int], *, max_pixels: int = MAX_PIXELS
) -> tuple[Picture, int]:
    """Read an image as `read_picture` does, reduced.

    Args:
        source: a path, or the file's bytes.
        reduction: from width and height, pixels, to the reduction that is allowed: 1, 2, 4 or 8.
        max_pixels: larger images are refused before anything is decoded.

    Returns:
        Pixels, uint8 (H, W, 3), RGB, upright, and by how much they are reduced; always 1 but for a JPEG.

    Raises:
        UnreadableError: as for `read_picture`.
    """
    page = next(read_pages(source, reduction, max_pixels=max_pixels))
    assert isinstance(page, Page)  # a broken first page is an error
    return page.picture, page.reduction


@dataclass(frozen=True, eq=False)
class Page:
    """A page or frame of a file.

    Example:
        >>> import io
        >>> file = io.BytesIO()
        >>> Image.new("RGB", (4, 2)).save(file, "TIFF", save_all=True, append_images=[Image.new("RGB", (6, 3))])
        >>> [(page.number, page.picture.shape) for page in read_pages(file.getvalue(), lambda width, height: 1, most=9)]
        [(1, (2, 4, 3)), (2, (3, 6, 3))]

    Attributes:
        picture: uint8 (H, W, 3), RGB, upright.
        reduction: by how much it is reduced; 1 but for a JPEG.
        number: which page, from 1.
        pages: how many the file has.
        header: width and height of the upright page by the file's header, pixels; None where it is not reduced.
    """

    picture: Picture
    reduction: int = 1
    number: int = 1
    pages: int = 1
    header: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the upright page before it was reduced, pixels."""
        return self.header or (self.picture.shape[1], self.picture.shape[0])


@dataclass(frozen=True)
class BrokenPage:
    """A page that cannot be read, of a file whose first page can.

    Example:
        >>> broken = BrokenPage(UnreadableError("scan.tif: not an image"), number=2, pages=3)
        >>> f"page {broken.number} of {broken.pages}: {broken.fault}"
        'page 2 of 3: scan.tif: not an image'

    Attributes:
        fault: says why.
        number: which page, from 1.
        pages: how many the file has.
    """

    fault: UnreadableError
    number: int
    pages: int


def read_pages(
    source: str | os.PathLike[str] | bytes,
    reduction: Callable[[int, int], int],
    *,
    most: int = 1,
    max_pixels: int = MAX_PIXELS,
) -> Iterator[Page | BrokenPage]:
    """Read the pages of a file one by one; one is in memory at a time.

    Args:
        source: a path, or the file's bytes.
        reduction: as for `read_reduced`; of the first page, the others are never reduced.
        most: pages that are read at most.
        max_pixels: pages with more are refused before they are decoded.

    Yields:
        A `Page`, the one that the file opens with first; of a later page that cannot be read a `BrokenPage`, which is
        the last one where pages build on one another, as frames of an animation do.

    Raises:
        UnreadableError: the first page cannot be read: one line with path and reason.
    """
    name = "image" if isinstance(source, bytes) else os.fspath(source)
    data = source if isinstance(source, bytes) else bytes_of(source)
    if not data:
        raise UnreadableError(f"{name}: empty file")
    with in_a_line(name, max_pixels):
        image = open_image(data, name)
        alone = decode_tiff(data, name, max_pixels) if image is None else None
    if image is None or alone is not None:
        yield Page(np.asarray(alone))
        return
    with image:
        width, height = image.size  # decoding it reduced may change what it says
        with in_a_line(name, max_pixels):
            picture, reduced = decode_first(data, image, name, reduction, max_pixels)
            header = (width, height) if reduced > 1 else None
            if header is not None and pixels.swaps_sides(pixels.orientation(image)):
                header = header[::-1]
            places = pages.places_of(image)
        yield Page(picture, reduced, places[0] + 1, len(places), header)
        del picture  # before the next is decoded
        for place in places[1:most]:
            found = _further(data, image, name, place, len(places), max_pixels)
            yield found
            if isinstance(found, BrokenPage) and image.format not in pages.EACH_BY_ITSELF:
                return
            del found


def _further(data: bytes, image: Image.Image, name: str, place: int, count: int, max_pixels: int) -> Page | BrokenPage:
    try:
        with in_a_line(name, max_pixels):
            image.seek(place)
            check_size(image, name, max_pixels)
            if fault := depth.fault(image):
                raise UnreadableError(f"{name}: cannot be decoded ({fault})")
            picture = pixels.turn(decode_other(data, image, place), pixels.orientation(image))
    except UnreadableError as error:
        return BrokenPage(error, place + 1, count)
    return Page(picture, 1, place + 1, count)


def from_pil(image: Image.Image) -> Picture:
    """Give the pixels of an opened image, converted as `read_picture` does.

    Args:
        image: Pillow's, of any mode; of several pages the one that it stands on.

    Returns:
        uint8 (H, W, 3), RGB, upright.

    Raises:
        UnreadableError: its file is broken.
    """
    try:
        return pixels.turn(pixels.to_rgb(image), pixels.orientation(image))
    except Exception as error:
        raise UnreadableError(f"image: cannot be decoded ({one_line(error)})") from None
