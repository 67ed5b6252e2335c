"""Bodies and forms, whole, cut, too large, too slow, in pieces of any size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="the extra `server` is not installed")

from starlette.requests import ClientDisconnect, Request

from gender_classifier.server.problems import ProblemError
from gender_classifier.server.settings import ServerSettings
from gender_classifier.server.uploads import Memory, Upload, read_uploads

SETTINGS = ServerSettings(max_bytes=2000, max_files=3, read_seconds=0.2)
FORM = "multipart/form-data; boundary=XYZ"


def part(content: bytes, name: str = "a.png", kind: str | None = "image/png") -> bytes:
    declared = f"\r\nContent-Type: {kind}" if kind is not None else ""
    head = f'--XYZ\r\nContent-Disposition: form-data; name="files"; filename="{name}"{declared}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def read(
    body: bytes | Sequence[bytes | None],
    kind: str | None = "image/png",
    memory: Memory | None = None,
    settings: ServerSettings = SETTINGS,
    **headers: str,
) -> list[Upload]:
    """Read a request whose body comes in these pieces; None: nothing comes any more."""
    pieces = [body] if isinstance(body, bytes) else list(body)

    async def messages() -> AsyncIterator[dict[str, Any]]:
        for place, piece in enumerate(pieces):
            if piece is None:
                await asyncio.sleep(60)
            yield {"type": "http.request", "body": piece, "more_body": place < len(pieces) - 1}
        yield {"type": "http.disconnect"}

    coming = messages()

    async def receive() -> Any:
        return await anext(coming)

    sent = {"content-type": kind, **headers} if kind is not None else headers
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in sent.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw}

    async def run() -> list[Upload]:
        with (memory or Memory(10_000)).share() as share:
            return await read_uploads(Request(scope, receive), settings, share)

    return asyncio.run(run())


def refusal(*args: Any, **how: Any) -> tuple[int, str]:
    with pytest.raises(ProblemError) as refused:
        read(*args, **how)
    return refused.value.status, refused.value.detail


@pytest.mark.parametrize("kind", ["image/jpeg", "image/x-anything", "application/octet-stream", None, "IMAGE/PNG; q=1"])
def test_a_body_is_one_image(kind: str | None) -> None:
    assert [(u.name, u.content) for u in read([b"ab", b"", b"c"], kind)] == [("", b"abc")]


@given(
    st.lists(st.binary(min_size=1, max_size=300).filter(lambda b: b"--XYZ" not in b), min_size=1, max_size=3),
    st.integers(1, 97),
)
def test_a_form_in_pieces_of_any_size(contents: list[bytes], step: int) -> None:
    body = b"".join(part(content, f"{place}.png") for place, content in enumerate(contents)) + b"--XYZ--\r\n"
    got = read([body[start : start + step] for start in range(0, len(body), step)], FORM)
    assert [(u.name, u.content) for u in got] == [(f"{place}.png", content) for place, content in enumerate(contents)]


def test_names_are_text_of_a_bounded_length() -> None:
    body = part(b"1", "x" * 1000) + part(b"2", "ä.png").replace("ä".encode(), b"\xff") + b"--XYZ--\r\n"
    assert [upload.name for upload in read(body, FORM)] == ["x" * 255, "�.png"]


@pytest.mark.parametrize(
    ("body", "kind", "status", "detail"),
    [
        (b"x", "text/html", 415, "a body of text/html"),
        (b"", "image/png", 400, "file 0: is empty"),
        (part(b"1") + part(b"") + b"--XYZ--\r\n", FORM, 400, "file 1: is empty"),
        (b"--XYZ--\r\n", FORM, 400, "the form"),
        (b"x", "multipart/form-data", 400, "without a boundary"),
        (part(b"1"), FORM, 400, "cut short"),
        (b"nonsense", FORM, 400, "the form is broken"),
        (part(b"true", "", "text/plain") + b"--XYZ--\r\n", FORM, 415, "file 0: declared as text/plain"),
        (part(b"1") * 4 + b"--XYZ--\r\n", FORM, 413, "more than 3 files"),
        (part(b"1", "x" * 5000), FORM, 413, "more than 2,000 bytes"),
        (b"x" * 2001, "image/png", 413, "more than 2,000 bytes in a request"),
    ],
)
def test_refusals(body: bytes, kind: str, status: int, detail: str) -> None:
    found = refusal(body, kind)
    assert found[0] == status
    assert detail in found[1]


def test_a_header_of_a_part_has_an_end() -> None:
    wide = ServerSettings(max_bytes=100_000)
    assert refusal(part(b"1", "x" * 5000), FORM, settings=wide, memory=Memory(100_000))[0] == 400


def test_what_is_declared_too_long_is_not_taken() -> None:
    memory = Memory(10)
    assert refusal(b"x" * 2001, memory=memory, content_length="2001")[0] == 413
    assert refusal([None], memory=memory, content_length="2001", expect="100-continue")[0] == 413


def test_a_slow_client() -> None:
    assert refusal([b"x", None]) == (408, "the request was not sent within 0.2 s")


def test_a_client_that_leaves() -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def run() -> None:
        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        with Memory(10).share() as share:
            await read_uploads(Request(scope, receive), SETTINGS, share)

    with pytest.raises(ClientDisconnect):
        asyncio.run(run())


def test_bodies_share_a_bounded_memory_which_is_given_back() -> None:
    memory = Memory(100)
    with memory.share() as other:
        other.take(60)
        assert refusal(b"x" * 50, memory=memory)[0] == 503
        assert memory.used == 60
    assert memory.used == 0
    assert len(read(b"x" * 50, memory=memory)) == 1
    assert memory.used == 0
