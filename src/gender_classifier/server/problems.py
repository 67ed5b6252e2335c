"""Refusals as problem documents (RFC 9457): status, a word for programs, a line for people."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field
from starlette.responses import JSONResponse

MEDIA_TYPE = "application/problem+json"
CODES = {
    400: "malformed",
    401: "key",
    404: "no_such_path",
    405: "method",
    408: "slow_request",
    413: "too_large",
    415: "not_an_image",
    422: "parameter",
    500: "fault",
    503: "busy",
}
"""The word that goes with a status where a refusal names no other."""


class ProblemError(Exception):
    """A request that is refused.

    Example:
        >>> ProblemError(415, "file 0: not an image").code
        'not_an_image'

    Args:
        status: of HTTP.
        detail: one line: what, where, what to do.
        code: a word for programs; None: the status's own of `CODES`.
        retry: seconds after which to ask again; None: not at all.
    """

    def __init__(self, status: int, detail: str, code: str | None = None, retry: int | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.retry = status, detail, retry
        self.code = code or CODES.get(status, "refused")


class Problem(BaseModel):
    """Why a request was refused."""

    status: int = Field(description="of HTTP")
    code: str = Field(description="a word for programs: " + ", ".join(sorted({*CODES.values(), "not_ready", "late"})))
    detail: str = Field(description="what is wrong, and what to do")
    request_id: str = Field(description="of this request, as in the header X-Request-ID")


def response(problem: ProblemError, request_id: str) -> JSONResponse:
    """Make the answer to a request that is refused.

    Args:
        problem: why it is refused.
        request_id: of the request.

    Returns:
        A problem document with the refusal's status, and with the headers that belong to it.
    """
    content = Problem(status=problem.status, code=problem.code, detail=problem.detail, request_id=request_id)
    headers = {"Retry-After": str(problem.retry)} if problem.retry is not None else {}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(content.model_dump(), problem.status, headers, MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Describe refusals for OpenAPI.

    Args:
        *statuses: of HTTP, among 400, 401, 408, 413, 415, 422 and 503.

    Returns:
        By status, what FastAPI's `responses` takes.
    """
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    words = {
        400: "The body is broken or holds no image",
        401: "The key is missing or wrong",
        408: "The request was sent too slowly",
        413: "Too many bytes, pixels or files",
        415: "A content type, or a file, that is no image",
        422: "A parameter has a value that cannot be",
        503: "Too much to do, or not ready: ask again after the seconds in Retry-After",
    }
    return {status: {"description": words[status], "content": {MEDIA_TYPE: schema}} for status in statuses}
