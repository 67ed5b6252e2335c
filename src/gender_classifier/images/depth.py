"""More than 8 bits a value: which value is white, and the files that Pillow reads with the upper 8 bits alone.

A file of 16 or 32 bits often holds values of 8, 10 or 12, as cameras and scanners give them. White is then what the
file says of its own values, or else the end of the smallest of the usual ranges that holds the largest value.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from gender_classifier.images.types import Picture

Values = NDArray[Any]

DEEP_MODES = ("I;16", "I;16B", "I;16L", "I;16N", "I", "F")
"""Pillow's modes of one channel of more than 8 bits."""
_RANGES = tuple(2.0**bits - 1 for bits in (8, 10, 12, 14, 16))
_FULL = _RANGES[-1]
_TIFF = (b"II*\0", b"MM\0*")
_PNG = b"\x89PNG\r\n\x1a\n"
_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC, _SAMPLES = 256, 257, 258, 262, 277  # a TIFF's tags
_MOST, _PLANES, _FORMAT, _MOST_OF_SAMPLES = 281, 284, 339, 341
_FLOAT, _SEPARATE = 3, 2
_LEAST = 1e-9
# Where Pillow kept the upper 8 of 16 bits and none of them is above this, the file holds 14 bits at most.
_UPPER_OF_14 = 63


def white_of(most: float, declared: float | None, floats: bool = False) -> float:
    """Give the value that becomes white.

    Args:
        most: the largest value that is there.
        declared: what the file says is the largest possible; None: it does not say. Not believed where values are above
            it, nor from 65,535 on while `most` is within 16 bits.
        floats: the values are floats.

    Returns:
        `declared` where it is believed; of floats `most`, but at least 1; else the end of the smallest range of 8, 10,
        12, 14 or 16 bits that holds `most`, or `most` where none does.
    """
    if declared is not None and most <= declared and declared > _LEAST and (declared < _FULL or most > _FULL):
        return declared
    if floats:
        return max(1.0, most)
    return next((end for end in _RANGES if most <= end), most)


def declared_by(image: Image.Image, data: bytes = b"") -> float | None:
    """Give the largest possible value, as a file says it itself.

    Args:
        image: as Pillow opened it.
        data: bytes of its file, in which a PNG's sBIT is sought; empty: they are not at hand.

    Returns:
        By a PNG's sBIT or a TIFF's tags (SMaxSampleValue, MaxSampleValue); None where neither says it.
    """
    if data.startswith(_PNG):
        end = data.find(b"IDAT")
        at = data.find(b"sBIT", 0, end)
        return 2.0 ** data[at + 4] - 1 if at > 0 and data[at + 4] <= 16 else None
    tags = _tags(image)
    given = [value for tag in (_MOST_OF_SAMPLES, _MOST) for value in _numbers(tags.get(tag))[:1]]
    return given[0] if given else None


def as_values(part: Image.Image, whole: Image.Image) -> Values:
    """Give the values of part of an image in one of `DEEP_MODES`.

    Args:
        part: a strip of the image, or all of it.
        whole: the image, whose tags tell how its values are stored.

    Returns:
        float64 (h, w), as stored; floats may be infinite or no numbers.
    """
    tags = _tags(whole)
    values = np.asarray(part)
    if part.mode == "I" and _numbers(tags.get(_BITS)) == [32] and _numbers(tags.get(_FORMAT)) in ([], [1]):
        values = values.view(np.uint32)  # Pillow knows signed integers alone
    return values.astype(np.float64)


def inverted(image: Image.Image) -> bool:
    """Tell whether 0 is white, which Pillow heeds up to 8 bits alone.

    Args:
        image: as Pillow opened it.

    Returns:
        True where a TIFF's PhotometricInterpretation says so.
    """
    return bool(_tags(image).get(_PHOTOMETRIC) == 0)


def grey_of(values: Values, white: float, invert: bool = False) -> Picture:
    """Turn values to 8 bits.

    Args:
        values: float64 of any shape; what is no number counts as 0, and infinity as `white`.
        white: the value that becomes 255, above 0; those beyond it too.
        invert: 0 is white.

    Returns:
        uint8, in the shape of `values`.
    """
    finite = np.nan_to_num(values, nan=0.0, posinf=white, neginf=0.0)
    grey = np.asarray(np.clip(finite * (255.0 / white), 0, 255), np.uint8)
    return 255 - grey if invert else grey


def fault(image: Image.Image) -> str | None:
    """Say why an opened image of many bits is refused: both decoders mix up its values.

    Args:
        image: as Pillow opened it.

    Returns:
        The reason, for an error's line; None if it is not refused.
    """
    tags = _tags(image)
    planes = tags.get(_PLANES, 1) == _SEPARATE and len(image.getbands()) > 1
    return "colours of 16 bits stored in planes" if planes and 16 in _numbers(tags.get(_BITS)) else None


