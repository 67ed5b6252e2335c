"""Opening a film by PyAV, or saying in a line why that cannot be."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import av
import av.error

from gender_classifier.errors import UnreadableError
from gender_classifier.system.files import utf8_path

_LOCAL = {"protocol_whitelist": "file,crypto,data"}  # nothing is fetched
_TEXTS: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
"""Titles in another encoding stop no film; from 19 on PyAV sees to that itself, and knows no such option."""
_LISTS = (b"#EXTM3U", b"ffconcat")
_IMAGES = ("image2", "_pipe")
_TAG = re.compile(r"(\d+):(\d+):(\d+(?:\.\d+)?)")
"""How Matroska tells a track's length."""


def open_film(path: Path, name: str) -> Any:
    """Open a film by PyAV.

    Args:
        path: of the file.
        name: of it, for errors.

    Returns:
        An `av.container.InputContainer`; who opens it closes it.

    Raises:
        UnreadableError: a folder, an empty file, a list of films, an image, or what FFmpeg cannot read.
    """
    try:
        if path.is_dir():
            raise UnreadableError(f"{name}: a folder; name films")
        if path.stat().st_size == 0:
            raise UnreadableError(f"{name}: empty, 0 bytes")
        with path.open("rb") as handle:
            if handle.read(16).removeprefix(b"\xef\xbb\xbf").startswith(_LISTS):
                raise UnreadableError(f"{name}: a list of films, no film; name what stands in it")
    except OSError as error:
        raise UnreadableError(f"{name}: {(error.strerror or 'cannot be read').lower()}") from None
    try:
        # A name with a colon would be taken for an address.
        with utf8_path(path.absolute()) as readable:
            container = av.open(f"file:{readable}", options=_LOCAL, **_TEXTS)
    except (av.error.FFmpegError, ValueError) as error:
        raise UnreadableError(f"{name}: not a film that can be read ({reason(error)})") from None
    if any(kind in container.format.name for kind in _IMAGES):
        container.close()
        raise UnreadableError(f"{name}: an image, no film; `gender-classifier predict` reads it")
    return container


def picture_stream(container: Any, name: str, threads: int | None = None) -> Any:
    """Choose the image track to look at: the one that is marked as default, else the largest; covers do not count.

    Args:
        container: open.
        name: of the file, for errors.
        threads: of the decoder; None: as many as it likes.

    Returns:
        An `av.video.VideoStream`, ready to be decoded.

    Raises:
        UnreadableError: there is none, or none that can be decoded.
    """
    shown = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
    if not shown:
        raise UnreadableError(f"{name}: no image track (sound alone, or nothing)")
    stream = max(shown, key=lambda s: (bool(s.disposition & av.stream.Disposition.default), s.width * s.height))
    if stream.codec_context is None:
        raise UnreadableError(f"{name}: no decoder for its image track")
    stream.thread_type = "AUTO"
    if threads is not None:
        stream.codec_context.thread_count = threads
    return stream


def own_end(container: Any, stream: Any) -> float | None:
    """Give the stamp at which an image track ends by its own account: sound may go on for longer.

    Args:
        container: open.
        stream: of the image.

    Returns:
        Seconds; None: the track does not tell, and the container's length may be that of another.
    """
    whole = float(container.duration / av.time_base) if container.duration else None
    begin = float((stream.start_time or 0) * stream.time_base)
    # Beside its own DURATION, FFmpeg copies what another program told of an earlier file, as DURATION-eng.
    for name, text in sorted(stream.metadata.items(), key=lambda tag: tag[0].upper() != "DURATION"):
        if name.upper().startswith("DURATION") and (found := _TAG.fullmatch(text.strip())) is not None:
            end = 3600 * int(found[1]) + 60 * int(found[2]) + float(found[3])
            return end if whole is None else min(end, begin + whole)
    if not stream.duration:
        return None
    lasts = float(stream.duration * stream.time_base)
    # FFmpeg fills in the container's length where a track tells none.
    return None if len(container.streams) > 1 and whole is not None and abs(lasts - whole) < 1e-3 else begin + lasts


def reason(error: Exception) -> str:
    """Say what FFmpeg found wrong.

    Args:
        error: that PyAV raised.

    Returns:
        A few words in lower case, on one line.
    """
    text = getattr(error, "strerror", None) or str(error)
    return text.splitlines()[0].lower() if text else type(error).__name__
