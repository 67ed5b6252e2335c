"""Contact sheets: many small images with captions in one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gender_classifier.images.resize import fit
from gender_classifier.images.types import Picture
from gender_classifier.system.files import atomic_path

_GAP = 6
_FONT_SIZE = 13
_LINE = 17
_TITLE_SIZE = 16
_TITLE_LINE = 24


def contact_sheet(
    pictures: Sequence[Picture],
    captions: Sequence[str],
    path: Path,
    columns: int = 8,
    cell: int = 128,
    title: str = "",
    foot: Picture | None = None,
) -> None:
    r"""Write a PNG with a grid of images, and captions below them.

    Args:
        pictures: uint8 (H, W, 3) RGB each; shown row by row, fitted into squares.
        captions: one each; `\n` breaks lines, and a line wider than its square loses its middle.
        path: file to write.
        columns: images in a row at most.
        cell: side of each square, pixels.
        title: above all; `\n` breaks lines; empty: none.
        foot: a legend below all, at the left, uint8 (h, w, 3), shown as it is; None: none.

    Raises:
        ValueError: not as many captions as images.
    """
    columns = max(1, min(columns, len(pictures)))
    lines = max((caption.count("\n") + 1 for caption in captions), default=1)
    height = cell + lines * _LINE + _GAP
    rows = -(-len(pictures) // columns)
    font, large = ImageFont.load_default(_FONT_SIZE), ImageFont.load_default(_TITLE_SIZE)
    above = (title.count("\n") + 1) * _TITLE_LINE if title else 0
    # A title wider than the images widens the sheet.
    wide = max(round(large.getlength(line)) + 2 * _GAP for line in title.split("\n"))
    inner = above + max(1, rows) * height
    below, least = (foot.shape[0] + _GAP, foot.shape[1] + 2 * _GAP) if foot is not None else (0, 0)
    size = max(wide, least, columns * (cell + _GAP) + _GAP), inner + below + _GAP
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    draw.multiline_text((_GAP, 3), title, fill="black", font=large, spacing=3)
    for place, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left = _GAP + place % columns * (cell + _GAP)
        top = above + _GAP + place // columns * height
        sheet.paste(Image.fromarray(fit(picture, cell, "pad")), (left, top))
        text = "\n".join(_shorten(line, draw, font, cell) for line in caption.split("\n"))
        draw.multiline_text((left, top + cell + 1), text, fill="black", font=font, spacing=2)
    if foot is not None:
        sheet.paste(Image.fromarray(foot), (_GAP, inner + _GAP))
    with atomic_path(path) as partial:
        sheet.save(partial, "PNG")


def _shorten(
    text: str, draw: ImageDraw.ImageDraw, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int
) -> str:
    if draw.textlength(text, font=font) <= width:
        return text
    kept = len(text) - 1
    while kept and draw.textlength(_without_middle(text, kept), font=font) > width:
        kept -= 1
    return _without_middle(text, kept)


def _without_middle(text: str, kept: int) -> str:
    """Both ends of a text: file names differ in either."""
    return text[: kept - kept // 2] + "…" + text[len(text) - kept // 2 :]
