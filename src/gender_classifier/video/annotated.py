"""The film once more, its faces framed and its sound kept."""

from __future__ import annotations

import bisect
import os
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.codec
import av.error
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.errors import UserError
from gender_classifier.images.overlay import lines_below
from gender_classifier.inference.annotate import NOTE, frame_faces
from gender_classifier.inference.results import Prediction
from gender_classifier.names import to_text
from gender_classifier.system.files import atomic_path
from gender_classifier.video.clock import Clock
from gender_classifier.video.coverage import BETWEEN
from gender_classifier.video.finding import pixels
from gender_classifier.video.opening import reason
from gender_classifier.video.paths import pieces
from gender_classifier.video.progress import film_progress
from gender_classifier.video.reading import Film
from gender_classifier.video.result import VideoResult

_TICKS, _COARSE_TICKS = Fraction(1, 90_000), Fraction(1, 60_000)
"""Units of time; MPEG-4 counts a second in at most 65,535 of them."""
_BACK = 0.5
"""Seconds by which sound may go back before it is a new beginning, as for the image's clock."""
_COPIED = ("aac", "mp3", "ac3", "eac3", "opus", "flac", "alac")
"""Sound that an MP4 holds as it is; other sound becomes AAC."""


class Framed:
    """Draws a film's tracks into its frames.

    Example:
        >>> framed = Framed(classifier.analyse_video("film.mp4"))  # doctest: +SKIP
        >>> image = framed.draw(image, time=2.5)  # doctest: +SKIP

    Args:
        result: of the film.
    """

    def __init__(self, result: VideoResult) -> None:
        ways = pieces(result)
        self._answers = {track.number: track for track in result.tracks}
        self._pieces = sorted(
            ((piece.begin, piece.end, track, piece) for track, way in ways.items() for piece in way),
            key=lambda entry: entry[:3],
        )
        self._begins = [entry[0] for entry in self._pieces]
        self._longest = max((entry[1] - entry[0] for entry in self._pieces), default=0.0)

    def at(self, time: float) -> list[Prediction]:
        """Give the tracks on screen at a time.

        Args:
            time: seconds of film.

        Returns:
            Each track's answer, with its box then, pixels of the film's upright image; empty: nobody is on screen.
        """
        low = bisect.bisect_left(self._begins, time - self._longest - 1e-6)
        high = bisect.bisect_right(self._begins, time + 1e-6)
        rows = {}
        for begin, end, number, piece in self._pieces[low:high]:
            if begin - 1e-6 <= time < end:
                track = self._answers[number]
                rows[number] = Prediction(track.label, track.probability_male, track.logit, box=piece.at(time))
        return list(rows.values())

    def draw(self, picture: NDArray[np.uint8], time: float) -> NDArray[np.uint8]:
        """Draw what is on screen at a time into a frame's image.

        Args:
            picture: the frame's, uint8 (H, W, 3) RGB, as large as the film's upright image.
            time: of the frame, seconds.

        Returns:
            uint8 (H, W, 3) RGB; `picture` itself where nobody is on screen, else a copy.
        """
        rows = self.at(time)
        if not rows:
            return picture
        image = Image.fromarray(picture)
        frame_faces(image, rows)
        return np.asarray(image, np.uint8)


def write_annotated(result: VideoResult, path: Path, out: Path) -> None:
    """Write the part of a film that was looked at as MP4, with faces framed, what that means below, and sound.

    The image is H.264, or MPEG-4 where FFmpeg was built without x264; sound is copied where MP4 can hold it.

    Args:
        result: of the film.
        path: of the film.
        out: file to write, whole or not at all.

    Raises:
        UnreadableError: the film cannot be read any more.
        UserError: FFmpeg cannot make an MP4 of it.
        OSError: the file cannot be written.
    """
    if not result.spans:
        begin, end = 0.0, result.length
    else:
        begin, end = result.spans[0][0], result.spans[-1][1]
    # From the film's own beginning, unless only a part was asked for, so that times are those of the tables.
    with Film(path) as film, atomic_path(out) as partial:
        start = 0.0 if begin <= film.first + 0.5 else begin
        try:
            with av.open(str(partial), "w", format="mp4", options={"movflags": "+faststart"}) as target:
                _write(result, film, target, start, end)
        except av.error.FFmpegError as error:
            name, why = to_text(os.fspath(out)), reason(error)
            if isinstance(error, OSError):  # FFmpeg names what it wrote for the time being, or nothing
                raise OSError(error.errno, why, os.fspath(out)) from None
            raise UserError(f"{name}: the annotated film cannot be written ({why}); go on without it") from None


