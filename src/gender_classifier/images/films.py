"""Telling films from images by their first bytes, so that a reader of images can say what takes them."""

from __future__ import annotations

from gender_classifier.images.heif import AVIF_BRANDS, HEIF_BRANDS

_STILL = AVIF_BRANDS | HEIF_BRANDS | {b"jxl ", b"crx "}
_BEGINNINGS = (
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"FLV\x01",
    b"\x00\x00\x01\xba",  # MPEG program stream
    b"\x00\x00\x01\xb3",  # MPEG video
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11",  # ASF, WMV
)
HEAD = 189
"""Bytes that `is_film` looks at."""


def is_film(head: bytes) -> bool:
    """Tell whether a file's first bytes are those of a film's container.

    Args:
        head: the first `HEAD` bytes; fewer where the file is shorter.

    Returns:
        False also for HEIC and AVIF images, whose container is that of a film.
    """
    if head[4:8] in (b"moov", b"mdat", b"wide") or (head[4:8] == b"ftyp" and head[8:12] not in _STILL):
        return True
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return True
    if len(head) == HEAD and head[0] == head[188] == 0x47:  # MPEG transport stream
        return True
    return head.startswith(_BEGINNINGS)
