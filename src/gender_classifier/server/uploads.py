"""What a client sent, taken into memory within limits; nothing is written to a disk, nothing is fetched."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from gender_classifier.server.problems import ProblemError
from gender_classifier.server.settings import ServerSettings

ALONE = "application/octet-stream"
"""Beside image types, what a body or a part may be declared as."""
_LONGEST_NAME = 255
_LONGEST_HEADER = 4096


@dataclass(frozen=True, eq=False)
class Upload:
    """A file that was sent.

    Example:
        >>> len(Upload("holiday.jpg", b"bytes of a JPEG").content)
        15

    Attributes:
        name: that the client gave it; empty where it gave none.
        content: its bytes.
    """

    name: str
    content: bytes


class Memory:
    """Bytes of bodies that are held at a time, of all requests; for one thread.

    Example:
        >>> memory = Memory(limit=100)
        >>> with memory.share() as share:
        ...     share.take(60)
        ...     memory.used
        60
        >>> memory.used
        0

    Args:
        limit: bytes.
    """

    def __init__(self, limit: int) -> None:
        self.limit, self.used = limit, 0

    @contextlib.contextmanager
    def share(self) -> Iterator[Share]:
        """Lend memory for a request.

        Yields:
            What the request takes from; all of it is given back in the end.
        """
        share = Share(self)
        try:
            yield share
        finally:
            self.used -= share.used


class Share:
    """What one request holds; `Memory.share` gives it."""

    def __init__(self, memory: Memory) -> None:
        self._memory, self.used = memory, 0

    def take(self, count: int) -> None:
        """Take more bytes.

        Args:
            count: of bytes.

        Raises:
            ProblemError: other requests hold too many: 503.
        """
        if self._memory.used + count > self._memory.limit:
            raise ProblemError(503, "requests in progress hold too many bytes; ask again in 1 s", retry=1)
        self._memory.used += count
        self.used += count


async def read_uploads(request: Request, settings: ServerSettings, share: Share) -> list[Upload]:
    """Read a request's body: one image, or a form (multipart/form-data) each of whose parts is one.

    Args:
        request: as it came.
        settings: limits.
        share: of the memory for bodies.

    Returns:
        The files in their order, at least one; a body that is one image has no name.

    Raises:
        ProblemError: it is broken or empty (400), too slow (408), too large or of too many files (413), of another type
            (415), or there is no memory for it (503).
        ClientDisconnect: the client left.
    """
    kind, options = parse_options_header(request.headers.get("content-type", ALONE))
    declared = kind.decode("latin-1").lower()
    if declared != "multipart/form-data" and not _may_be_image(declared):
        raise ProblemError(415, f"a body of {declared}: send an image as image/* or {ALONE}, or multipart/form-data")
    chunks = _chunks(request, settings, share)
    try:
        async with asyncio.timeout(settings.read_seconds):
            if declared == "multipart/form-data":
                uploads = await _form(chunks, options.get(b"boundary", b""), settings.max_files)
            else:
                uploads = [Upload("", b"".join([chunk async for chunk in chunks]))]
    except TimeoutError:
        raise ProblemError(408, f"the request was not sent within {settings.read_seconds:g} s") from None
    if not uploads:
        raise ProblemError(400, "the form holds no file")
    for place, upload in enumerate(uploads):
        if not upload.content:
            raise ProblemError(400, f"file {place}: is empty")
    return uploads


def _may_be_image(declared: str) -> bool:
    return declared.startswith("image/") or declared == ALONE


async def _chunks(request: Request, settings: ServerSettings, share: Share) -> AsyncIterator[bytes]:
    """Parts of a body as they come, up to the limit; what is too long is read on for a moment, so that it is told."""
    text = f"more than {settings.max_bytes:,} bytes in a request; send fewer or smaller files"
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > settings.max_bytes:
        if "expect" not in request.headers:
            await _drain(request)
        raise ProblemError(413, text)
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > settings.max_bytes:
            await _drain(request)
            raise ProblemError(413, text)
        share.take(len(chunk))
        yield chunk


async def _drain(request: Request, seconds: float = 2.0) -> None:
    """Read on and forget: a client that still sends when the connection closes does not see the answer."""
    with contextlib.suppress(TimeoutError, ClientDisconnect, RuntimeError):
        async with asyncio.timeout(seconds):
            async for _ in request.stream():
                pass


async def _form(chunks: AsyncIterator[bytes], boundary: bytes, most: int) -> list[Upload]:
    if not boundary:
        raise ProblemError(400, "multipart/form-data without a boundary in its content type")
    form = _Form(most)
    try:
        parser = MultipartParser(boundary, form.callbacks())  # type: ignore[arg-type]
        async for chunk in chunks:
            parser.write(chunk)
        parser.finalize()
    except FormParserError as error:
        raise ProblemError(400, f"the form is broken ({str(error)[:120]})") from None
    if not form.ended:
        raise ProblemError(400, "the form is cut short")
    return form.uploads


class _Form:
    """Takes parts as the parser comes to them."""

    def __init__(self, most: int) -> None:
        self.uploads: list[Upload] = []
        self.ended = False
        self._most = most
        self._field, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._content = bytearray()

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header(self._field, data[start:end]),
            "on_header_value": lambda data, start, end: self._header(self._value, data[start:end]),
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_end,
            "on_part_data": lambda data, start, end: self._content.extend(data[start:end]),
            "on_part_end": self._end,
            "on_end": self._all,
        }

    def _begin(self) -> None:
        if len(self.uploads) >= self._most:
            raise ProblemError(413, f"more than {self._most} files in a request; send the others in the next")
        self._headers, self._content = {}, bytearray()

    def _header(self, target: bytearray, data: bytes) -> None:
        if len(target) + len(data) > _LONGEST_HEADER:
            raise ProblemError(400, "a header of the form is too long")
        target.extend(data)

    def _header_end(self) -> None:
        self._headers[bytes(self._field).lower()] = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def _headers_end(self) -> None:
        kind, _ = parse_options_header(self._headers.get(b"content-type", ALONE.encode()))
        declared = kind.decode("latin-1").lower()
        if not _may_be_image(declared):
            where = f"file {len(self.uploads)}: declared as {declared}"
            raise ProblemError(415, f"{where}; send images as image/* or {ALONE}, parameters in the query")

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"filename", b"").decode("utf-8", "replace")[:_LONGEST_NAME]
        self.uploads.append(Upload(name, bytes(self._content)))
        self._content = bytearray()

    def _all(self) -> None:
        self.ended = True
