"""Safe reading: any picture file becomes upright RGB pixels, or one clear line why not.

Training, evaluation and prediction all read here, so that they see the same pixels.
"""

from __future__ import annotations

import io
import os
import re
import stat
import warnings
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from gender_classifier.errors import UnreadableError

Picture = NDArray[np.uint8]

MAX_PIXELS = 100_000_000
MAX_BYTES = 1_000_000_000
# Pillow knows more; some of those start other programs (EPS does) or are hardly tried.
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "TIFF", "BMP", "DIB", "GIF", "PPM", "AVIF", "HEIF", "JPEG2000")
_JPEG = ("JPEG", "MPO")
_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_END = b"\xff\xd9"
# Within a scan 0xff is followed by 0 or is a restart mark (ITU-T T.81, B.1.1.5).
_STRANGE_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Enough for some blocks, whatever they decode to; never 0xff.
_PADDING = np.random.default_rng(0).integers(0, 255, 1024, np.uint8).tobytes()
_ORIENTATION = 274

# Pillow warns of large pictures and of odd metadata; the limit here is our own. Once for all, for
# `warnings.catch_warnings` around each picture would not be safe with several threads.
warnings.filterwarnings("ignore", module=r"PIL\.")


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

    def reduction(width: int, height: int) -> int:
        if min_side is None:
            return 1
        return next((factor for factor in (8, 4, 2) if min(width, height) // factor >= min_side), 1)

    return read_reduced(source, reduction, max_pixels=max_pixels)[0]


def read_reduced(
    source: str | os.PathLike[str] | bytes, reduction: Callable[[int, int], int], *, max_pixels: int = MAX_PIXELS
) -> tuple[Picture, int]:
    """As :func:`read_picture`, at the reduction that ``reduction`` (1, 2, 4 or 8, from width and height) allows.

    Returns:
        Pixels, uint8 (H, W, 3), RGB, upright, and by how much they are reduced; always 1 but for a JPEG.
    """
    name = "picture" if isinstance(source, bytes) else os.fspath(source)
    data = source if isinstance(source, bytes) else _bytes_of(Path(source))
    if not data:
        raise UnreadableError(f"{name}: empty file")
    try:
        return _decode(data, name, reduction, max_pixels)
    except UnidentifiedImageError:
        raise UnreadableError(f"{name}: not a picture") from None
    except UnreadableError:
        raise
    except Image.DecompressionBombError:  # Pillow's own, higher limit comes first
        raise UnreadableError(f"{name}: more pixels than the limit of {max_pixels:,}") from None
    except MemoryError:
        raise UnreadableError(f"{name}: too large for this machine's memory") from None
    except Exception as error:  # a decoder's own exceptions are many and undocumented
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableError(f"{name}: cannot be decoded ({reason})") from None


def _bytes_of(path: Path) -> bytes:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # reading a pipe or a device may never end
            raise UnreadableError(f"{path}: not a file")
        if found.st_size > MAX_BYTES:
            raise UnreadableError(f"{path}: {found.st_size:,} bytes is more than the limit of {MAX_BYTES:,}")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name with a null byte
        reason = getattr(error, "strerror", None) or str(error) or "cannot be read"
        raise UnreadableError(f"{path}: {reason.lower()}") from None


def from_pil(image: Image.Image) -> Picture:
    """Pixels of an opened picture: uint8 (H, W, 3), RGB, upright, converted as :func:`read_picture` does.

    Raises:
        UnreadableError: its file is broken.
    """
    try:
        return _turn(_to_rgb(image), _orientation(image))
    except Exception as error:
        raise UnreadableError(f"picture: cannot be decoded ({str(error) or type(error).__name__})") from None


def _decode(data: bytes, name: str, wanted: Callable[[int, int], int], max_pixels: int) -> tuple[Picture, int]:
    with Image.open(io.BytesIO(data)) as image:
        if image.format not in FORMATS:
            raise UnreadableError(f"{name}: a picture of the kind {image.format}, which is not read")
        width, height = image.size
        if width * height > max_pixels:
            raise UnreadableError(f"{name}: {width} x {height} pixels is more than the limit of {max_pixels:,}")
        reduction = wanted(width, height) if image.format in _JPEG else 1
        picture = None
        if image.format in _JPEG and image.mode in ("RGB", "L") and _whole_jpeg(data):
            picture = _decode_jpeg(data, reduction)
        if picture is None:
            if reduction > 1:
                image.draft("RGB", (width // reduction, height // reduction))
            image.load()
            picture = _to_rgb(image)
        if image.format in _JPEG and _made_up(data, picture, reduction):
            raise UnreadableError(f"{name}: cannot be decoded (part of it is missing)")
        return _turn(picture, _orientation(image)), reduction


def _whole_jpeg(data: bytes) -> bool:
    # OpenCV fills what is missing of a truncated JPEG with grey and says nothing; Pillow refuses it.
    return _END in data[-64:]


def _decode_jpeg(data: bytes, reduction: int) -> Picture | None:
    """Pixels as they are stored, by OpenCV, which is a third faster than Pillow; None where it cannot."""
    flags = _REDUCED[reduction] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    return None if decoded is None else np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def _made_up(data: bytes, picture: Picture, reduction: int) -> bool:
    """Whether the decoder had to make up the end of a JPEG whose middle is missing but whose end mark is there.

    No decoder tells, and each fills in one flat colour. So where the last pixels are flat the data decide:
    either a mark stands in it that does not belong, or bytes put before the end mark change what is seen,
    while a whole picture is complete before them. What goes unnoticed: a loss that restart marks bridge,
    and the last scans of a progressive file, which only sharpen.
    """
    last = picture[-1, -max(4, 16 // reduction) :]
    if not _whole_jpeg(data) or (last != last[-1]).any():
        return False
    end = data.rfind(_END)
    scan = data[data.rfind(b"\xff\xda", 0, end) + 2 : end]
    if _STRANGE_MARK.search(scan):
        return True
    return not np.array_equal(_coarse(data), _coarse(data[:end] + _PADDING + _END))


def _coarse(data: bytes) -> Picture:
    """A JPEG at an eighth of its size, as stored."""
    with Image.open(io.BytesIO(data)) as image:
        image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
        return np.array(image, np.uint8)


def _to_rgb(image: Image.Image) -> Picture:
    if image.mode in _SIXTEEN_BIT or image.mode == "F":
        values = np.nan_to_num(np.asarray(image).astype(np.float64))
        top = 65535.0 if image.mode in _SIXTEEN_BIT else max(1.0, float(values.max(initial=1.0)))
        grey = np.asarray(np.clip(values * (255.0 / top), 0, 255), np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode in ("RGBa", "La"):
        image = image.convert("RGBA" if image.mode == "RGBa" else "LA")
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image.convert("RGB"), np.uint8)


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where there is none or none that can be read."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken metadata must not cost the picture
        return 1


def _turn(picture: Picture, orientation: int) -> Picture:
    """Upright from EXIF orientation (CIPA DC-008, tag 274)."""
    if orientation in (5, 6, 7, 8):
        picture = picture.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        picture = picture[::-1]
    if orientation in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)
