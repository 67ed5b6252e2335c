"""From any mode of Pillow's to upright RGB, without much memory beyond that of the pictures themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]

# Pixels converted at a time: a large picture's copies between modes would take several times its own memory.
_STRIP = 1 << 20
_SIXTEEN_BIT = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_ORIENTATION = 274


def to_rgb(image: Image.Image) -> Picture:
    """Pixels as they are stored, uint8 (H, W, 3): alpha over white, 16 bits and floats brought to 8."""
    width, height = image.size
    rows = max(1, _STRIP // max(1, width))
    image.load()
    if rows >= height:
        return _converted(image, _top(image))
    strips = [(start, min(start + rows, height)) for start in range(0, height, rows)]
    top = max(_top(image.crop((0, start, width, end))) for start, end in strips) if image.mode == "F" else _top(image)
    picture = np.empty((height, width, 3), np.uint8)
    for start, end in strips:
        picture[start:end] = _converted(image.crop((0, start, width, end)), top)
    return picture


def _top(image: Image.Image) -> float:
    """The value that becomes white, in a mode of more than 8 bits."""
    if image.mode != "F":
        return 65535.0
    values = np.asarray(image)
    return float(np.max(values, initial=1.0, where=np.isfinite(values)))


def _converted(image: Image.Image, top: float) -> Picture:
    if image.mode in _SIXTEEN_BIT or image.mode == "F":
        values = np.nan_to_num(np.asarray(image).astype(np.float64), nan=0.0, posinf=top, neginf=0.0)
        grey = np.asarray(np.clip(values * (255.0 / top), 0, 255), np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if image.mode in ("RGBa", "La"):
        image = image.convert("RGBA" if image.mode == "RGBa" else "LA")
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"), np.uint8)


def orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where there is none or none that can be read."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken metadata must not cost the picture
        return 1


def turn(picture: Picture, orientation: int) -> Picture:
    """Upright from EXIF orientation (CIPA DC-008, tag 274)."""
    if orientation in (5, 6, 7, 8):
        picture = picture.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        picture = picture[::-1]
    if orientation in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)
