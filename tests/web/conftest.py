"""A site as `web` writes it, a plain server for it, and Debian's Chromium driven by Playwright."""

from __future__ import annotations

import http.server
import os
import shutil
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from gender_classifier.system.files import atomic_path
from gender_classifier.web.runtime import URL, VERSION
from gender_classifier.web.site import web

BUILD = Path(__file__).resolve().parents[2] / "build"
CHROMIUM = "GENDER_CLASSIFIER_CHROMIUM"
"""Variable of the environment that names a Chromium; else the one on the path."""


@pytest.fixture(scope="session")
def archive() -> Path:
    """onnxruntime-web's archive, fetched once into `build/`, or skip."""
    path = BUILD / f"onnxruntime-web-{VERSION}.tgz"
    if not path.is_file():
        BUILD.mkdir(exist_ok=True)
        try:
            with atomic_path(path) as part, urllib.request.urlopen(URL, timeout=60) as response:
                part.write_bytes(response.read())
        except OSError as error:
            pytest.skip(f"no {path}, and {URL} cannot be had ({error})")
    return path


@pytest.fixture(scope="session")
def site(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with the released model."""
    out = tmp_path_factory.mktemp("web") / "site"
    web(out, runtime=archive)
    return out


class _Plain(http.server.SimpleHTTPRequestHandler):
    """A server that knows nothing of the page: no headers but the types."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder at an address of this machine until the block ends."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Plain, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a screen, or skip."""
    api = pytest.importorskip("playwright.sync_api")
    found = os.environ.get(CHROMIUM) or shutil.which("chromium") or shutil.which("chromium-browser")
    if not found:
        pytest.skip(f"no chromium on the path (apt install chromium); {CHROMIUM} names one")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=found,
            args=["--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Any]]:
    """Open an address in a context of its own; whatever the page complains of fails the test in the end."""
    contexts, complaints = [], []

    def opened(address: str, **options: Any) -> Any:
        context = browser.new_context(accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not complaints
