"""Films made for tests: frames of numpy, encoded by PyAV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


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
