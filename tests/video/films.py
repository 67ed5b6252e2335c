"""Films made for tests: frames of numpy, encoded by PyAV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from gender_classifier.video.reading import Film, Moment, Sampling

Picture = NDArray[np.uint8]
W, H = 160, 96
"""Size of the films in which nothing is sought."""


def moments(path: Path, sampling: Sampling | None = None, after: float | None = None) -> list[Moment]:
    """The places in a film of the frames that are looked at."""
    with Film(path) as film:
        return [taken.moment for taken in film.frames(sampling or Sampling(), after)]


def plain(width: int, height: int, colour: Sequence[int]) -> Picture:
    """One colour, with a little texture so that frames can be told from one another."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = colour
    return picture


def write_film(
    path: Path,
    pictures: Iterable[Picture],
    *,
    rate: int = 25,
    times: Sequence[float] | None = None,
    codec: str = "libx264",
    form: str = "yuv420p",
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
    sound: float = 0.0,
) -> Path:
    """Encode images, uint8 (H, W, 3), all of one size; `times`: of each, seconds; `sound`: seconds of a tone."""
    with av.open(str(path), "w") as container:
        stream: Any = None
        tone: Any = container.add_stream("aac", rate=48000) if sound else None
        for number, picture in enumerate(pictures):
            if stream is None:
                stream = container.add_stream(codec, rate=rate, options=options or {"g": str(rate)})
                stream.width, stream.height, stream.pix_fmt = picture.shape[1], picture.shape[0], form
                stream.codec_context.time_base = Fraction(1, 1000)
                if aspect is not None:
                    stream.codec_context.sample_aspect_ratio = aspect
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts = round(1000 * (times[number] if times is not None else number / rate))
            frame.time_base = Fraction(1, 1000)
            container.mux(stream.encode(frame))
        if tone is not None:
            _sound(container, tone, sound)
        if stream is not None:
            container.mux(stream.encode(None))
    return path


def _sound(container: Any, stream: Any, seconds: float) -> None:
    at = 0
    while at < 48000 * seconds:
        wave = np.sin(np.arange(at, at + 1024) * 2 * np.pi * 440 / 48000).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(wave[None], format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48000, at, Fraction(1, 48000)
        container.mux(stream.encode(frame))
        at += 1024
    container.mux(stream.encode(None))


def shaded(width: int, height: int, count: int, colour: Sequence[int] = (90, 120, 60)) -> list[Picture]:
    """Frames of one scene in which a bright bar moves from left to right."""
    frames = []
    for number in range(count):
        picture = plain(width, height, colour)
        at = (number * 3) % (width - 8)
        picture[height // 4 : height // 2, at : at + 8] = 230
        frames.append(picture)
    return frames


def with_face(face: Picture, size: tuple[int, int], place: tuple[int, int], colour: Sequence[int]) -> Picture:
    """A plain image, `size` = (width, height), with a face's image whose upper left corner is at `place`."""
    picture = plain(*size, colour)
    (x, y), (height, width) = place, face.shape[:2]
    picture[y : y + height, x : x + width] = face
    return picture


def turned_mp4(path: Path) -> Path:
    """Have an MP4 shown turned by a quarter, clockwise, by the matrix of its track header."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4
    matrix = at + (40 if data[at] == 0 else 52)
    one = 1 << 16
    values = (0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    data[matrix : matrix + 36] = b"".join((value & 0xFFFFFFFF).to_bytes(4, "big") for value in values)
    path.write_bytes(bytes(data))
    return path


def trimmed_mp4(path: Path, seconds: float) -> Path:
    """Have the first seconds of an MP4 left out when it is shown, by its edit list."""
    data = bytearray(path.read_bytes())

    def number(at: int) -> int:
        return int.from_bytes(data[at : at + 4], "big")

    of_film, of_track = (number(data.index(box) + 16) for box in (b"mvhd", b"mdhd"))  # ticks a second
    entry = data.index(b"elst") + 12
    assert number(entry - 4) == 1
    lasts, begins = number(entry) - round(seconds * of_film), number(entry + 4) + round(seconds * of_track)
    data[entry : entry + 8] = lasts.to_bytes(4, "big") + begins.to_bytes(4, "big")
    path.write_bytes(bytes(data))
    return path


def light_of(picture: Picture) -> NDArray[np.float64]:
    """Linear light of sRGB values, 1 at white (IEC 61966-2-1)."""
    values = picture / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def as_pq(picture: Picture) -> NDArray[np.float64]:
    """PQ's values, 0 to 1, of a plain picture whose white has 203 candela a square metre (SMPTE ST 2084)."""
    light = (light_of(picture) * 203 / 10_000) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * light) / (1 + 18.6875 * light)) ** 78.84375


def as_hlg(picture: Picture) -> NDArray[np.float64]:
    """HLG's values, 0 to 1, of a plain picture whose white has 203 of a screen's 1,000 candela (ARIB STD-B67)."""
    scene = (light_of(picture) * 203 / 1000) ** (1 / 1.2)
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), high)


def write_hdr(path: Path, values: NDArray[np.float64], transfer: int, count: int = 5) -> Path:
    """Encode `count` frames of one picture, RGB values 0 to 1 as coded, (H, W, 3), in ten bits of BT.2020."""
    red, green, blue = np.moveaxis(values, 2, 0)
    bright = 0.2627 * red + 0.678 * green + 0.0593 * blue
    chroma = [(blue - bright) / 1.8814, (red - bright) / 1.4746]
    halves = [one.reshape(one.shape[0] // 2, 2, one.shape[1] // 2, 2).mean((1, 3)) for one in chroma]
    planes = [64 + 876 * bright, *(512 + 896 * half for half in halves)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=25, options={"crf": "8", "x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = values.shape[1], values.shape[0], "yuv420p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = 9, transfer, 9, 1
        for number in range(count):
            frame = av.VideoFrame(values.shape[1], values.shape[0], "yuv420p10le")
            for plane, filled in zip(frame.planes, planes, strict=True):
                rows = np.zeros((plane.height, plane.line_size // 2), np.uint16)
                rows[:, : plane.width] = np.rint(filled)
                plane.update(rows.tobytes())
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
