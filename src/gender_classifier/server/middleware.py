"""Around every request: an id, the key, a line in the log, headers that keep a browser from guessing, faults."""

from __future__ import annotations

import hashlib
import hmac
import logging
import re
import time
import uuid
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gender_classifier.server import problems
from gender_classifier.server.metrics import Metrics
from gender_classifier.server.problems import ProblemError

LOG = logging.getLogger("gender_classifier.server")
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_LEFT = 499
"""Status that is counted, as nginx does, for a client that left."""
SIGNS = frozenset(("/healthz", "/readyz", "/metrics"))
"""Paths that machines ask every few seconds: in the log only where something is wrong."""


class Surroundings:
    """ASGI middleware; takes the client's `X-Request-ID` where it is a plain word, else makes one.

    Example:
        >>> app.add_middleware(Surroundings, metrics=metrics, key=None, paths=["/healthz"])  # doctest: +SKIP

    Args:
        app: answers the request.
        metrics: counts it.
        key: that it must bring, as `Authorization: Bearer KEY`; None: none.
        paths: that are counted by name; all others as `other`.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, key: str | None, paths: Collection[str]) -> None:
        self._app, self._metrics, self._paths = app, metrics, frozenset(paths)
        self._key = _digest(key) if key is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; a fault is answered too, and logged under the request's id.

        Raises:
            Exception: the fault, where part of an answer was sent by then.
        """
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began, status, begun = time.perf_counter(), _LEFT, False

        async def sent(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                added = MutableHeaders(scope=message)
                added["X-Request-ID"] = request_id
                added["X-Content-Type-Options"] = "nosniff"
                if scope["path"].startswith("/v1/"):
                    added["Cache-Control"] = "no-store"
            await send(message)

        try:
            if self._key is not None and guarded(scope["path"]) and not self._brings_key(headers):
                self._metrics.refusals.labels("key").inc()
                text = "the key is missing or wrong; send Authorization: Bearer KEY"
                await problems.response(ProblemError(401, text), request_id)(scope, receive, sent)
            else:
                await self._app(scope, receive, sent)
        except ClientDisconnect:
            status = _LEFT
            self._metrics.vanished.inc()
        except Exception:
            answer = self._fault(request_id)
            if begun:
                raise  # part of an answer is out: the server closes the connection, by which the client knows
            await answer(scope, receive, sent)
        finally:
            took = time.perf_counter() - began
            path = scope["path"] if scope["path"] in self._paths else "other"
            self._metrics.requests.labels(path, str(status)).inc()
            self._metrics.stages.labels("all").observe(took)
            level = logging.DEBUG if path in SIGNS and status == 200 else logging.INFO
            LOG.log(level, "%s %s %s %.0f ms id=%s", status, scope["method"], path, 1000 * took, request_id)

    def _fault(self, request_id: str) -> Response:
        """Count and log the exception that is being handled; gives what the client is told."""
        problem = ProblemError(500, "a fault of the service; its log says more under this request's id")
        self._metrics.refusals.labels(problem.code).inc()
        LOG.exception("%s id=%s", problem.code, request_id)
        return problems.response(problem, request_id)

    def _brings_key(self, headers: Headers) -> bool:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = _digest(token.strip() if scheme.lower() == "bearer" else "")
        return hmac.compare_digest(given, self._key or b"")  # takes as long for every wrong key


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def guarded(path: str) -> bool:
    """Tell whether a path asks for the key, where there is one.

    Args:
        path: of a request, as `/v1/faces`.

    Returns:
        True for all below `/v1/`, and for `/metrics`.
    """
    return path.startswith("/v1/") or path == "/metrics"
