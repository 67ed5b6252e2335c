"""The best face of each track, small, for a page."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.images.resize import fit
from gender_classifier.video.looks import Look

SIDE = 96
_BETTER = 1.15
"""Ratio by which a face must be better than the one that is kept: each change is written to the journal."""


class Thumbs:
    """Keeps a JPEG of each track's best face: the largest that is found surest.

    Example:
        >>> from gender_classifier.video.looks import Seen
        >>> look = Look(0.0, 0, 0.0, faces=[Seen((0, 0, 40, 40), 0.9, 2.0, track=0)])
        >>> thumbs = Thumbs()
        >>> thumbs.see(look, np.zeros((1, 112, 112, 3), np.uint8))
        >>> list(thumbs.jpegs)
        [0]

    Attributes:
        jpegs: base64, by the track's number.
        fresh: tracks whose image has changed since `take_fresh`.
    """

    def __init__(self) -> None:
        self.jpegs: dict[int, str] = {}
        self._quality: dict[int, float] = {}
        self.fresh: set[int] = set()

    def see(self, look: Look, crops: NDArray[np.uint8]) -> None:
        """Take a look's faces and their crops, and keep those that are better than what is kept.

        Args:
            look: its faces numbered by a `Tracker`.
            crops: of its faces, in their order, uint8 (faces, size, size, 3) RGB.
        """
        for face, crop in zip(look.faces, crops, strict=True):
            quality = face.score**2 * min(face.side, 2 * SIDE)
            if quality > _BETTER * self._quality.get(face.track, 0.0):
                self.put(face.track, quality, _jpeg(crop))
                self.fresh.add(face.track)

    def put(self, track: int, quality: float, jpeg: str) -> None:
        """Keep an image that is known to be the best so far.

        Args:
            track: its number.
            quality: as `see` measures it: squared detection score times the face's side, pixels, 192 at most.
            jpeg: base64.
        """
        self._quality[track], self.jpegs[track] = quality, jpeg

    def take_fresh(self) -> list[tuple[int, float, str]]:
        """Give the images that have changed since the last call.

        Returns:
            Number, quality and JPEG (base64) of each such track, in the order of numbers; `fresh` is empty afterwards.
        """
        changed = [(track, self._quality[track], self.jpegs[track]) for track in sorted(self.fresh)]
        self.fresh.clear()
        return changed


def _jpeg(crop: NDArray[np.uint8]) -> str:
    data = io.BytesIO()
    Image.fromarray(fit(crop, SIDE)).save(data, "JPEG", quality=82)
    return base64.b64encode(data.getvalue()).decode("ascii")
