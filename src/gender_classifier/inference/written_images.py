"""The images that `predict` writes: crops, maps of evidence, photos with their faces framed."""

from __future__ import annotations

import io
from collections.abc import Container, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.read import Page, read_pages
from gender_classifier.images.resize import resize
from gender_classifier.inference.annotate import annotate
from gender_classifier.inference.explained import explained
from gender_classifier.inference.occlusion import OcclusionMaps
from gender_classifier.inference.results import UNREADABLE, Prediction
from gender_classifier.system.console import say

_LONGEST = 65_500
"""Pixels of a side that JPEG encoders write at most."""


def name_of_page(name: str, page: int | None, taken: Container[str]) -> str:
    """Name what is written of a file's page.

    Args:
        name: of the file, without suffix (`sources.picture_paths`).
        page: from 1; None: the page that the file opens with.
        taken: names that files have; a further page must have none of them.

    Returns:
        `name` for the page that the file opens with, else `name-page2`, say, with as many `~` behind it as it takes.
    """
    wanted = name if page is None else f"{name}-page{page}"
    while page is not None and wanted in taken:
        wanted += "~"
    return wanted


def write_crops(crops: NDArray[np.uint8] | None, rows: Sequence[Prediction], stem: Path) -> None:
    """Write the crops of an image as JPEG files, numbered behind `stem`.

    Args:
        crops: uint8 (faces, size, size, 3) RGB; None: nothing is written.
        rows: of the image, a face each.
        stem: folder and beginning of the name: `crops/a` makes `crops/a-0.jpg`.

    Raises:
        UserError: a file cannot be written.
    """
    for place, row in enumerate(rows):
        if crops is not None and row.ok:
            _write_picture(crops[place], stem.with_name(f"{stem.name}-{place}.jpg"))


def write_explained(
    maps: OcclusionMaps, crops: NDArray[np.uint8] | None, rows: Sequence[Prediction], stem: Path
) -> None:
    """Write each crop beside its map of evidence, numbered behind `stem`.

    Args:
        maps: of the model.
        crops: uint8 (faces, size, size, 3) RGB; None: nothing is written.
        rows: of the image, a face each.
        stem: folder and beginning of the name, as for `write_crops`.

    Raises:
        UserError: a file cannot be written.
    """
    if crops is not None:
        maps_and_agreement = zip(*maps.checked(crops), strict=True)
        for place, (crop, (values, agrees)) in enumerate(zip(crops, maps_and_agreement, strict=True)):
            shown = explained(crop, values, float(agrees), rows[place])
            _write_picture(shown, stem.with_name(f"{stem.name}-{place}.jpg"))


def write_annotated(
    path: Path, pages: Sequence[Sequence[Prediction]], target: Path, names: Container[str], stem: str
) -> None:
    """Write each page of a file with its faces framed; what cannot be read is passed over.

    A page of which a side, with the strip below it, has more than 65,500 pixels is written smaller: a JPEG file has
    no more.

    Args:
        path: of the file, which is read once more.
        pages: rows of each page that was looked at.
        target: folder to write to; it is made where it is not there.
        names: that files have, as for `name_of_page`.
        stem: beginning of the name.

    Raises:
        UserError: a file cannot be written.
    """
    rows_of = {rows[0].page: rows for rows in pages if rows[0].status.partition(":")[0] != UNREADABLE}
    if not rows_of:
        return
    try:
        for seen, page in enumerate(read_pages(path, lambda width, height: 1, most=len(pages))):
            if isinstance(page, Page) and page.number in rows_of:
                name = name_of_page(stem, page.number if seen else None, names)
                _write_picture(annotate(page.picture, rows_of[page.number]), target / f"{name}.jpg")
    except UnreadableError as error:  # gone or changed since its faces were found: its rows stand
        say(f"not annotated: {error}")


def _write_picture(picture: NDArray[np.uint8], path: Path) -> None:
    height, width = picture.shape[:2]
    if (side := max(height, width)) > _LONGEST:
        picture = resize(picture, (max(1, width * _LONGEST // side), max(1, height * _LONGEST // side)))
    data = io.BytesIO()
    # One name for what is half written, so that who goes on after a kill replaces it.
    partial = path.with_name(f".{path.name}.partial")
    try:
        Image.fromarray(picture).save(data, "JPEG", quality=92, subsampling=0)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(data.getvalue())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise UserError(f"{path}: {reason(error)}") from None


def reason(error: OSError) -> str:
    """Say why something cannot be written, for an error's line.

    Args:
        error: of the attempt.

    Returns:
        `cannot be written (no space left on device)`, say.
    """
    return f"cannot be written ({(error.strerror or str(error)).lower()})"
