"""What is particular to JPEG: a fast decoder, and finding what no decoder tells of."""

from __future__ import annotations

import io
import re

import cv2
import numpy as np
from PIL import Image

from gender_classifier.images.types import Picture

_REDUCED = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_START_OF_SCAN, _END = b"\xff\xda", b"\xff\xd9"
_ANY_START = re.compile(_START_OF_SCAN)
# Within a scan 0xff is followed by 0 or is a restart mark (ITU-T T.81, B.1.1.5).
_STRANGE_MARK = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Enough for some blocks, whatever they decode to; never 0xff.
_PADDING = np.random.default_rng(0).integers(0, 255, 1024, np.uint8).tobytes()
_MOST_SCANS = 100
_UNWRITTEN = bytes(64)


def fault(data: bytes, width: int, height: int) -> str | None:
    """Say why a JPEG is refused before it is decoded.

    A few bytes can make a decoder go over a hundred million pixels again and again: with a large frame
    that they do not fill, or with thousands of scans, where encoders write about ten.

    Args:
        data: bytes of the file.
        width: of the frame that its header tells, pixels.
        height: of it.

    Returns:
        The reason, for an error's line; None if it is not refused.
    """
    # The blocks of one component at least are coded in one bit each, even where all are alike.
    if 8 * len(data) < -(-width // 8) * -(-height // 8):
        return f"{width} x {height} pixels in {len(data):,} bytes: part of it is missing"
    # What looks like a mark may stand in metadata, or in a video after the image; so marks are counted fast first.
    if len(_ANY_START.findall(data)) > _MOST_SCANS and (scans := _scans(data)[0]) > _MOST_SCANS:
        return f"{scans:,} scans, where up to {_MOST_SCANS} are read"
    # Zeros where the end was never written decode to some grey. After the end mark they do no harm.
    if data.endswith(_UNWRITTEN) and not _scans(data)[1]:
        return "part of it is missing"
    return None


def _scans(data: bytes) -> tuple[int, bool]:
    """Scans of the first image in a JPEG's bytes, and whether its end mark is there (ITU-T T.81, B.2)."""
    at, scans = 2, 0
    while found := _STRANGE_MARK.search(data, at):
        if found.group() == _END:
            return scans, True
        scans += found.group() == _START_OF_SCAN
        at = found.end() + int.from_bytes(data[found.end() : found.end() + 2], "big")
    return scans, False


def whole(data: bytes) -> bool:
    """Tell whether a JPEG's end mark is there.

    OpenCV fills what is missing with grey and says nothing; Pillow refuses it.

    Args:
        data: bytes of the file.

    Returns:
        True where it is among the last 64 bytes.
    """
    return _END in data[-64:]


def decode(data: bytes, reduction: int) -> Picture | None:
    """Decode a JPEG by OpenCV, which is a third faster than Pillow.

    Args:
        data: bytes of the file.
        reduction: 1, 2, 4 or 8: each side becomes so much shorter.

    Returns:
        uint8 (H, W, 3), RGB, not yet turned; None where OpenCV cannot decode it.
    """
    flags = _REDUCED[reduction] | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        return None
    return None if decoded is None else np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), np.uint8)


def made_up(data: bytes, picture: Picture, reduction: int) -> bool:
    """Tell whether the decoder had to make up the end of a JPEG whose middle is missing but whose end mark is there.

    No decoder tells, and each fills in one flat colour. So where the last pixels are flat the data decide:
    either a mark stands in it that does not belong, or bytes put before the end mark change what is seen,
    while a whole image is complete before them. What goes unnoticed: a loss that restart marks bridge,
    and the last scans of a progressive file, which only sharpen.

    Args:
        data: bytes of the file.
        picture: what was decoded, uint8 (H, W, 3), not yet turned.
        reduction: at which it was decoded, 1, 2, 4 or 8.

    Returns:
        True where part of the image is missing; False also where the end mark is not there, which `whole` tells.
    """
    last = picture[-1, -max(4, 16 // reduction) :]
    if not whole(data) or (last != last[-1]).any():
        return False
    end = data.rfind(_END)
    scan = data[data.rfind(_START_OF_SCAN, 0, end) + 2 : end]
    if _STRANGE_MARK.search(scan):
        return True
    return not np.array_equal(_coarse(data), _coarse(data[:end] + _PADDING + _END))


def _coarse(data: bytes) -> Picture:
    """A JPEG at an eighth of its size, as stored."""
    with Image.open(io.BytesIO(data)) as image:
        image.draft(None, (max(1, image.width // 8), max(1, image.height // 8)))
        return np.array(image, np.uint8)
