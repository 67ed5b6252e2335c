"""Signed values drawn over an image: one colour for each sign, more of it where there is more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gender_classifier.images.types import Picture

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont

# Okabe and Ito's vermilion and blue, told apart by the colour-blind too; nothing at all in the middle.
NEGATIVE, POSITIVE = np.array((213.0, 94.0, 0.0)), np.array((0.0, 114.0, 178.0))
_STRONGEST = 0.8
"""Share of the colour where a value is at the end of the scale."""
_LIFT = 0.35
"""Share of white in the grey below: on black no colour is told from another."""
_SMALLEST_LETTERS = 9


def overlay(picture: Picture, values: NDArray[np.float32], scale: float) -> Picture:
    """Draw signed values over a grey copy of an image.

    Args:
        picture: uint8 (H, W, 3) RGB.
        values: (h, w), of either sign: of the cells of a grid that fills the image; drawn smoothly from the middle of
            one to the next.
        scale: the value drawn strongest, on either side of zero; values beyond it look the same. 0 counts as 1.

    Returns:
        uint8 (H, W, 3), RGB: `NEGATIVE` and `POSITIVE` colour it, and grey is where a value is 0.
    """
    (height, width), (rows, columns) = picture.shape[:2], values.shape
    down, across = _between(height, rows), _between(width, columns)
    shares = np.clip(values / scale if scale > 0 else values, -1, 1).astype(np.float64)
    signed = (down @ shares @ across.T)[..., None]
    grey = picture.astype(np.float64) @ (0.299, 0.587, 0.114)
    ground = (255 * _LIFT + grey * (1 - _LIFT))[..., None]
    share = _STRONGEST * np.abs(signed)
    return np.rint(ground * (1 - share) + np.where(signed < 0, NEGATIVE, POSITIVE) * share).astype(np.uint8)


def _between(pixels: int, cells: int) -> NDArray[np.float64]:
    """How much of each cell's value a pixel takes, (pixels, cells): linear between middles, the nearest beyond."""
    centres = (np.arange(cells) + 0.5) / cells
    places = (np.arange(pixels) + 0.5) / pixels
    return np.stack([np.interp(places, centres, row) for row in np.eye(cells)], axis=1)


def limits(values: NDArray[np.float32]) -> str:
    """Say what a reader of a map of a network's evidence must know.

    Args:
        values: the map, (h, w), as `overlay` draws it.

    Returns:
        A sentence, with the numbers of its cells.
    """
    return (
        f"A map says where evidence lies, not why, and no finer than its {values.shape[0]} by {values.shape[1]} cells."
    )


def common_scale(maps: Sequence[NDArray[np.float32]]) -> float:
    """Give one scale for several maps; an extreme map does not make all others pale.

    Args:
        maps: (h, w) each, at least one.

    Returns:
        The median of the maps' largest absolute values.
    """
    return float(np.median([np.abs(values).max() for values in maps]))


def scale_bar(width: int, height: int) -> Picture:
    """Draw the colours from one end of the scale to the other over a plain ground.

    Args:
        width: pixels; the negative end is at the left.
        height: pixels.

    Returns:
        uint8 (height, width, 3), RGB.
    """
    values = np.broadcast_to(np.linspace(-1, 1, width, dtype=np.float32), (height, width))
    return overlay(np.full((height, width, 3), 128, np.uint8), values, 1.0)


def legend(width: int, negative: str, positive: str, notes: tuple[str, ...] = (), letters: int = 13) -> Picture:
    """Draw the bar between two names, and lines of notes below it, on white.

    Args:
        width: pixels; letters that it has no room for become smaller, down to nine pixels, and notes are wrapped.
        negative: what the left end stands for.
        positive: what the right end stands for.
        notes: lines below; none: the bar alone.
        letters: height of the letters, pixels.

    Returns:
        uint8 (H, width, 3), RGB; H is what the lines need.
    """
    while letters > _SMALLEST_LETTERS and _ends(letters, negative, positive) > width - 2 * letters:
        letters -= 1
    font = ImageFont.load_default(letters)
    image = Image.new("RGB", (width, round(1.5 * letters) + letters // 2), "white")
    draw = ImageDraw.Draw(image)
    left = letters + round(font.getlength(negative))
    right = width - letters - round(font.getlength(positive))
    draw.text((letters // 2, letters // 4), negative, fill="black", font=font)
    draw.text((right + letters // 2, letters // 4), positive, fill="black", font=font)
    if right > left:
        image.paste(Image.fromarray(scale_bar(right - left, letters)), (left, letters // 2))
    bar = np.asarray(image, np.uint8)
    return np.concatenate([bar, lines_below(width, notes, letters)]) if notes else bar


def lines_below(width: int, notes: tuple[str, ...], letters: int = 13) -> Picture:
    """Draw notes on white, each on as many lines as it takes.

    Args:
        width: of the strip, pixels.
        notes: one below the other.
        letters: height of the letters, pixels.

    Returns:
        uint8 (H, width, 3), RGB; H is what the lines need.
    """
    font = ImageFont.load_default(letters)
    lines = [line for note in notes for line in wrapped(note, font, width - letters)]
    step = round(1.4 * letters)
    image = Image.new("RGB", (width, len(lines) * step + letters), "white")
    draw = ImageDraw.Draw(image)
    for place, line in enumerate(lines):
        draw.text((letters // 2, letters // 4 + place * step), line, fill="black", font=font)
    return np.asarray(image, np.uint8)


def _ends(letters: int, negative: str, positive: str) -> float:
    font = ImageFont.load_default(letters)
    return font.getlength(negative) + font.getlength(positive) + 6 * letters


def wrapped(text: str, font: Font, width: float) -> list[str]:
    """Break a text into lines.

    Args:
        text: words with spaces between.
        font: that it is drawn in.
        width: of a line at most, pixels; a word that is wider has a line of its own.

    Returns:
        At least one line, which is empty where the text is.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
