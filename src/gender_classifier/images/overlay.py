"""Signed values drawn over a picture: one colour for each sign, more of it where there is more."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gender_classifier.images.resize import resize

Picture = NDArray[np.uint8]

# Okabe and Ito's vermilion and blue, told apart by the colour-blind too; nothing at all in the middle.
NEGATIVE, POSITIVE = np.array((213.0, 94.0, 0.0)), np.array((0.0, 114.0, 178.0))
_STRONGEST = 0.8
"""Share of the colour where a value is at the end of the scale."""
_LIFT = 0.35
"""Share of white in the grey below: on black no colour is told from another."""
_SMALLEST_LETTERS = 9


def overlay(picture: Picture, values: NDArray[np.float32], scale: float, step: int = 32) -> Picture:
    """A grey copy of a picture with ``values`` over it.

    Args:
        picture: uint8 (H, W, 3) RGB.
        values: (h, w), of either sign, a value for each cell of a grid; smoothed between the cells' middles by the one
            resize, in 255 steps.
        scale: the value drawn strongest, on either side of zero; values beyond it look the same.
        step: pixels from one cell's middle to the next, down and across. The first cell's middle is the picture's first
            pixel, for that is where a network looks whose convolutions of stride 2 pad both sides alike: drawn as a
            picture of h x w pixels would be enlarged, all lies half a cell too far right and down.
    """
    levels = np.rint(127 + 127 * np.clip(values / scale if scale > 0 else values, -1, 1)).astype(np.uint8)
    # A further cell at the far ends gives what lies beyond the last middles.
    wider = np.pad(levels, ((0, 1), (0, 1)), mode="edge")
    height, width = picture.shape[:2]
    smooth = resize(wider, (wider.shape[1] * step, wider.shape[0] * step))[step // 2 :, step // 2 :]
    signed = (smooth[:height, :width, None].astype(np.float64) - 127) / 127
    grey = picture.astype(np.float64) @ (0.299, 0.587, 0.114)
    ground = (255 * _LIFT + grey * (1 - _LIFT))[..., None]
    share = _STRONGEST * np.abs(signed)
    return np.rint(ground * (1 - share) + np.where(signed < 0, NEGATIVE, POSITIVE) * share).astype(np.uint8)


def limits(values: NDArray[np.float32]) -> str:
    """What a reader of such a map of a network's evidence, (h, w), must know, in a sentence."""
    return f"A map says where evidence lies, not why; its {values.shape[0]} by {values.shape[1]} cells are smoothed."


def common_scale(maps: Sequence[NDArray[np.float32]]) -> float:
    """One scale for several maps: the median of their largest values, for one extreme map would pale all others."""
    return float(np.median([np.abs(values).max() for values in maps]))


def scale_bar(width: int, height: int) -> Picture:
    """The colours from one end of the scale to the other over a plain ground, uint8 (height, width, 3)."""
    values = np.broadcast_to(np.linspace(-1, 1, width, dtype=np.float32), (height, width))
    return overlay(np.full((height, width, 3), 128, np.uint8), values, 1.0, step=1)


def legend(width: int, negative: str, positive: str, notes: tuple[str, ...] = (), letters: int = 13) -> Picture:
    """The bar between two names, and lines of notes below it, on white: uint8 (H, width, 3).

    Args:
        width: pixels; letters that it has no room for become smaller, down to nine pixels.
        negative: what the left end stands for.
        positive: what the right end stands for.
        notes: lines below.
        letters: height of the letters, pixels.
    """
    while letters > _SMALLEST_LETTERS and _widest(letters, negative, positive, notes) > width - 2 * letters:
        letters -= 1
    font = ImageFont.load_default(letters)
    step = round(1.5 * letters)
    image = Image.new("RGB", (width, (1 + len(notes)) * step + letters // 2), "white")
    draw = ImageDraw.Draw(image)
    left = letters + round(font.getlength(negative))
    right = width - letters - round(font.getlength(positive))
    draw.text((letters // 2, letters // 4), negative, fill="black", font=font)
    draw.text((right + letters // 2, letters // 4), positive, fill="black", font=font)
    if right > left:
        image.paste(Image.fromarray(scale_bar(right - left, letters)), (left, letters // 2))
    for line, note in enumerate(notes, 1):
        draw.text((letters // 2, letters // 4 + line * step), note, fill="black", font=font)
    return np.asarray(image, np.uint8)


def _widest(letters: int, negative: str, positive: str, notes: tuple[str, ...]) -> float:
    font = ImageFont.load_default(letters)
    bar = 6 * letters
    ends = font.getlength(negative) + font.getlength(positive) + bar
    return max(ends, *(font.getlength(note) for note in notes)) if notes else ends
