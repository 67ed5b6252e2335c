"""From the bytes of a file to the pixels of one page: who decodes what, and what no decoder tells."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PIL import Image, UnidentifiedImageError

from gender_classifier.errors import UnreadableError
from gender_classifier.images import (
    depth,
    heif,
    jpeg,
    pixels,
    png,
)
from gender_classifier.images.types import Picture

# Pillow knows more; some of those start other programs (EPS does) or are hardly tried.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "TIFF", "BMP", "DIB", "GIF", "PPM", "AVIF", "HEIF", "JPEG2000")
_JPEG = ("JPEG", "MPO")


@contextmanager
def in_a_line(name: str, max_pixels: int) -> Iterator[None]:
    """Turn what decoders raise into one line with path and reason.

    Args:
        name: of the file, for the line.
        max_pixels: the limit, for the line.

    Yields:
        Nothing, once: the decoding stands within the `with` block.

    Raises:
        UnreadableError: whatever was raised within.
    """
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
        raise UnreadableError(f"{name}: cannot be decoded ({one_line(error)})") from None


def one_line(error: Exception) -> str:
    """Give what a decoder has to say, in one line.

    Args:
        error: that it raised.

    Returns:
        Text of at most 200 characters; the kind of the error where it says nothing.
    """
    return " ".join(str(error).split())[:200] or type(error).__name__


def open_image(data: bytes, name: str) -> Image.Image | None:
    """Open an image as Pillow does, without decoding it.

    Args:
        data: bytes of the file.
        name: of the file, for messages.

    Returns:
        Pillow's image; None for a TIFF that Pillow does not know but OpenCV does.

    Raises:
        PIL.UnidentifiedImageError: not an image.
        PIL.Image.DecompressionBombError: more pixels than Pillow's own limit.
        UnreadableError: HEIC or AVIF, and nothing that reads it is installed.
    """
    try:
        return Image.open(io.BytesIO(data))
    except UnidentifiedImageError:
        if heif.kind_of(data) is not None:
            return heif.open_heif(data, name)
        if depth.size_of_tiff(data) is None:
            raise
        return None


def check_size(image: Image.Image, name: str, max_pixels: int) -> None:
    """Refuse an image that its header says is too large.

    Args:
        image: as Pillow opened it; nothing is decoded.
        name: of the file, for messages.
        max_pixels: width times height that it may have.

    Raises:
        UnreadableError: it has more than `max_pixels` pixels.
    """
    width, height = image.size
    if width * height > max_pixels:
        raise UnreadableError(f"{name}: {width} x {height} pixels is more than the limit of {max_pixels:,}")


def decode_first(
    data: bytes, image: Image.Image, name: str, wanted: Callable[[int, int], int], max_pixels: int
) -> tuple[Picture, int]:
    """Decode the page that a file opens with.

    Args:
        data: the file's bytes.
        image: as Pillow opened them.
        name: of the file, for messages.
        wanted: from width and height, pixels, to the reduction that is allowed: 1, 2, 4 or 8.
        max_pixels: larger images are refused.

    Returns:
        Pixels, uint8 (H, W, 3), RGB, upright, and by how much they are reduced; always 1 but for a JPEG.

    Raises:
        UnreadableError: of a kind that is not read, too large, cut short, or with a header that lies.
    """
    if image.format not in FORMATS:
        raise UnreadableError(f"{name}: an image of the kind {image.format}, which is not read")
    check_size(image, name, max_pixels)
    if fault := _fault(data, image):
        raise UnreadableError(f"{name}: cannot be decoded ({fault})")
    if image.format not in _JPEG:
        return pixels.turn(decode_other(data, image), pixels.orientation(image)), 1
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


def decode_tiff(data: bytes, name: str, max_pixels: int) -> Picture:
    """Decode a TIFF that Pillow does not know.

    Args:
        data: bytes of the file.
        name: of the file, for messages.
        max_pixels: width times height that it may have.

    Returns:
        uint8 (H, W, 3), RGB, as stored.

    Raises:
        UnreadableError: too large, or OpenCV does not know it either.
    """
    width, height = depth.size_of_tiff(data) or (0, 0)
    if width * height > max_pixels:
        raise UnreadableError(f"{name}: {width} x {height} pixels is more than the limit of {max_pixels:,}")
    picture = depth.read_tiff(data)
    if picture is None:
        raise UnreadableError(f"{name}: not an image")
    return picture


def decode_other(data: bytes, image: Image.Image, place: int = 0) -> Picture:
    """Decode an image that is no JPEG, at the page that Pillow stands on.

    Args:
        data: bytes of the file.
        image: as Pillow opened them, at the page.
        place: of the page, from 0.

    Returns:
        uint8 (H, W, 3), RGB, not yet turned.
    """
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
