"""From what a user has (a path, an opened picture, an array) to crops that a network takes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.faces.crops import face_crops, reduction_for, smallest_face
from gender_classifier.faces.detect import FaceDetector
from gender_classifier.faces.geometry import Geometry
from gender_classifier.images.read import largest_reduction, read_reduced
from gender_classifier.images.resize import fit
from gender_classifier.inference.items import Item, Source, pixels_of, take
from gender_classifier.inference.prediction import NO_FACE, OK, UNREADABLE, Box

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Found:
    """Where a face was found: box in pixels of the upright picture, score 0 to 1; both None for a crop."""

    box: Box | None
    score: float | None
    side: float | None


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture made ready.

    Attributes:
        path: where it came from, if from a file.
        status: ``ok``, ``no face`` or ``unreadable: `` and the reason.
        found: its faces, from left to right.
        crops: uint8 (len(found), size, size, 3) RGB.
    """

    path: str | None
    status: str = OK
    found: list[Found] = field(default_factory=list)
    crops: Picture | None = None

    def __repr__(self) -> str:
        faces = f", {len(self.found)} face{'s' * (len(self.found) != 1)}" if self.status == OK else ""
        return f"Photo({self.path!r}, {self.status!r}{faces})"


@dataclass(frozen=True)
class Preparation:
    """How pictures become crops.

    Attributes:
        geometry: of the crops; its size is the network's.
        fit: how a picture taken as a crop becomes square.
        detector: None takes every picture as a crop (``--faces-only``).
        min_face: smallest face sought, pixels; None: ``faces.crops.smallest_face``.
    """

    geometry: Geometry
    fit: str
    detector: FaceDetector | None
    min_face: int | None = None

    def __call__(self, source: Source | Item) -> Photo:
        """Read, find faces, crop; a picture that cannot be read becomes a status, never an exception.

        Raises:
            UserError: no picture at all: another type, or an array of another shape or dtype.
        """
        item = source if isinstance(source, Item) else take(source)
        path = item.path
        try:
            picture, reduction = self._read(item)
        except UnreadableError as error:
            reason = str(error).removeprefix(f"{path}: ").removeprefix("picture: ")
            return Photo(path, f"{UNREADABLE}: {reason}")
        if self.detector is None:
            return Photo(path, OK, [Found(None, None, None)], fit(picture, self.geometry.size, self.fit)[None])
        height, width = picture.shape[:2]
        smallest = smallest_face(width * reduction, height * reduction, self.min_face) / reduction
        faces = face_crops(picture, self.detector, self.geometry, smallest)
        if not faces:
            return Photo(path, NO_FACE)
        found = [Found(_times(f.face.box, reduction), f.face.score, f.face.side * reduction) for f in faces]
        return Photo(path, OK, found, np.stack([f.picture for f in faces]))

    def _read(self, item: Item) -> tuple[Picture, int]:
        if item.fault is not None:
            raise item.fault
        if isinstance(item.content, Image.Image):
            return pixels_of(item.content), 1
        if isinstance(item.content, np.ndarray):
            return item.content, 1
        return read_reduced(item.content if item.content is not None else item.path or "", self._reduction)

    def _reduction(self, width: int, height: int) -> int:
        if self.detector is None:
            return largest_reduction(min(width, height), self.geometry.size)
        return reduction_for(smallest_face(width, height, self.min_face))


def _times(box: Box, factor: int) -> Box:
    return (box[0] * factor, box[1] * factor, box[2] * factor, box[3] * factor)