def _write(result: VideoResult, film: Film, target: Any, start: float, end: float) -> None:
    film.open_anew()
    framed, clock = Framed(result), Clock(film.zero, film.rate, film.first)
    note = lines_below(film.width + film.width % 2, (NOTE,), max(11, round(film.height / 40)))
    video = _picture_stream(target, film, film.height + note.shape[0])
    # Without a decoder FFmpeg does not know what kind of sound it is.
    heard = next((sound for sound in film.container.streams.audio if sound.codec_context is not None), None)
    sound = _Sound(target, heard, film.zero + start) if heard is not None else None
    held: av.VideoFrame | None = None  # the last one before the part, which may stand for a while within it
    with film_progress(film, start, end, "annotated") as tick:

        def show(frame: av.VideoFrame, at: float) -> None:
            picture = framed.draw(pixels(frame, film.width, film.height), at)
            target.mux(video.encode(_frame(picture, note, at - start, video)))
            tick(at, 0)

        for item in _everything(film, heard):
            if isinstance(item, av.Packet):
                if sound is not None:
                    sound.take(item, end - start)
                continue
            time = clock.time(item)
            if time < start:
                held = item
                continue
            if held is not None and time > start + (BETWEEN if time < end else 0.0):
                show(held, start)
            held = None
            if time < end:
                show(item, time)
            elif time > end + 1.0:  # sound may come later in the file than the image of its time
                break
        if held is not None:
            show(held, start)
        if sound is not None:
            sound.end()
        target.mux(video.encode(None))


def _picture_stream(target: Any, film: Film, height: int) -> Any:
    codec = "libx264" if "libx264" in av.codec.codecs_available else "mpeg4"
    ticks = _TICKS if codec == "libx264" else _COARSE_TICKS
    options = {"crf": "20", "preset": "veryfast"} if codec == "libx264" else {"q:v": "3"}
    stream = target.add_stream(codec, rate=Fraction(film.rate).limit_denominator(1001), options=options)
    stream.width, stream.height, stream.pix_fmt = film.width + film.width % 2, height + height % 2, "yuv420p"
    stream.codec_context.time_base = ticks
    return stream


def _frame(picture: NDArray[np.uint8], note: NDArray[np.uint8], time: float, stream: Any) -> av.VideoFrame:
    canvas = np.full((stream.height, stream.width, 3), 255, np.uint8)
    canvas[: picture.shape[0], : picture.shape[1]] = picture
    canvas[picture.shape[0] : picture.shape[0] + note.shape[0]] = note
    frame = av.VideoFrame.from_ndarray(canvas, format="rgb24")
    ticks = stream.codec_context.time_base
    frame.pts, frame.time_base = round(time / ticks), ticks
    return frame


def _everything(film: Film, heard: Any) -> Iterator[Any]:
    """Frames as decoded and packets of sound as they are, in the file's order; what is broken is passed over."""
    streams = [film.stream, *([heard] if heard is not None else [])]
    packets = film.container.demux(streams)
    while True:
        try:
            packet = next(packets, None)
        except av.error.FFmpegError:
            return
        if packet is None:
            return
        if packet.stream is not film.stream:
            yield packet
            continue
        with _passed_over():
            yield from packet.decode()


@contextmanager
def _passed_over() -> Iterator[None]:
    try:
        yield
    except av.error.FFmpegError:
        return


class _Sound:
    """Sound of a film as it is, or as AAC where an MP4 cannot hold it."""

    def __init__(self, target: Any, heard: Any, begin: float) -> None:
        self._target, self._begin = target, begin
        self._copied = heard.codec_context.name.split("_")[0] in _COPIED
        self._resampler: Any = None
        self._ends: float | None = None  # of the packet before, seconds of the part that is written
        self._next: int | None = None  # where the next packet or frame may begin, in its own units
        if self._copied:
            self._stream = target.add_stream_from_template(heard)
        else:
            self._stream = target.add_stream("aac", rate=heard.codec_context.sample_rate or 48_000)
            self._resampler = av.AudioResampler(format="fltp", rate=self._stream.codec_context.sample_rate)

    def take(self, packet: Any, lasts: float) -> None:
        """Write a packet that lies within the part that is written; what goes back is left out."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        if stamp is None or packet.time_base is None:
            return
        time, takes = float(stamp * packet.time_base) - self._begin, float((packet.duration or 0) * packet.time_base)
        if self._ends is not None and time < self._ends - _BACK:  # joined broadcasts: times begin anew
            self._begin += time - self._ends
            time = self._ends
        if time < lasts:  # a stamp far ahead would make all that follows go back
            self._ends = time + takes
        if not -takes - 1e-3 <= time < lasts:  # the first one primes the decoder
            return
        if self._copied:
            back = round(self._begin / packet.time_base)
            packet.pts = stamp - back
            packet.dts = (packet.dts if packet.dts is not None else stamp) - back
            if self._next is not None and packet.dts < self._next:
                return
            self._next = packet.dts + 1
            packet.stream = self._stream
            self._target.mux(packet)
            return
        frames: list[Any] = []
        with _passed_over():
            frames = packet.decode()
        for frame in frames:
            at = round((float(frame.time or 0.0) - self._begin) * frame.sample_rate)
            frame.pts = at if self._next is None else max(at, self._next)
            frame.time_base = Fraction(1, frame.sample_rate)
            self._next = frame.pts + frame.samples
            self._encode(frame)

    def end(self) -> None:
        """Write what the encoder still holds."""
        if not self._copied:
            self._encode(None)
            self._target.mux(self._stream.encode(None))

    def _encode(self, frame: av.AudioFrame | None) -> None:
        for ready in self._resampler.resample(frame):
            self._target.mux(self._stream.encode(ready))
