"""What is particular to PNG: its checksums, which Pillow passes over where the pixels are."""

from __future__ import annotations

import zlib


def fault(data: bytes) -> str | None:
    """Say why a PNG's pixels are not what was written (PNG, third edition, 5.3 and 5.4).

    A file whose end was never written, and is zeros, decodes to some image.

    Args:
        data: bytes of the file.

    Returns:
        The reason, for an error's line; None if the pixels are what was written.
    """
    view, at = memoryview(data), 8
    while at + 8 <= len(data) and data[at + 4 : at + 8] != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            if end + 4 > len(data):
                return "part of it is missing"
            if zlib.crc32(view[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
                return "its pixels do not fit their checksum"
        at = end + 4
    return None
