"""From any mode of Pillow's to upright RGB, without much memory beyond that of the images themselves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.images import depth
from gender_classifier.images.types import Picture

# Pixels converted at a time: a large image's copies between modes would take several times its own memory.
_STRIP = 1 << 20
_ORIENTATION = 274


def to_rgb(image: Image.Image, declared: float | None = None) -> Picture:
    """Give an image's pixels in 8 bits and RGB: alpha over white, 16 bits and floats brought to 8.

    Args:
        image: as Pillow opened it, of any mode.
        declared: the largest value that its file says is possible; None: as its tags tell, if they do.

    Returns:
        uint8 (H, W, 3), RGB, as stored: not yet turned.
    """
    width, height = image.size
    rows = max(1, _STRIP // max(1, width))
    image.load()
    strips = [(start, min(start + rows, height)) for start in range(0, height, rows)]
    if image.mode in depth.DEEP_MODES:
        return _from_depth(image, strips, declared if declared is not None else depth.declared_by(image))
    if len(strips) == 1:
        return _converted(image)
    picture = np.empty((height, width, 3), np.uint8)
    for start, end in strips:
        picture[start:end] = _converted(image.crop((0, start, width, end)))
    return picture


def _from_depth(image: Image.Image, strips: list[tuple[int, int]], declared: float | None) -> Picture:
    """One channel of more than 8 bits, of which the largest value is sought before any is converted."""
    width, height = image.size

    def values(start: int, end: int) -> NDArray[np.float64]:
        return depth.as_values(image if len(strips) == 1 else image.crop((0, start, width, end)), image)

    most = max(float(np.max(part, initial=0.0, where=np.isfinite(part))) for part in (values(*s) for s in strips))
    white = depth.white_of(most, declared, floats=image.mode == "F")
    picture = np.empty((height, width, 3), np.uint8)
    for start, end in strips:
        picture[start:end] = depth.grey_of(values(start, end), white, depth.inverted(image))[:, :, None]
    return picture


def _converted(image: Image.Image) -> Picture:
    if image.mode in ("RGBa", "La"):
        image = image.convert("RGBA" if image.mode == "RGBa" else "LA")
    if "A" in image.getbands() or "transparency" in image.info:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return np.array(image if image.mode == "RGB" else image.convert("RGB"), np.uint8)


def orientation(image: Image.Image) -> int:
    """Give an image's EXIF orientation.

    Args:
        image: as Pillow opened it.

    Returns:
        1 to 8, in a lying file any number; 1 where there is none or none that can be read.
    """
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # broken metadata must not cost the image
        return 1


def turn(picture: Picture, orientation: int) -> Picture:
    """Turn an image upright from its EXIF orientation (CIPA DC-008, tag 274).

    Args:
        picture: (H, W, 3), as stored.
        orientation: 1 to 8; any other number leaves it as it is.

    Returns:
        (H, W, 3), or (W, H, 3) of a quarter turn; contiguous.
    """
    if swaps_sides(orientation):
        picture = picture.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        picture = picture[::-1]
    if orientation in (2, 3, 6, 7):
        picture = picture[:, ::-1]
    return np.ascontiguousarray(picture)


def swaps_sides(orientation: int) -> bool:
    """Tell whether an EXIF orientation makes an image's width its height.

    Args:
        orientation: 1 to 8, or any other number.

    Returns:
        True for the quarter turns, 5 to 8.
    """
    return orientation in (5, 6, 7, 8)
