"""Which time of a film its packets cover, decoded or not: what lies between the frames that are looked at."""

from __future__ import annotations

import math
from typing import Any

import av

BETWEEN = 0.5
"""Seconds between frames that are no gap of the film, whatever was lost there."""
_BROADCAST = ("mpegts", "mpeg")
"""Formats in which a picture follows another without a pause, and whose stamps may begin anew."""
_PASSED_OVER = ("matroska", "flv")
"""Formats in which FFmpeg seeks what it can read again, without a word of what it passed over."""
_HEADS = 256
"""Bytes between packets that may be their heads and those of the groups that they stand in."""


def jumps(container: Any) -> bool:
    """Tell whether a film's stamps may begin anew or leap, as where broadcasts were joined.

    Args:
        container: open.

    Returns:
        Whether they may; then a place in the film cannot be sought by its stamp.
    """
    return container.format.name in _BROADCAST


class Coverage:
    """Follows packets as they are read and frames as they are decoded, both in the file's order.

    A frame stands until the next one, however long that takes: slides, or frames in between that are not decoded. It
    does not where packets are missing in between: where decoding failed, where bytes were passed over and time with
    them, or, in a broadcast, where no packet comes for a while.

    Example:
        >>> with av.open("film.mp4") as container:  # doctest: +SKIP
        ...     coverage = Coverage(container, zero=0.0, rate=25.0)
        ...     for packet in container.demux():
        ...         coverage.packet(packet, packet.stream.type == "video")

    Args:
        container: open.
        zero: stamp of the film's beginning, seconds.
        rate: frames a second where a packet does not tell how long it lasts.
        keyframes: key frames alone are decoded; a broken one leaves the one before it on screen.

    Attributes:
        others: when the last packet of other streams begins, seconds from the film's beginning; how long it lasts is
            no sign that the file goes on: a time code's only one lasts as long as the film should.
        fails: packets that could not be decoded.
    """

    def __init__(self, container: Any, zero: float, rate: float, keyframes: bool = False) -> None:
        self._jumps, self._zero, self._rate, self._keyframes = jumps(container), zero, rate, keyframes
        self._counts_bytes = any(kind in _PASSED_OVER for kind in container.format.name.split(","))
        self._place, self._read, self._passed_over = -1, -1, False
        self._begins = self._ends = -math.inf  # stamps of the last packet of the picture and of its end
        self._due: float | None = None  # stamp of decoding at which a broadcast's next packet is due
        self._lost: list[tuple[float, float]] = []  # stamps between which something is missing
        self._frame: tuple[float, float] | None = None  # time of the last decoded frame, and its stamp
        self.others, self.fails = -math.inf, 0

    def packet(self, packet: av.Packet[Any], of_picture: bool) -> None:
        """Take note of the next packet, before it is decoded.

        Args:
            packet: as read, of any stream.
            of_picture: it is of the one that is looked at.
        """
        self._count_bytes(packet)
        stamp = _stamp(packet)
        if stamp is None or packet.is_discard:
            return
        if not of_picture:
            self.others = max(self.others, stamp - self._zero)
            return
        lasts = float((packet.duration or 0) * packet.time_base) or 1 / self._rate
        missing = self._passed_over or (self._jumps and self._leaps(packet, lasts))
        self._passed_over = False
        if missing and stamp > self._ends + BETWEEN:  # bytes alone may be what belongs to a picture, as its alpha
            self._lost.append((self._ends, stamp))
        self._begins, self._ends = max(self._begins, stamp), max(self._ends, stamp + lasts)

    def failed(self) -> None:
        """Take note that decoding failed, of the last packet or of one before it: decoders work on several at once."""
        self.fails += 1
        if not self._keyframes:
            self._lost.append((self._frame[1] if self._frame is not None else -math.inf, self._ends))

    def since(self, frame: av.VideoFrame, time: float, covered: float) -> float:
        """Give until when the film before a frame is covered; each decoded frame is handed over once, in order.

        Args:
            frame: as decoded.
            time: of it, seconds from the film's beginning.
            covered: until when the frame before it lasts by itself, seconds from the film's beginning.

        Returns:
            Seconds from the film's beginning; `time` where nothing is missing in between.
        """
        before, stamp = self._frame, _stamp(frame)
        if stamp is None:
            return time
        self._frame = time, stamp
        after = before[1] if before is not None else -math.inf
        lost = [begin for begin, end in self._lost if end > after and begin < stamp]
        self._lost = [(begin, end) for begin, end in self._lost if end > stamp]
        if not self._jumps and stamp < after:  # broken: what follows leaps forward again
            self._lost.append((stamp, after))
        begin = max(covered, time - stamp + min(lost, default=stamp))
        return begin if time - begin > BETWEEN else time

    def end(self) -> tuple[float, float, bool]:
        """Give where the film ends when all packets are through.

        Returns:
            When the last packet begins and until when packets cover the film, both as seconds from the film's
            beginning and -inf without any frame; and whether something is missing there.
        """
        if self._frame is None:
            return -math.inf, -math.inf, bool(self._lost)
        time, stamp = self._frame
        lost = min((begin for begin, end in self._lost if end > stamp), default=math.inf)
        broken = self._ends - max(lost, stamp) > BETWEEN
        return time - stamp + self._begins, time - stamp + (max(lost, stamp) if broken else self._ends), broken

    def _leaps(self, packet: av.Packet[Any], lasts: float) -> bool:
        """Whether a broadcast has nothing for a while before a packet; where stamps begin anew, so do notes."""
        if packet.dts is None:
            return False
        at, due = float(packet.dts * packet.time_base), self._due
        self._due = at + lasts
        if due is not None and at < due - lasts - BETWEEN:
            self._begins = self._ends = -math.inf
            self._lost.clear()
            return False
        return due is not None and at > due + BETWEEN

    def _count_bytes(self, packet: av.Packet[Any]) -> None:
        if not self._counts_bytes or packet.pos is None:
            return
        if packet.pos == self._place:  # several packets under one head
            self._read += packet.size
            return
        self._passed_over = self._passed_over or 0 <= self._read < packet.pos - _HEADS
        self._place, self._read = packet.pos, max(self._read, packet.pos + packet.size)


def _stamp(of: av.Packet[Any] | av.VideoFrame) -> float | None:
    """When a packet or frame is shown, by its own stamps, seconds."""
    value = of.pts if of.pts is not None else of.dts
    return None if value is None or of.time_base is None else float(value * of.time_base)
