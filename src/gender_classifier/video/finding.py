"""Faces of a film's frame: sought in a reduced image, cut from the whole one."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import Colorspace, Interpolation

from gender_classifier.faces.crops import cut
from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.faces.finding import find_faces
from gender_classifier.faces.geometry import Geometry
from gender_classifier.images.resize import resize
from gender_classifier.images.types import Picture
from gender_classifier.inference.preparation import Found, Photo
from gender_classifier.inference.results import NO_FACE, OK
from gender_classifier.video.colours import is_hdr, to_plain
from gender_classifier.video.reading import Film, Taken

SMALLEST, OF_HEIGHT = 24, 18
"""Side of the smallest face sought where nothing was asked for: so many pixels, or such a part of the film's height."""
_SOUGHT = 20
"""Side, pixels, at which the detector finds faces reliably (`faces.detection`)."""


def smallest_face(height: int, asked: int | None) -> int:
    """Give the side of the smallest face to seek in a film.

    Args:
        height: of the upright image, pixels.
        asked: side that was asked for, pixels; None: by the height.

    Returns:
        `asked`, else an eighteenth of the height and at least 24, pixels.
    """
    return asked if asked is not None else max(SMALLEST, round(height / OF_HEIGHT))


@dataclass(frozen=True)
class Finder:
    """Makes frames ready for the network; safe to call from several threads.

    Example:
        >>> with Film("film.mp4") as film:  # doctest: +SKIP
        ...     finder = Finder(film, classifier.face_detector(), classifier.geometry, smallest_face(film.height, None))
        ...     photos = [finder(taken) for taken in film.frames(Sampling(rate=1.0))]

    Attributes:
        film: that the frames are of.
        detector: finds faces.
        geometry: of the crops.
        smallest: side of the smallest face sought, pixels of the upright image.
    """

    film: Film
    detector: FaceDetector
    geometry: Geometry
    smallest: int

    def __call__(self, taken: Taken) -> Photo:
        """Find the faces of a frame and cut them out.

        Args:
            taken: a frame of the film.

        Returns:
            Its faces from left to right, with their crops; boxes in pixels of the film's first frame, upright. Status
            `no face` where none is found.
        """
        frame = taken.frame
        width, height = self.film.display_size(frame)
        scale = min(1.0, _SOUGHT / self.smallest)
        small = pixels(frame, max(1, round(width * scale)), max(1, round(height * scale)))
        found = find_faces(small, self.detector, self.smallest * scale, rotate=False).faces
        if not found:
            return Photo(None, NO_FACE)
        whole = pixels(frame, width, height) if scale < 1 else small
        ratio = width / small.shape[1], height / small.shape[0]
        faces = [_scaled(face, *ratio) for face in found]
        # Elsewhere landmarks are found once more in the upright crop, which costs nearly as much as classifying and
        # brings half a point on single faces (`benchmarks/video.py landmarks`); here a track's other frames help.
        crops = np.stack([cut(whole, face, self.geometry) for face in faces])
        # The film's size may change on the way; boxes are told in pixels of its first frame.
        to_film = self.film.width / width, self.film.height / height
        told = [_scaled(face, *to_film) for face in faces]
        return Photo(None, OK, [Found(face.box, face.score, face.side) for face in told], crops)


def pixels(frame: av.VideoFrame, width: int, height: int) -> Picture:
    """Give a frame's upright pixels, as a plain screen shows them; of one field where it is interlaced.

    Args:
        frame: as decoded.
        width: of the upright image, pixels.
        height: of it, pixels.

    Returns:
        uint8 (height, width, 3) RGB.
    """
    turned = frame.rotation % 360
    wide, high = (height, width) if turned % 180 else (width, height)
    # What does not tell its colours is taken for what its size suggests, as players do.
    colours = Colorspace.ITU709 if frame.colorspace == 2 and frame.height >= 720 else None
    if frame.interlaced_frame:
        picture = resize(np.ascontiguousarray(_plain(frame, frame.width, frame.height, colours)[::2]), (wide, high))
    else:
        picture = _plain(frame, wide, high, colours)
    return np.ascontiguousarray(np.rot90(picture, turned // 90)) if turned else picture


def _plain(frame: av.VideoFrame, width: int, height: int, colours: Colorspace | None) -> Picture:
    hdr = is_hdr(transfer := int(frame.color_trc))
    kind = "rgb48le" if hdr else "rgb24"
    reduced = frame.reformat(width, height, format=kind, src_colorspace=colours, interpolation=Interpolation.AREA)
    if hdr:
        return to_plain(np.asarray(reduced.to_ndarray(), np.uint16), transfer)
    return np.asarray(reduced.to_ndarray(), np.uint8)


def _scaled(face: Face, across: float, down: float) -> Face:
    x0, y0, x1, y1 = face.box
    return Face((x0 * across, y0 * down, x1 * across, y1 * down), face.score, face.landmarks * (across, down))
