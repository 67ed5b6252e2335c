"""Safe reading: any picture file becomes upright RGB pixels, or one clear line why not.

Training, evaluation and prediction all read here, so that they see the same pixels.
"""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from gender_classifier.errors import UnreadableError

Picture = NDArray[np.uint8]

MAX_PIXELS = 100_000_000
_REDUCED = {2: cv2.IMREAD_REDUCED_COLOR_2, 4: cv2.IMREAD_REDUCED_COLOR_4, 8: cv2.IMREAD_REDUCED_COLOR_8}
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N", "I")


def read_picture(
    source: str | os.PathLike[str] | bytes, *, min_side: int | None = None, max_pixels: int = MAX_PIXELS
) -> Picture:
    """Pixels of a picture file: uint8 (H, W, 3), RGB, upright.

    EXIF orientation is applied; alpha lies over white; palette, grey, CMYK and 16-bit
    pictures are converted; of an animation the first frame is taken.

    Args:
        source: a path, or the file's bytes.
        min_side: a JPEG may be decoded at 1/2, 1/4 or 1/8 while its short side stays at least this, pixels.
        max_pixels: larger pictures are refused from their header, before anything is decoded.

    Raises:
        UnreadableError: missing, empty, cut short, too large or not a picture: one line with path and reason.
    """
    name = "picture" if isinstance(source, bytes) else os.fspath(source)
    data = source if isinstance(source, bytes) else _bytes_of(Path(source))
    if not data:
        raise UnreadableError(f"{name}: empty file")
    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures and of odd metadata; the limit here is our own.
            warnings.simplefilter("ignore")
            return _decode(data, name, min_side, max_pixels)
    except UnidentifiedImageError:
        raise UnreadableError(f"{name}: not a picture") from None
    except UnreadableError:
        raise
    except MemoryError:
        raise UnreadableError(f"{name}: too large for this machine's memory") from None
    except Exception as error:  # a decoder's own exceptions are many and undocumented
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableError(f"{name}: cannot be decoded ({reason})") from None


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None


def _decode(data: bytes, name: str, min_side: int | None, max_pixels: int) -> Picture:
    with Image.open(io.BytesIO(data)) as image:
        width, height = image.size
        if width * height > max_pixels:
            raise UnreadableError(f"{name}: {width} x {height} pixels is more than the limit of {max_pixels:,}")
        reduction = _reduction(image, min_side)
        if image.format == "JPEG" and image.mode in ("RGB", "L") and _whole_jpeg(data):
            picture = _decode_jpeg(data, reduction)
            if picture is not None:
                return picture
        if reduction > 1:
            image.draft("RGB", (width // reduction, height // reduction))
        image.load()
        return _to_rgb(ImageOps.exif_transpose(image))


def _reduction(image: Image.Image, min_side: int | None) -> int:
    if min_side is None or image.format != "JPEG":
        return 1
    return next((factor for factor in (8, 4, 2) if min(image.size) // factor >= min_side), 1)


def _whole_jpeg(data: bytes) -> bool:
    # OpenCV fills what is missing of a truncated JPEG with grey and says nothing; Pillow refuses it.
    return b"\xff\xd9" in data[-64:]


def _decode_jpeg(data: bytes, reduction: int) -> Picture | None:
    flags = _REDUCED.get(reduction, cv2.IMREAD_COLOR)
    decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)  # upright: OpenCV applies EXIF here
    return None if decoded is None else np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _to_rgb(image: Image.Image) -> Picture:
    if image.mode in _SIXTEEN_BIT or image.mode == "F":
        values = np.asarray(image).astype(np.float64)
        top = 65535.0 if image.mode in _SIXTEEN_BIT else max(1.0, float(values.max(initial=1.0)))
        grey = np.clip(values * (255.0 / top), 0, 255).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image.convert("RGB"), np.uint8)