def rescued(data: bytes, image: Image.Image, page: int = 0) -> Picture | None:
    """Give colours of which Pillow kept the upper 8 bits alone, where the lower ones hold something.

    Args:
        data: bytes of the file.
        image: as Pillow opened it, at the page.
        page: of the file, from 0.

    Returns:
        uint8 (H, W, 3), RGB, as stored; None where Pillow's own pixels are right, or nothing better is known.
    """
    if image.mode not in ("RGB", "RGBA", "LA", "RGBX") or not _has_deep_colours(data, image):
        return None
    if page > 0 and image.format != "TIFF":
        return None
    extrema = image.getextrema()
    colours = extrema[:1] if image.mode == "LA" else extrema[:3]
    if max(high for _, high in colours) > _UPPER_OF_14:  # type: ignore[misc]
        return None
    values = _by_opencv(data, page)
    if values is None or values.dtype != np.uint16 or values.shape[:2] != (image.height, image.width):
        return None
    return _colours(values, declared_by(image, data))


def size_of_tiff(data: bytes) -> tuple[int, int] | None:
    """Give the size of a TIFF of floats or integers that Pillow does not know but OpenCV does.

    Args:
        data: bytes of a file of any kind.

    Returns:
        Width and height, pixels; None for any other file.
    """
    if not data.startswith(_TIFF):
        return None
    try:
        with io.BytesIO(data) as file:
            tags = TiffImagePlugin.ImageFileDirectory_v2(file.read(8))
            file.seek(tags.next)
            tags.load(file)
        bits, kind = set(_numbers(tags.get(_BITS))), set(_numbers(tags.get(_FORMAT))) or {1}
        known = (kind == {_FLOAT} and bits in ({32}, {64})) or (kind <= {1, 2} and bits == {16})
        samples, whole = int(tags.get(_SAMPLES, 1)), tags.get(_PLANES, 1) != _SEPARATE
        return (int(tags[_WIDTH]), int(tags[_HEIGHT])) if known and samples in (1, 3, 4) and whole else None
    except (ValueError, TypeError, KeyError, SyntaxError, OSError, struct.error, EOFError):
        return None


def read_tiff(data: bytes) -> Picture | None:
    """Decode what `size_of_tiff` knows.

    Args:
        data: bytes of the file.

    Returns:
        uint8 (H, W, 3), RGB, as stored; None where it is broken.
    """
    values = _by_opencv(data, 0)
    return None if values is None else _colours(values, None)


def _colours(values: Values, declared: float | None) -> Picture:
    """OpenCV's values, (H, W) or (H, W, 1, 3 or 4) in its order of channels, as uint8 (H, W, 3) over white."""
    values = values[..., None] if values.ndim == 2 else values
    colours = values[..., :3][..., ::-1]
    floats = values.dtype.kind == "f"
    most = float(np.max(colours, initial=0.0, where=np.isfinite(colours)))
    white = white_of(most, declared, floats)
    picture = np.empty((*values.shape[:2], 3), np.uint8)
    full = white
    if values.shape[2] == 4:
        opaque = float(values[..., 3].max())
        full = white if opaque <= white else white_of(opaque, None, floats)
    for row, line in enumerate(colours):  # in floats it would take eight times its memory
        grey = grey_of(line.astype(np.float64), white)
        if values.shape[2] == 4:
            share = np.clip(values[row, :, 3:].astype(np.float64) / full, 0, 1)
            grey = np.asarray(np.round(grey * share + 255 * (1 - share)), np.uint8)
        picture[row] = grey
    return picture


def _by_opencv(data: bytes, page: int) -> Values | None:
    try:
        encoded = np.frombuffer(data, np.uint8)
        if page == 0:
            found = cv2.imdecode(encoded, cv2.IMREAD_UNCHANGED)
            return None if found is None else np.asarray(found)
        whole, pages = cv2.imdecodemulti(encoded, cv2.IMREAD_UNCHANGED, range=(page, page + 1))
        return np.asarray(pages[0]) if whole and pages else None
    except (cv2.error, TypeError):  # TypeError: an OpenCV before 4.8, without ranges
        return None


def _has_deep_colours(data: bytes, image: Image.Image) -> bool:
    if image.format == "PNG":
        return data[24:25] == b"\x10"  # IHDR's depth of 16 bits
    if image.format == "JPEG2000":
        size = data.find(b"\xff\x4f\xff\x51")  # start of the codestream, and of its sizes (ISO/IEC 15444-1, A.5.1)
        return size >= 0 and data[size + 42 : size + 43] > b"\x07"
    return image.format == "TIFF" and 16 in _numbers(_tags(image).get(_BITS))


def _tags(image: Image.Image) -> Any:
    return getattr(image, "tag_v2", {})


def _numbers(value: Any) -> list[float]:
    """A tag's numbers, whether it has one or several, as far as they are numbers."""
    given = value if isinstance(value, tuple | list) else [] if value is None else [value]
    try:
        return [float(number) for number in given]
    except (TypeError, ValueError, ZeroDivisionError):
        return []
