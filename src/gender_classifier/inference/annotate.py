"""A photo with its faces framed and named, as a person wants to look at it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from gender_classifier.inference.prediction import UNCERTAIN, Prediction

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]

# Okabe and Ito's colours, told apart by the colour-blind too.
COLOURS: dict[str, Colour] = {"female": (230, 159, 0), "male": (0, 114, 178), UNCERTAIN: (110, 110, 110)}
_DARK, _LIGHT = (20, 20, 20), (255, 255, 255)
_INK: dict[str, Colour] = {"female": _DARK, "male": _LIGHT, UNCERTAIN: _LIGHT}
NOTE = "perceived gender, as annotators would see it"


def annotate(picture: Picture, rows: Sequence[Prediction]) -> Picture:
    """A copy of uint8 (H, W, 3) RGB with each face's box, label and probability, and what they mean below it."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    unit = max(1.0, min(image.size) / 240)
    for row in (r for r in rows if r.ok and r.box is not None):
        _frame(draw, row, unit, image.size)
    return np.asarray(_with_note(image, rows, unit), np.uint8)


def caption(row: Prediction) -> str:
    """Label and its probability: ``female 97 %``; of an uncertain face the likelier side's."""
    male = row.probability_male or 0.0
    likelier = "male" if male >= 0.5 else "female"
    share = f"{100 * min(max(male, 1.0 - male), 0.99):.0f} %"
    return f"{row.label} {share}" if row.label == likelier else f"{row.label} ({likelier} {share})"


def _frame(draw: ImageDraw.ImageDraw, row: Prediction, unit: float, size: tuple[int, int]) -> None:
    assert row.box is not None
    edge = max(2, round(1.5 * unit))
    x0, y0 = max(row.box[0], edge), max(row.box[1], edge)
    x1, y1 = min(row.box[2], size[0] - edge), min(row.box[3], size[1] - edge)
    if x1 <= x0 or y1 <= y0:
        return
    colour, text = COLOURS[row.label], caption(row)
    draw.rounded_rectangle((x0, y0, x1, y1), radius=4 * unit, outline=colour, width=edge)
    # As large as the face allows, and never unreadable.
    font = ImageFont.load_default(round(min(11 * unit, max(10.0, (x1 - x0) / 7))))
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    pad = max(2, round(0.25 * (bottom - top)))
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    x = min(max(0, x0), max(0, size[0] - width))
    y = y0 - height if y0 - height >= 0 else min(y1, size[1] - height)
    draw.rounded_rectangle((x, y, x + width, y + height), radius=pad, fill=colour)
    draw.text((x + pad - left, y + pad - top), text, font=font, fill=_INK[row.label])


def _with_note(image: Image.Image, rows: Sequence[Prediction], unit: float) -> Image.Image:
    faces = sum(row.ok for row in rows)
    text = f"{faces} face{'s' * (faces != 1)}; {NOTE}" if faces else "no face found"
    size = max(9, round(7 * unit))
    font = ImageFont.load_default(size)
    while size > 7 and font.getlength(text) > image.width - 12:
        size -= 1
        font = ImageFont.load_default(size)
    below = Image.new("RGB", (image.width, image.height + 2 * size), _LIGHT)
    below.paste(image)
    ImageDraw.Draw(below).text((6, image.height + size // 2 - 1), text, font=font, fill=_DARK)
    return below
