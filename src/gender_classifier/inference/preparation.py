"""From what a user has (a path, an opened image, an array) to crops that a network takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain, islice

import numpy as np
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.faces.crops import crop_of
from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.faces.finding import SMALLEST, Look, find_faces, reduction_for, smallest_face
from gender_classifier.faces.geometry import Geometry
from gender_classifier.images.pages import first_pages, more_pages
from gender_classifier.images.read import (
    MAX_PIXELS,
    BrokenPage,
    Page,
    largest_reduction,
    read_pages,
)
from gender_classifier.images.resize import fit
from gender_classifier.images.types import Box, Picture
from gender_classifier.inference.items import (
    Item,
    Source,
    pixels_of,
    take,
)
from gender_classifier.inference.results import NO_FACE, OK, UNREADABLE
from gender_classifier.names import to_text

AHEAD = 8
"""Pages of a file that a thread makes ready before they are asked for."""


@dataclass(frozen=True)
class Found:
    """Where a face was found; all None for an image that is a crop already.

    Example:
        >>> Found((10.0, 20.0, 50.0, 60.0), score=0.9, side=40.0)
        Found(box=(10.0, 20.0, 50.0, 60.0), score=0.9, side=40.0, landmarks=None)

    Attributes:
        box: x0, y0, x1, y1, pixels of the upright image; may reach beyond it.
        score: how sure the detector is, 0 to 1.
        side: square root of the box's area, pixels.
        landmarks: (x, y) of the five `faces.geometry.LANDMARKS`, pixels of the upright image.
    """

    box: Box | None
    score: float | None
    side: float | None
    landmarks: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, eq=False)
class Photo:
    """An image made ready.

    Example:
        >>> Photo("a.jpg", found=[Found((10.0, 20.0, 50.0, 60.0), 0.9, 40.0)])
        Photo('a.jpg', 'ok', 1 face)

    Attributes:
        path: where it came from, if from a file.
        status: `ok`, `no face` or `unreadable: ` and the reason.
        found: its faces, from left to right.
        crops: uint8 (len(found), size, size, 3) RGB; None without a face.
        page: of the file, from 1; None where the file cannot be read at all.
        note: what is no error but should be known of it.
        turned: clockwise degrees by which it stood turned: 0, 90, 180 or 270.
        size: width and height of the upright image, pixels; None where it is unreadable.
    """

    path: str | None
    status: str = OK
    found: list[Found] = field(default_factory=list)
    crops: Picture | None = None
    page: int | None = 1
    note: str = ""
    turned: int = 0
    size: tuple[int, int] | None = None

    def __repr__(self) -> str:
        faces = f", {len(self.found)} face{'s' * (len(self.found) != 1)}" if self.status == OK else ""
        return f"Photo({self.path!r}, {self.status!r}{faces})"


@dataclass(frozen=True)
class Preparation:
    """How images become crops.

    Example:
        >>> from gender_classifier.faces.geometry import CANONICAL
        >>> prepare = Preparation(CANONICAL, "stretch", detector=None)
        >>> prepare(np.zeros((300, 200, 3), np.uint8)).crops.shape
        (1, 224, 224, 3)

    Attributes:
        geometry: of the crops; its size is the network's.
        fit: how an image taken as a crop becomes square: `stretch`, `crop` or `pad` (`images.resize.fit`).
        detector: None takes every image as a crop (`--faces-only`).
        min_face: smallest face sought, pixels; None: `faces.finding.smallest_face`.
        most: pages of a file that are looked at.
        rotate: seek faces at quarter turns too, where none or only a poor one is found.
        max_pixels: images of more pixels are refused before they are decoded.
    """

    geometry: Geometry
    fit: str
    detector: FaceDetector | None
    min_face: int | None = None
    most: int = 1
    rotate: bool = True
    max_pixels: int = MAX_PIXELS

    def __call__(self, source: Source | Item) -> Photo:
        """Make an image ready; of a file, the page that it opens with.

        Args:
            source: the image, or what `items.take` made of it.

        Returns:
            The photo; what cannot be read has a status that says so.

        Raises:
            UserError: no image at all: another type, or an array of another shape or dtype.
        """
        return next(self.pages(source if isinstance(source, Item) else take(source)))

    def ahead(self, item: Item) -> Iterator[Photo]:
        """Make a file's first pages ready at once, the others when they are asked for.

        So a thread may work ahead, and the crops of a file of many pages are not all held at a time.

        Args:
            item: the image, as `items.take` gives it.

        Returns:
            The photos that `pages` gives; the first `AHEAD` of them are ready.

        Raises:
            UserError: no image at all.
        """
        photos = self.pages(item)
        return chain(list(islice(photos, AHEAD)), photos)

    def pages(self, item: Item) -> Iterator[Photo]:
        """Read an image, find its faces and cut their crops, page by page.

        Args:
            item: the image, as `items.take` gives it.

        Yields:
            A photo a page, `most` of them at most. What cannot be read becomes a status, never an exception.

        Raises:
            UserError: no image at all.
        """
        path = item.path
        try:
            if item.fault is not None:
                raise item.fault
            if isinstance(item.content, Image.Image | np.ndarray):
                picture = item.content if isinstance(item.content, np.ndarray) else pixels_of(item.content)
                yield replace(self._photo(Page(picture), path), page=item.page or 1, note=item.note)
                return
            source = item.content if item.content is not None else item.path or ""
            for seen, page in enumerate(
                read_pages(source, self._reduction, most=self.most, max_pixels=self.max_pixels), 1
            ):
                note = self._note(seen, page.pages)
                photo = _unreadable(path, page.fault) if isinstance(page, BrokenPage) else self._photo(page, path)
                yield replace(photo, page=page.number, note="; ".join(filter(None, (photo.note, note))))
        except UnreadableError as error:
            yield replace(_unreadable(path, error), page=item.page, note=item.note)

    def _note(self, seen: int, pages: int) -> str:
        if self.most == 1:
            return more_pages(pages - 1)
        return first_pages(seen, pages) if seen == self.most < pages else ""

    def _photo(self, page: Page, path: str | None) -> Photo:
        """An image's faces and their crops; boxes in pixels of the image as it was before it was reduced."""
        picture, reduction, size = page.picture, page.reduction, page.size
        if self.detector is None:
            whole = fit(picture, self.geometry.size, self.fit)[None]
            return Photo(path, OK, [Found(None, None, None)], whole, size=size)
        height, width = picture.shape[:2]
        smallest = smallest_face(width * reduction, height * reduction, self.min_face) / reduction
        look = find_faces(picture, self.detector, smallest, self.rotate)
        note = self._hidden(look, smallest * reduction)
        if not look.faces:
            return Photo(path, NO_FACE, note=note, size=size)
        crops = [crop_of(picture, face, self.detector, self.geometry).picture for face in look.faces]
        found = [_found(face, reduction) for face in look.faces]
        return Photo(path, OK, found, np.stack(crops), note=note, turned=look.turned, size=size)

    def _hidden(self, look: Look, smallest: float) -> str:
        """What the limit on the smallest face, if nobody asked for it, may have hidden."""
        if self.min_face is not None or smallest <= SMALLEST:
            return ""
        advice = f"--min-face {SMALLEST} seeks smaller ones"
        if look.too_small:
            return f"{look.too_small} smaller than {smallest:.0f} px not counted, {advice}"
        return "" if look.faces else f"only faces from {smallest:.0f} px on were sought, {advice}"

    def _reduction(self, width: int, height: int) -> int:
        if self.detector is None:
            return largest_reduction(min(width, height), self.geometry.size)
        return reduction_for(smallest_face(width, height, self.min_face))


def _unreadable(path: str | None, error: UnreadableError) -> Photo:
    named = to_text(path) if path is not None else "image"
    reason = str(error).removeprefix(f"{named}: ").removeprefix("image: ")
    return Photo(path, f"{UNREADABLE}: {reason}", page=None)


def _found(face: Face, reduction: int) -> Found:
    points = tuple((float(x) * reduction, float(y) * reduction) for x, y in face.landmarks)
    return Found(_times(face.box, reduction), face.score, face.side * reduction, points)


def _times(box: Box, factor: int) -> Box:
    return (box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor)
