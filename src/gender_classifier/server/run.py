"""Runs the service: a parent that holds the address, and a worker that answers and is started again when it dies."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import multiprocessing
import os
import signal
import socket
import sys
from functools import partial
from multiprocessing.connection import wait
from threading import Thread
from typing import Any

import h11
from fastapi import FastAPI
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.supervisors import Multiprocess

from gender_classifier.errors import UserError
from gender_classifier.server.app import create_app
from gender_classifier.server.service import Service
from gender_classifier.server.settings import ServerSettings
from gender_classifier.system.streams import tell

HEAD_SECONDS = 10.0
"""That a client may take to send the head of a request."""
IDLE_SECONDS = 75
"""That a connection may wait for its next request: longer than balancers keep theirs, which are 60 by habit."""
CONNECTIONS = 512
"""Connections at a time; more are answered 503 before they are looked at."""


class PatientProtocol(H11Protocol):
    """uvicorn's protocol, which closes connections that are slow to say what they want."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request.

        Args:
            transport: of the connection.
        """
        super().connection_made(transport)
        self._timer = self.loop.call_later(HEAD_SECONDS, transport.close)

    def data_received(self, data: bytes) -> None:
        """Take data; a request's head ends the wait, a part of one does not.

        Args:
            data: as it came.
        """
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self._timer is None:
            self._timer = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting.

        Args:
            exc: why the connection ended; None: in good order.
        """
        self._stop()
        super().connection_lost(exc)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def run(settings: ServerSettings, host: str, port: int) -> None:
    """Serve until a signal ends it; what was accepted by then is answered.

    Args:
        settings: models, key, site and limits; they are checked here.
        host: address to bind to.
        port: of it; 0: any that is free.

    Raises:
        UserError: a model or an engine is missing, two models have one name, limits cannot be kept together, or the
            address cannot be bound.
    """
    Service(settings.checked()).check()
    bound = bind(host, port)
    config = Config(
        partial(_worker, settings),
        factory=True,
        http=PatientProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_worker_healthcheck=30,
        timeout_graceful_shutdown=int(settings.stop_seconds),
        workers=1,
    )
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    _say(bound, settings)
    try:
        Multiprocess(config, sockets=[bound]).run()
    finally:
        bound.close()


def bind(host: str, port: int) -> socket.socket:
    """Bind to an address.

    Args:
        host: name or address.
        port: 0 for any that is free.

    Returns:
        A listening socket, which child processes inherit.

    Raises:
        UserError: it cannot be bound.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, protocol)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(1024)  # whoever comes while the worker starts, for the first time or again, waits
        bound.set_inheritable(True)
    except (OSError, UnicodeError) as error:
        # A name that no machine can have, as one with an empty part, ends as it is encoded.
        reason = error.strerror if isinstance(error, OSError) else "not a host's name"
        raise UserError(f"{host}:{port}: cannot be bound ({reason}); choose another --host or --port") from None
    return bound


def _say(bound: socket.socket, settings: ServerSettings) -> None:
    host, port = bound.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    alone = ipaddress.ip_address(host.partition("%")[0]).is_loopback
    whom = "this machine alone; --host 0.0.0.0 opens it to others" if alone else "open to other machines"
    tell(f"http://{shown}:{port} ({whom}); Ctrl-C stops it")
    if not alone and settings.key is None:
        tell("anyone who reaches that address may use it: no key is asked for (--key-file)")


def _worker(settings: ServerSettings) -> FastAPI:
    """Make the application, in the worker's process."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # it quotes what was sent
    parent = multiprocessing.parent_process()
    if parent is not None:
        Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    return create_app(settings)


def _end_with(sentinel: int) -> None:
    """Stop when the parent is gone, killed maybe: a worker alone would hold the address."""
    wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
