"""Safe reading: any image file becomes upright RGB pixels, or one clear line why not.

Training, evaluation and prediction all read here, so that they see the same pixels.
"""

from __future__ import annotations

import io
import math
import os
import stat
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from gender_classifier.errors import UnreadableError
from gender_classifier.images import (
    depth,
    heif,
    jpeg,
    pages,
    pixels,
    png,
)
from gender_classifier.images.films import HEAD, is_film
from gender_classifier.images.types import Picture
from gender_classifier.system.files import refuse_address

MAX_PIXELS = 100_000_000
MAX_BYTES = 1_000_000_000
# Pillow knows more; some of those start other programs (EPS does) or are hardly tried.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "TIFF", "BMP", "DIB", "GIF", "PPM", "AVIF", "HEIF", "JPEG2000")
_JPEG = ("JPEG", "MPO")

# Pillow warns of large images and of odd metadata; the limit here is our own. Once for all, for
# `warnings.catch_warnings` around each image would not be safe with several threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


def read_picture(
    source: str | os.PathLike[str] | bytes, *, min_side: int | None = None, max_pixels: int = MAX_PIXELS
) -> Picture:
    """Pixels of an image file: uint8 (H, W, 3), RGB, upright.

    EXIF orientation is applied; alpha lies over white; palette, grey, CMYK and 16-bit
    images are converted; of an animation the first frame is taken.

    Args:
        source: a path, or the file's bytes.
        min_side: a JPEG may be decoded at 1/2, 1/4 or 1/8 while its short side stays at least this, pixels.
        max_pixels: larger images are refused from their header, before anything is decoded.

    Raises:
        UnreadableError: missing, empty, cut short, too large or not an image: one line with path and reason.
    """

    def reduction(width: int, height: int) -> int:
        return 1 if min_side is None else largest_reduction(min(width, height), min_side)

    return read_reduced(source, reduction, max_pixels=max_pixels)[0]


def largest_reduction(side: float, least: float) -> int:
    """By how much (1, 2, 4 or 8) what is `side` pixels may be reduced so that `least` are left."""
    return next((factor for factor in (8, 4, 2) if side / factor >= least), 1)


def read_reduced(
    source: str | os.PathLike[str] | bytes, reduction: Callable[[int, int], int], *, max_pixels: int = MAX_PIXELS
) -> tuple[Picture, int]:
    """As `read_picture`, at the reduction that `reduction` (1, 2, 4 or 8, from width and height) allows.

    Returns:
        Pixels, uint8 (H, W, 3), RGB, upright, and by how much they are reduced; always 1 but for a JPEG.
    """
    page = next(read_pages(source, reduction, max_pixels=max_pixels))
    assert isinstance(page, Page)  # a broken first page is an error
    return page.picture, page.reduction


@dataclass(frozen=True, eq=False)
class Page:
    """A page or frame of a file.

    Attributes:
        picture: uint8 (H, W, 3), RGB, upright.
        reduction: by how much it is reduced; 1 but for a JPEG.
        number: which page, from 1.
        pages: how many the file has.
    """

    picture: Picture
    reduction: int = 1
    number: int = 1
    pages: int = 1


@dataclass(frozen=True)
class BrokenPage:
    """A page that cannot be read, of a file whose first page can; `fault` says why."""

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
    """Pages of a file one by one, the page that it opens with first; one is in memory at a time.

    Args:
        source: a path, or the file's bytes.
        reduction: as for `read_reduced`; of the first page.
        most: pages that are read at most.
        max_pixels: pages with more are refused before they are decoded.

    Raises:
        UnreadableError: the first page cannot be read: one line with path and reason.
    """
    name = "image" if isinstance(source, bytes) else os.fspath(source)
    data = source if isinstance(source, bytes) else bytes_of(source)
    if not data:
        raise UnreadableError(f"{name}: empty file")
    with _in_a_line(name, max_pixels):
        image = _open(data, name)
        alone = _decode_tiff(data, name, max_pixels) if image is None else None
    if image is None or alone is not None:
        yield Page(np.asarray(alone))
        return
    with image:
        with _in_a_line(name, max_pixels):
            picture, reduced = _decode(data, image, name, reduction, max_pixels)
            places = pages.places_of(image)
        yield Page(picture, reduced, places[0] + 1, len(places))
        del picture  # before the next is decoded
        for place in places[1:most]:
            found = _further(data, image, name, place, len(places), max_pixels)
            yield found
            if isinstance(found, BrokenPage) and image.format not in pages.EACH_BY_ITSELF:
                return
            del found


def _further(data: bytes, image: Image.Image, name: str, place: int, count: int, max_pixels: int) -> Page | BrokenPage:
    try:
        with _in_a_line(name, max_pixels):
            image.seek(place)
            _check_size(image, name, max_pixels)
            if fault := depth.fault(image):
                raise UnreadableError(f"{name}: cannot be decoded ({fault})")
            picture = pixels.turn(_decode_other(data, image, place), pixels.orientation(image))
    except UnreadableError as error:
        return BrokenPage(error, place + 1, count)
    return Page(picture, 1, place + 1, count)


