"""A photo with its faces framed and named, as a person wants to look at it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from gender_classifier.images.overlay import wrapped
from gender_classifier.images.types import Box, Picture
from gender_classifier.inference.results import Prediction
from gender_classifier.metrics.decision import UNCERTAIN

Colour = tuple[int, int, int]

# Okabe and Ito's colours, told apart by the colour-blind too.
COLOURS: dict[str, Colour] = {"female": (230, 159, 0), "male": (0, 114, 178), UNCERTAIN: (110, 110, 110)}
_DARK, _LIGHT = (20, 20, 20), (255, 255, 255)
_INK: dict[str, Colour] = {"female": _DARK, "male": _LIGHT, UNCERTAIN: _LIGHT}
NOTE = "perceived gender, as annotators would see it"

_UNIT = 240  # lines and letters are drawn for an image of this many pixels and grow with it
_LEGIBLE = 11
_SMALL, _MOST = 320, 8  # smaller images are enlarged, up to so many times


def annotate(picture: Picture, rows: Sequence[Prediction]) -> Picture:
    """Draw each face's box, label and probability on a copy, and what they mean on a strip below it.

    Args:
        picture: uint8 (H, W, 3) RGB; one too small to write on is enlarged by a whole number.
        rows: its faces; boxes in its pixels. Rows without an answer or a box are passed over.

    Returns:
        uint8 (H', W', 3) RGB, higher than `picture` by the strip, and wider where its words need more room.
    """
    factor = min(_MOST, max(1, math.ceil(_SMALL / max(picture.shape[:2]))))
    image = Image.fromarray(picture)
    if factor > 1:
        image = image.resize((image.width * factor, image.height * factor), Image.Resampling.BICUBIC)
    unit = max(1.0, min(image.size) / _UNIT)
    frame_faces(image, rows, factor)
    return np.asarray(_with_note(image, rows, unit), np.uint8)


def frame_faces(image: Image.Image, rows: Sequence[Prediction], factor: int = 1) -> None:
    """Draw each face's box, label and probability into an image.

    Args:
        image: RGB, enlarged by `factor`.
        rows: its faces; boxes in its pixels before it was enlarged. Rows without an answer or a box are passed over.
        factor: by how much the image is larger than the one that the boxes are of.
    """
    unit = max(1.0, min(image.size) / _UNIT)
    draw = ImageDraw.Draw(image)
    framed = [(row, _clipped(row.box, factor, unit, image.size)) for row in rows if row.ok and row.box is not None]
    seen = [(row, box) for row, box in framed if box[0] < box[2] and box[1] < box[3]]
    for row, box in seen:
        _frame(draw, box, COLOURS[row.label], unit)
    taken: list[Box] = []  # captions come last, so that no frame goes through one
    for row, box in seen:
        others = [other for _, other in seen if other is not box]
        taken.append(_caption(draw, row, box, unit, image.size, taken, others))


def caption(row: Prediction) -> str:
    """Write a face's label and how probable it is.

    Args:
        row: the face's answer.

    Returns:
        `female 97 %`, say: whole per cent, 99 at most, 50 or less where the threshold makes the less likely class
        the label. An uncertain face gets `uncertain` alone.
    """
    if row.label == UNCERTAIN:
        return UNCERTAIN
    male = row.probability_male or 0.0
    likelier = "male" if male >= 0.5 else "female"
    share = math.floor(100 * min(max(male, 1.0 - male), 0.99) + 0.5)
    # With a threshold away from one half the label may be the less likely one.
    return f"{row.label} {share if row.label == likelier else 100 - share} %"


def _clipped(box: Box, factor: int, unit: float, size: tuple[int, int]) -> Box:
    """The part of a box that is in the enlarged image, its line whole."""
    edge = math.ceil(1.5 * unit) / 2
    x0, y0, x1, y1 = (value * factor for value in box)
    return (max(x0, edge), max(y0, edge), min(x1, size[0] - 1 - edge), min(y1, size[1] - 1 - edge))


def _frame(draw: ImageDraw.ImageDraw, box: Box, colour: Colour, unit: float) -> None:
    side = min(box[2] - box[0], box[3] - box[1])
    edge = max(2, round(min(1.5 * unit, side / 20)))
    rim = edge // 4  # light, so that the line stands out from a dark image too
    for grow, line, ink in ((rim, edge + 2 * rim, _LIGHT), (0, edge, colour)):
        outer = (box[0] - grow, box[1] - grow, box[2] + grow, box[3] + grow)
        draw.rounded_rectangle(outer, radius=min(4 * unit, side / 8) + grow, outline=ink, width=line)


def _caption(
    draw: ImageDraw.ImageDraw,
    row: Prediction,
    box: Box,
    unit: float,
    size: tuple[int, int],
    taken: Sequence[Box],
    others: Sequence[Box],
) -> Box:
    """Write a face's caption beside it, where it hides least; returns where it stands."""
    text = caption(row)
    # As large as the face allows, and never unreadable.
    font = ImageFont.load_default(round(min(9 * unit, max(_LEGIBLE, 3.2 * unit, (box[2] - box[0]) / 6))))
    left, top, right, bottom = draw.textbbox((0, 0), text, font=font)
    pad = max(2, round(0.3 * (bottom - top)))
    width, height = right - left + 2 * pad, bottom - top + 2 * pad
    spots = []
    for x in (box[0], box[2] - width):
        for y in (box[1] - height, box[3], box[1], box[3] - height):
            spot_x, spot_y = (max(0.0, min(v, limit)) for v, limit in ((x, size[0] - width), (y, size[1] - height)))
            spots.append((spot_x, spot_y, spot_x + width, spot_y + height))
    spot = min(spots, key=lambda spot: 4 * _covered(spot, taken) + 2 * _covered(spot, others) + _covered(spot, [box]))
    draw.rounded_rectangle(spot, radius=pad, fill=COLOURS[row.label])
    draw.text((spot[0] + pad - left, spot[1] + pad - top), text, font=font, fill=_INK[row.label])
    return spot


def _covered(spot: Box, boxes: Iterable[Box]) -> float:
    """Pixels of `boxes` that lie under `spot`."""
    return sum(
        max(0.0, min(spot[2], b[2]) - max(spot[0], b[0])) * max(0.0, min(spot[3], b[3]) - max(spot[1], b[1]))
        for b in boxes
    )


def _with_note(image: Image.Image, rows: Sequence[Prediction], unit: float) -> Image.Image:
    faces = sum(row.ok for row in rows)
    text = f"{faces} face{'s' * (faces != 1)}; {NOTE}" if faces else "no face found"
    size = max(_LEGIBLE, round(5.5 * unit))
    margin = size // 2
    while size > _LEGIBLE and ImageFont.load_default(size).getlength(text) > image.width - 2 * margin:
        size -= 1
    font = ImageFont.load_default(size)
    lines = wrapped(text, font, image.width - 2 * margin)
    step = round(1.4 * size)
    width = max(image.width, math.ceil(max(font.getlength(line) for line in lines)) + 2 * margin)
    below = Image.new("RGB", (width, image.height + len(lines) * step + margin), _LIGHT)
    below.paste(image, ((width - image.width) // 2, 0))
    draw = ImageDraw.Draw(below)
    for place, line in enumerate(lines):
        draw.text((margin, image.height + place * step + margin // 2), line, font=font, fill=_DARK)
    return below
