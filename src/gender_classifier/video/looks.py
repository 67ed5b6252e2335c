"""What was seen in a film's frames: the raw material of tracks and screen time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gender_classifier.images.types import Box

NO_TRACK = -1


@dataclass(slots=True)
class Seen:
    """One face in one frame.

    Example:
        >>> Seen((10, 10, 50, 50), score=0.9, logit=2.0).side
        40.0

    Attributes:
        box: x0, y0, x1, y1, pixels of the upright image with square pixels; may reach beyond it.
        score: of the detector, 0 to 1.
        logit: of the network, before calibration.
        track: number of its track, from 0; `NO_TRACK` until a `Tracker` numbers it.
    """

    box: Box
    score: float
    logit: float
    track: int = NO_TRACK

    @property
    def side(self) -> float:
        """Square root of the box's area, pixels."""
        return math.sqrt(max(0.0, self.box[2] - self.box[0]) * max(0.0, self.box[3] - self.box[1]))


@dataclass(slots=True)
class Look:
    """One frame that was looked at.

    Example:
        >>> look = Look(0.2, 5, 0.2, faces=[Seen((10, 10, 50, 50), 0.9, 2.0)])
        >>> look.to_list()
        [0.2, 5, 0.2, [], [[10, 10, 50, 50, 0.9, 2.0, -1]]]
        >>> Look.from_list(look.to_list()) == look
        True

    Attributes:
        time: seconds from the film's beginning.
        number: of the frame, from 0.
        since: until when what was seen before covered the film, seconds; less than `time` after a gap.
        cuts: times since the frame before at which a shot began.
        faces: from left to right.
    """

    time: float
    number: int
    since: float
    cuts: tuple[float, ...] = ()
    faces: list[Seen] = field(default_factory=list)

    def to_list(self) -> list[Any]:
        """Give plain values for JSON, exact.

        Returns:
            Time, number, since, list of cuts, list of faces; of a face x0, y0, x1, y1, score, logit, track.
        """
        faces = [[*face.box, face.score, face.logit, face.track] for face in self.faces]
        return [self.time, self.number, self.since, list(self.cuts), faces]

    @classmethod
    def from_list(cls, values: Sequence[Any]) -> Look:
        """Undo `to_list`.

        Args:
            values: as `to_list` gave them, or as JSON gave them back.

        Returns:
            An equal look.
        """
        time, number, since, cuts, faces = values
        seen = [Seen((f[0], f[1], f[2], f[3]), f[4], f[5], int(f[6])) for f in faces]
        return cls(float(time), int(number), float(since), tuple(cuts), seen)


def spans(looks: Sequence[Look], covered: float, cuts: Sequence[float] = ()) -> list[tuple[float, float]]:
    """Give from when until when each look stands for the film.

    A look stands from its time to the next one's; where a shot begins in between, until the cut, and the next one from
    there. Where several begin in between, those of which nothing was looked at belong to no look. Where the film has a
    gap, a look stands until what was covered.

    Args:
        looks: in their order.
        covered: until when frames covered the film, seconds.
        cuts: times of cuts after the last look, seconds.

    Returns:
        Begin and end of each look, seconds, in their order.
    """
    begins = [max((cut for cut in look.cuts if cut <= look.time), default=look.time) for look in looks]
    found = []
    for place, look in enumerate(looks):
        if place + 1 < len(looks):
            after = looks[place + 1]
            end = min([begins[place + 1], max(after.since, look.time), *after.cuts])
        else:
            end = min([covered, *(cut for cut in cuts if cut > look.time)])
        found.append((begins[place], max(end, look.time)))
    return found