@contextmanager
def _in_a_line(name: str, max_pixels: int) -> Iterator[None]:
    """What decoders raise, as one line with path and reason."""
    try:
        yield
    except UnidentifiedImageError:
        raise UnreadableError(f"{name}: not an image") from None
    except UnreadableError:
        raise
    except Image.DecompressionBombError:  # Pillow's own, higher limit comes first
        raise UnreadableError(f"{name}: more pixels than the limit of {max_pixels:,}") from None
    except MemoryError:
        raise UnreadableError(f"{name}: too large for this machine's memory") from None
    except Exception as error:  # a decoder's own exceptions are many and undocumented
        raise UnreadableError(f"{name}: cannot be decoded ({_line(error)})") from None


def pixels_declared(data: bytes) -> float:
    """Give how many pixels an image has by its header; nothing is decoded.

    Args:
        data: bytes of a file.

    Returns:
        Width times height; infinity where Pillow's own limit is exceeded.

    Raises:
        UnreadableError: no image, or of a kind that is not read.
    """
    if not data:
        raise UnreadableError("image: empty file")
    try:
        image = _open(data, "image")
    except Image.DecompressionBombError:
        return math.inf
    except Exception:  # as in `_in_a_line`
        raise UnreadableError("image: not an image") from None
    if image is None:
        width, height = depth.size_of_tiff(data) or (0, 0)
        return width * height
    with image:
        if image.format not in FORMATS:
            raise UnreadableError(f"image: an image of the kind {image.format}, which is not read")
        return image.width * image.height


def bytes_of(source: str | os.PathLike[str]) -> bytes:
    """All of a file.

    Raises:
        UnreadableError: it is missing, no file, a film, a web address, or larger than `MAX_BYTES`: one line with
            path and reason.
    """
    path, name = Path(source), os.fspath(source)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # reading a pipe or a device may never end
            raise UnreadableError(f"{name}: not a file")
        with path.open("rb") as handle:
            if is_film(handle.read(HEAD)):
                raise UnreadableError(f"{name}: a film, not a picture; `gender-classifier video` takes films")
        if found.st_size > MAX_BYTES:
            raise UnreadableError(f"{name}: {found.st_size:,} bytes is more than the limit of {MAX_BYTES:,}")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a null byte
        refuse_address(name)
        reason = getattr(error, "strerror", None) or str(error) or "cannot be read"
        raise UnreadableError(f"{name}: {reason.lower()}") from None


def from_pil(image: Image.Image) -> Picture:
    """Pixels of an opened image: uint8 (H, W, 3), RGB, upright, converted as `read_picture` does.

    Raises:
        UnreadableError: its file is broken.
    """
    try:
        return pixels.turn(pixels.to_rgb(image), pixels.orientation(image))
    except Exception as error:
        raise UnreadableError(f"image: cannot be decoded ({_line(error)})") from None


def _line(error: Exception) -> str:
    """What a decoder has to say, in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _open(data: bytes, name: str) -> Image.Image | None:
    """As Pillow opens it; None for a TIFF that it does not know but OpenCV does."""
    try:
        return Image.open(io.BytesIO(data))
    except UnidentifiedImageError:
        if heif.kind_of(data) is not None:
            return heif.open_heif(data, name)
        if depth.size_of_tiff(data) is None:
            raise
        return None


def _check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise UnreadableError(f"{name}: {width} x {height} pixels is more than the limit of {max_pixels:,}")


def _decode(
    data: bytes, image: Image.Image, name: str, wanted: Callable[[int, int], int], max_pixels: int
) -> tuple[Picture, int]:
    """The page that a file opens with."""
    if image.format not in FORMATS:
        raise UnreadableError(f"{name}: an image of the kind {image.format}, which is not read")
    _check_size(image, name, max_pixels)
    if fault := _fault(data, image):
        raise UnreadableError(f"{name}: cannot be decoded ({fault})")
    if image.format not in _JPEG:
        return pixels.turn(_decode_other(data, image), pixels.orientation(image)), 1
    reduction = wanted(*image.size)
    picture = _decode_jpeg(data, image, reduction)
    if jpeg.made_up(data, picture, reduction):
        raise UnreadableError(f"{name}: cannot be decoded (part of it is missing)")
    return pixels.turn(picture, pixels.orientation(image)), reduction


def _fault(data: bytes, image: Image.Image) -> str | None:
    """What no decoder tells, or tells too late."""
    if image.format in _JPEG:
        return jpeg.fault(data, *image.size)
    return png.fault(data) if image.format == "PNG" else depth.fault(image)


def _decode_tiff(data: bytes, name: str, max_pixels: int) -> Picture:
    """A TIFF that Pillow does not know."""
    width, height = depth.size_of_tiff(data) or (0, 0)
    if width * height > max_pixels:
        raise UnreadableError(f"{name}: {width} x {height} pixels is more than the limit of {max_pixels:,}")
    picture = depth.read_tiff(data)
    if picture is None:
        raise UnreadableError(f"{name}: not an image")
    return picture


def _decode_other(data: bytes, image: Image.Image, place: int = 0) -> Picture:
    image.load()
    picture = depth.rescued(data, image, place)
    return picture if picture is not None else pixels.to_rgb(image, depth.declared_by(image, data))


def _decode_jpeg(data: bytes, image: Image.Image, reduction: int) -> Picture:
    """Pixels as they are stored: by OpenCV, or by Pillow, which knows more modes and refuses what is cut."""
    if image.mode in ("RGB", "L") and jpeg.whole(data):
        picture = jpeg.decode(data, reduction)
        if picture is not None:
            return picture
    if reduction > 1:
        image.draft("RGB", (max(1, image.width // reduction), max(1, image.height // reduction)))
    return pixels.to_rgb(image)
