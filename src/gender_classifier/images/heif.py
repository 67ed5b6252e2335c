"""HEIC and AVIF: told apart by their first box, and opened by what there is for them.

Pillow reads AVIF by itself from 11.3 on; for HEIC it needs a plugin, which is loaded when the first such file comes.
"""

from __future__ import annotations

import io

from PIL import Image, features

from gender_classifier.errors import UnreadableError, install_hint

# ISO/IEC 23008-12 (brands of HEVC in HEIF, and of HEIF whatever is in it) and AV1 Image File Format, 1.1.0.
AVIF_BRANDS = frozenset((b"avif", b"avis"))
HEIF_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"))


def kind_of(data: bytes) -> str | None:
    """Tell HEIC from AVIF, by the brands in the file's first box.

    Args:
        data: the file's bytes, or its first 256.

    Returns:
        `HEIC` or `AVIF`; None where it is neither.
    """
    if data[4:8] != b"ftyp":
        return None
    end = min(max(16, int.from_bytes(data[:4], "big")), 256)
    brands = {data[at : at + 4] for at in range(8, end, 4)}
    if brands & AVIF_BRANDS:
        return "AVIF"
    return "HEIC" if brands & HEIF_BRANDS else None


def open_heif(data: bytes, name: str) -> Image.Image:
    """Open a HEIC or AVIF image that Pillow alone did not know.

    Args:
        data: bytes of the file.
        name: of the file, for messages.

    Returns:
        Pillow's image, not yet decoded.

    Raises:
        UnreadableError: nothing is installed that reads this kind.
        PIL.UnidentifiedImageError: it is broken.
    """
    kind = kind_of(data)
    if kind == "HEIC" and not _plugin():
        raise UnreadableError(f"{name}: a HEIC image; to read these, {install_hint('heif')}")
    if kind == "AVIF" and not ("avif" in features.modules and features.check("avif")):
        raise UnreadableError(f"{name}: an AVIF image; to read these, {install_hint('heif')}")
    return Image.open(io.BytesIO(data))


def _plugin() -> bool:
    """Let Pillow open HEIC; whether it can now. Once or often is the same."""
    if "HEIF" in Image.OPEN:
        return True
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    register_heif_opener()
    return True
