"""Reading a film by PyAV: the frames that are needed, upright, with their true times."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import av.error

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.names import to_text
from gender_classifier.video.clock import Clock
from gender_classifier.video.coverage import BETWEEN, Coverage, jumps
from gender_classifier.video.ending import Ending
from gender_classifier.video.opening import open_film, own_end, picture_stream, reason
from gender_classifier.video.shots import CutFinder

LEAD = 2.0
"""Seconds read before the place to go on from, so that cuts are told as they were the first time."""
_PROBED = 48


@dataclass(frozen=True)
class Sampling:
    """Which frames are looked at.

    Attributes:
        rate: frames a second of film; the first that is decoded in each such part of a second.
        keyframes: key frames alone, whatever their distance.
        start: seconds of film to begin at.
        end: seconds of film to stop before; None: the film's end.
    """

    rate: float = 5.0
    keyframes: bool = False
    start: float = 0.0
    end: float | None = None


@dataclass(frozen=True)
class Moment:
    """A frame's place in its film.

    Attributes:
        time: seconds from the film's beginning, as players show it; the start for a frame that is held over it.
        number: of the frame, from 0, by its time and the film's mean rate.
        since: until when the frames before it covered the film, seconds.
        cuts: times since the frame before at which a shot began.
    """

    time: float
    number: int
    since: float
    cuts: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Taken:
    """A frame to look at, as decoded, and its place in the film."""

    moment: Moment
    frame: av.VideoFrame = field(repr=False)


class BeyondEndError(UserError):
    """A film is to be looked at from a place on that lies after its end."""


class Film:
    """An open film; close it, or use it in a `with`.

    Example:
        >>> with Film("film.mp4") as film:  # doctest: +SKIP
        ...     times = [taken.moment.time for taken in film.frames(Sampling(rate=1.0))]

    Args:
        path: the file.
        threads: of the decoder; None: as many as it likes.

    Raises:
        UnreadableError: no film, or one without an image track; the line says why.

    Attributes:
        width: of the upright image with square pixels.
        height: of it.
        rate: mean frames a second, as the file states it.
        length: seconds that the image's track states, else the container, whose sound may be longer; None: neither.
        container: as PyAV has it open.
        stream: of the image.
        zero: stamp of the film's beginning, seconds.
        first: time of the first frame, seconds.
        ending: filled when `frames` is through.
    """

    def __init__(self, path: str | os.PathLike[str], threads: int | None = None) -> None:
        self.path, self._threads = Path(path), threads
        self._name = to_text(os.fspath(path))
        self.container = open_film(self.path, self._name)
        try:
            self.stream = picture_stream(self.container, self._name, self._threads)
            first = self._first_frame()
        except BaseException:
            self.container.close()
            raise
        self._aspect = self._pixel_aspect(first)
        self.width, self.height = self.display_size(first)
        self.rate = float(self.stream.average_rate or self.stream.base_rate or 25)
        self._jumps, own = jumps(self.container), own_end(self.container, self.stream)
        self._own = None if own is None else own - self.zero
        whole = float(self.container.duration / av.time_base) if self.container.duration else None
        self.length = whole if self._own is None else self._own
        self.ending = Ending()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self.container.close()

    def display_size(self, frame: av.VideoFrame) -> tuple[int, int]:
        """Give the size of a frame shown upright with square pixels.

        Args:
            frame: of this film, as decoded.

        Returns:
            Width and height, pixels; the side along which pixels are longer is stretched, none shrunk.
        """
        width, height = frame.width, frame.height
        if self._aspect >= 1:
            width = round(width * self._aspect)
        else:
            height = round(height / self._aspect)
        return (height, width) if frame.rotation % 180 else (width, height)

    def frames(self, sampling: Sampling, after: float | None = None) -> Iterator[Taken]:
        """Give the frames to look at; `ending` is filled when they are through.

        Args:
            sampling: which.
            after: only frames later than this, seconds, as an uninterrupted reading would have given them; None: all.

        Yields:
            The frames in their order, at the start the one before where that still stands there; what cannot be decoded
            is passed over and noted in `ending`.

        Raises:
            BeyondEndError: the film ends before the place to begin at.
        """
        self.ending = ending = Ending()
        start, stop = sampling.start, math.inf if sampling.end is None else sampling.end
        lead = (start if after is None else after) - LEAD
        self._seek(lead)
        sparse = "NONREF" if self._sparse(sampling.rate) else "DEFAULT"
        self.stream.codec_context.skip_frame = "NONKEY" if sampling.keyframes else sparse
        finder, cuts, clock = CutFinder(lead), list[float](), Clock(self.zero, self.rate, self.first)
        coverage = Coverage(self.container, self.zero, self.rate, sampling.keyframes)
        ending.covered, last_cell = max(start, self.first), -math.inf
        done = after if after is not None else -math.inf
        begun, stopped, before = False, False, 0.0
        held: Taken | None = None  # the last frame before the start, as it is looked at there
        for frame in self._decoded(coverage):
            time = clock.time(frame)
            since = coverage.since(frame, time, ending.covered)
            if time < start:
                finder.cuts(frame, time)
                before, held = clock.until(frame, time), Taken(Moment(start, clock.number(time), start, ()), frame)
                continue
            if held is not None and done < start and since > start + (BETWEEN if time < stop else 0.0):
                yield held  # it stands for a while, or nothing else does
            held = None
            if time >= stop:
                ending.covered, stopped = min(since, stop), True
                break
            begun = True
            if finder.cuts(frame, time) and time > done:
                cuts.append(time)
            cell = time if sampling.keyframes else math.floor((time - start) * sampling.rate + 1e-6)
            if cell > last_cell:
                last_cell = cell
                if time > done:
                    moment = Moment(time, clock.number(time), since, tuple(cuts))
                    yield Taken(moment, frame)
                    cuts.clear()
            ending.covered = clock.until(frame, time)
        ending.cuts = tuple(cuts)
        if clock.mended:
            ending.notes.append(f"{clock.mended} times of frames missing or out of order, mended")
        if stopped:
            return
        if not begun:
            ending.covered = before
        ending.close(coverage, self._own, self.length, sampling.end)
        if held is not None and done < start < ending.covered:
            yield held
        if not begun and not ending.fault and ending.covered <= start > 0:
            end = f"the film ends at {ending.covered:.1f} s"
            raise BeyondEndError(f"{self._name}: start={start:g}: {end}; begin before that")

    def _decoded(self, coverage: Coverage) -> Iterator[av.VideoFrame]:
        """Frames from where the file stands on."""
        packets = self.container.demux()
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                self.ending.fault = f"broken ({reason(error)})"
                break
            if packet is None:
                break
            coverage.packet(packet, packet.stream is self.stream)
            if packet.stream is not self.stream:
                continue
            try:
                yield from packet.decode()
            except av.error.FFmpegError:
                coverage.failed()
        if coverage.fails:
            self.ending.notes.append(f"{coverage.fails} broken packets passed over")

    def _seek(self, begin: float) -> None:
        """Have the next packet be that of the last key frame before `begin`, or an earlier one."""
        self.open_anew()
        at = begin + self.zero
        if self._jumps:  # a stamp may stand there twice, or not at all
            return
        for place in (at, at - 10.0):
            if begin <= 0 or place <= self.zero:
                return
            try:
                stamp = math.floor(place / self.stream.time_base)
                self.container.seek(stamp, stream=self.stream, backward=True)
                lands = self._lands(at)
                self.container.seek(stamp, stream=self.stream, backward=True)
            except (av.error.FFmpegError, OverflowError):  # what has no index is read from its beginning
                lands = False
            if lands:
                return
            self.open_anew()

    def open_anew(self) -> None:
        """Begin again, with every frame."""
        self.container.close()
        self.container = open_film(self.path, self._name)
        self.stream = picture_stream(self.container, self._name, self._threads)

    def _lands(self, at: float) -> bool:
        """Whether the next packet lies before a time of the stream, seconds."""
        try:
            packet = next(self.container.demux(self.stream), None)
        except av.error.FFmpegError:
            return False
        stamp = None if packet is None else packet.pts if packet.pts is not None else packet.dts
        return stamp is not None and float(stamp * self.stream.time_base) <= at + 1e-6

    def _first_frame(self) -> av.VideoFrame:
        self._gap, last = 0.0, None
        self.stream.codec_context.skip_frame = "NONREF"
        first: av.VideoFrame | None = None
        try:
            for place, frame in enumerate(self.container.decode(self.stream)):
                first = first or frame
                if last is not None and frame.time is not None:
                    self._gap = max(self._gap, frame.time - last)
                last = frame.time
                if place >= _PROBED:
                    break
        except av.error.FFmpegError as error:
            if first is None:
                raise UnreadableError(f"{self._name}: its image cannot be decoded ({reason(error)})") from None
        if first is None:
            raise UnreadableError(f"{self._name}: no frame can be decoded")
        began = self.container.start_time
        self.zero = began / av.time_base if began is not None else float(first.time or 0.0)
        self.first = max(0.0, float(first.time or 0.0) - self.zero)
        return first

    def _sparse(self, rate: float) -> bool:
        """Whether the frames that others rest on lie close enough, so that the others need not be decoded."""
        return 0 < self._gap <= 1 / rate + 1e-3

    def _pixel_aspect(self, frame: av.VideoFrame) -> float:
        aspect = self.stream.sample_aspect_ratio or self.stream.codec_context.sample_aspect_ratio
        return float(aspect) if aspect else 1.0
