"""Faces of one frame joined with those of the frames before: tracks, which never cross a cut.

A track is not a person: whoever leaves and comes back begins a new one.

Source: the assignment of detections to predicted boxes is that of Bewley et al., "Simple Online and Realtime Tracking",
ICIP 2016, by the Hungarian method; in place of the overlap, which is nothing for a small face that moves, stands the
distance of centres in units of the face's side and the ratio of sides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gender_classifier.images.types import Box
from gender_classifier.video.looks import Look, Seen

BRIDGED = 0.5
"""Seconds that a face may be missing and still be the same track."""
_FARTHEST, _RATIO = 1.0, 2.0
"""Distance of centres, in sides, and ratio of sides from which two boxes are never the same face."""
_DAMPED = 0.7
"""Share of the last motion that is expected to go on."""


@dataclass(slots=True)
class _Open:
    """A track that may go on."""

    number: int
    box: Box
    time: float
    look: int
    velocity: tuple[float, float] = (0.0, 0.0)

    def expected(self, time: float) -> Box:
        dx, dy = (_DAMPED * v * min(time - self.time, BRIDGED) for v in self.velocity)
        return (self.box[0] + dx, self.box[1] + dy, self.box[2] + dx, self.box[3] + dy)

    def take(self, face: Seen, time: float, look: int) -> None:
        passed = max(time - self.time, 1e-6)
        (x, y), (was_x, was_y) = _centre(face.box), _centre(self.box)
        self.velocity = ((x - was_x) / passed, (y - was_y) / passed)
        self.box, self.time, self.look = face.box, time, look


class Tracker:
    """Gives each face of each look the number of its track.

    Example:
        >>> tracker = Tracker()
        >>> for time in (0.0, 0.2):
        ...     look = Look(time, 0, time, faces=[Seen((10 + 20 * time, 10, 50 + 20 * time, 50), 0.9, 2.0)])
        ...     tracker.step(look)
        >>> look.faces[0].track
        0
    """

    def __init__(self) -> None:
        self._open: list[_Open] = []
        self._looks = self._numbers = 0

    def step(self, look: Look) -> None:
        """Number the faces of the next look, in place.

        Args:
            look: later than the one before; the field `track` of its faces is set.
        """
        if look.cuts:
            self._open = []
        self._looks += 1
        # From a look to the next one a track goes on whatever time lies between (key frames); a gap is bridged
        # where no more than BRIDGED of it was looked at without finding the face.
        self._open = [o for o in self._open if o.look == self._looks - 1 or look.time - o.time <= self._longest(o)]
        for track, face in self._matched(look):
            if track is None:
                track = _Open(self._numbers, face.box, look.time, self._looks)
                self._numbers += 1
                self._open.append(track)
            else:
                track.take(face, look.time, self._looks)
            face.track = track.number
        self._last_time = look.time

    def _longest(self, track: _Open) -> float:
        """Seconds from its last face to the next within which a track goes on: the gap, and one look's own time."""
        return BRIDGED + self._step_of(track)

    def _step_of(self, track: _Open) -> float:
        missed = max(1, self._looks - 1 - track.look)
        return max(0.0, self._last_time - track.time) / missed

    def _matched(self, look: Look) -> list[tuple[_Open | None, Seen]]:
        if not self._open or not look.faces:
            return [(None, face) for face in look.faces]
        from scipy.optimize import linear_sum_assignment

        costs = _costs([track.expected(look.time) for track in self._open], [face.box for face in look.faces])
        rows, columns = linear_sum_assignment(costs)
        of = {column: row for row, column in zip(rows, columns, strict=True) if costs[row, column] < 2.0}
        return [(self._open[of[place]] if place in of else None, face) for place, face in enumerate(look.faces)]


def _costs(expected: Sequence[Box], seen: Sequence[Box]) -> NDArray[np.float64]:
    """Cost of each pair, (len(expected), len(seen)): 0 for the same box, up to 2; more where it cannot be."""
    costs = np.full((len(expected), len(seen)), 1e3)
    for row, one in enumerate(expected):
        for column, other in enumerate(seen):
            sides = _side(one), _side(other)
            near = math.dist(_centre(one), _centre(other)) / max(1e-6, math.sqrt(sides[0] * sides[1]))
            ratio = max(sides) / max(1e-6, min(sides))
            if near < _FARTHEST and ratio < _RATIO:
                costs[row, column] = near / _FARTHEST + math.log(ratio) / math.log(_RATIO)
    return costs


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _side(box: Box) -> float:
    return math.sqrt(max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1]))
