"""How fast something goes: over the last half minute, and not before there is something to tell it by."""

from __future__ import annotations

from collections import deque

WINDOW, PATIENCE = 30.0, 2.0
"""Seconds that a rate is of, and before which none is told: answers come in batches, the first of them all at once."""


class Pace:
    """A rate of steps over a sliding window, by a clock's seconds (`time.monotonic`).

    Args:
        left: steps to go; those that an earlier run did are not among them.
        began: the clock at the beginning.

    Example:
        >>> pace = Pace(left=100, began=0.0)
        >>> for second in (1.0, 2.0, 3.0, 4.0):
        ...     pace.step(second)
        >>> pace.rate(4.0), pace.seconds_left(4.0)
        (1.0, 96.0)
    """

    def __init__(self, left: int, began: float) -> None:
        self._left, self._done, self._began = left, 0, began
        self._seen: deque[tuple[float, int]] = deque([(began, 0)])

    def step(self, now: float) -> None:
        """Count a step.

        Args:
            now: the clock when it was done, seconds.
        """
        self._done += 1
        if now - self._seen[-1][0] >= 0.1:  # often enough, and a bounded number
            self._seen.append((now, self._done))
        while len(self._seen) > 1 and now - self._seen[1][0] > WINDOW:
            self._seen.popleft()

    def rate(self, now: float) -> float | None:
        """Give how many steps a second are done.

        Args:
            now: the clock, seconds.

        Returns:
            Steps a second over the last `WINDOW`; None while it is too early to say.
        """
        since, done = self._seen[0]
        if now - self._began < PATIENCE or self._done == done:
            return None
        return (self._done - done) / (now - since)

    def seconds_left(self, now: float) -> float | None:
        """Give the time until all steps are done, at the present rate.

        Args:
            now: the clock, seconds.

        Returns:
            Seconds; None while it is too early to say.
        """
        rate = self.rate(now)
        return None if rate is None else (self._left - self._done) / rate
