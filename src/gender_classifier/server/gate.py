"""A bounded number of images in progress: more are refused at once, with a guess when there will be room."""

from __future__ import annotations

import math
import time
from collections import deque
from threading import Lock

from gender_classifier.server.problems import ProblemError

_LONGEST = 30


class Gate:
    """Counts images in progress, of all requests; safe to call from several threads.

    Example:
        >>> gate = Gate(2)
        >>> gate.enter(2)
        >>> gate.leave(2)
        >>> gate.used
        0

    Args:
        limit: images at a time.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._used = 0
        self._left: deque[float] = deque(maxlen=64)
        self._lock = Lock()

    @property
    def used(self) -> int:
        """Images in progress."""
        return self._used

    def enter(self, images: int) -> None:
        """Let images in, all or none.

        Args:
            images: how many.

        Raises:
            ProblemError: there is no room for them: 503.
        """
        with self._lock:
            if self._used + images > self.limit:
                wait = self._seconds(self._used + images - self.limit)
                text = f"{self._used} images are in progress, at most {self.limit} may be; ask again in {wait} s"
                raise ProblemError(503, text, retry=wait)
            self._used += images

    def leave(self, images: int = 1) -> None:
        """Let go of images that are done.

        Args:
            images: how many.
        """
        with self._lock:
            self._used -= images
            self._left.append(time.monotonic())

    def _seconds(self, images: int) -> int:
        """Whole seconds until so many more are done, as fast as the last ones were."""
        if len(self._left) < 2 or self._left[-1] == self._left[0]:
            return 1
        pace = (self._left[-1] - self._left[0]) / (len(self._left) - 1)
        return min(_LONGEST, max(1, math.ceil(images * pace)))
