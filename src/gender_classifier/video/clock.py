"""True times of frames, also where a file's own are missing or go back."""

from __future__ import annotations

import av

_BACK = 0.5
"""Seconds by which a time may go back before it is a new beginning, as in a broadcast that was cut together."""


class Clock:
    """Turns frames' stamps into seconds from a film's beginning that never go back.

    Example:
        >>> clock = Clock(zero=0.0, rate=25.0)
        >>> frame = av.VideoFrame(16, 16)  # without a stamp
        >>> clock.time(frame), clock.time(frame), clock.mended
        (0.0, 0.04, 2)

    Args:
        zero: stamp of the film's beginning, seconds.
        rate: frames a second where a frame has no stamp.
        first: time of the first frame, seconds.

    Attributes:
        mended: frames whose stamp was missing or went back.
    """

    def __init__(self, zero: float, rate: float, first: float = 0.0) -> None:
        self._zero, self._rate, self._first, self._shift = zero, rate, first, 0.0
        self._last: float | None = None
        self.mended = 0

    def time(self, frame: av.VideoFrame) -> float:
        """Give the time of the next frame.

        Args:
            frame: as decoded; each frame is handed over once, in order.

        Returns:
            Seconds from the film's beginning, more than for the frame before.
        """
        stamp = frame.time
        if stamp is None and frame.dts is not None and frame.time_base is not None:
            stamp = float(frame.dts * frame.time_base)
        following = None if self._last is None else self._last + 1 / self._rate
        if stamp is None:
            self.mended += 1
            time = following if following is not None else 0.0
        else:
            time = stamp - self._zero + self._shift
            if self._last is not None and following is not None and time <= self._last:
                self.mended += 1
                if self._last - time > _BACK:
                    self._shift += following - time
                time = following
        self._last = time
        return time

    def number(self, time: float) -> int:
        """Number the frame at a time.

        The number comes from the mean rate: frames that are not needed are not decoded, and cannot be counted.

        Args:
            time: of the frame, seconds from the film's beginning.

        Returns:
            From 0.
        """
        return max(0, round((time - self._first) * self._rate))

    def until(self, frame: av.VideoFrame, time: float) -> float:
        """Give when a frame ends.

        Args:
            frame: as decoded.
            time: when it begins, seconds from the film's beginning.

        Returns:
            Seconds from the film's beginning; by the mean rate where the frame does not tell how long it lasts.
        """
        lasts = float(frame.duration * frame.time_base) if frame.duration and frame.time_base else 0.0
        return time + (lasts if lasts > 0 else 1 / self._rate)
