"""onnxruntime-web, the page's one dependency: its files from npm's archive of one release, known by its hash.

The package does not carry them: 41 MB of WebAssembly would be more than twice all else, for one command. So `web`
fetches the archive, once a call, says so before it does, and takes nothing whose SHA-512 is not the one below, which is
what npm writes into a lock file (`npm view onnxruntime-web@1.30.0 dist.integrity`). A machine without network is given
the archive by `--runtime`. The site that is written needs no network beyond its own server.
"""

from __future__ import annotations

import base64
import hashlib
import http.client
import io
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from gender_classifier.errors import UnreadableError
from gender_classifier.system.network import fetch_failure

VERSION = "1.30.0"
URL = f"https://registry.npmjs.org/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz"
INTEGRITY = "q0y+JrrtukXSzsBWEMccVfqX25LRmosXHF+CaRJmg8pZClzcV7svNc4rKY3jL02Vb7QmRMDs1SigqR4CXAfKYQ=="
"""SHA-512 of the archive, base64."""
SIZE = 33_106_585
FILES = (
    "ort.wasm.min.mjs",
    "ort-wasm-simd-threaded.mjs",
    "ort-wasm-simd-threaded.wasm",
    "ort.webgpu.min.mjs",
    "ort-wasm-simd-threaded.asyncify.mjs",
    "ort-wasm-simd-threaded.asyncify.wasm",
)
"""Of its folder `dist`: for WebAssembly alone, and for WebGPU beside it; a browser loads one of the two."""
_SECONDS = 60


def runtime_files(archive: Path | None, tell: Callable[[str], None]) -> dict[str, bytes]:
    """Give onnxruntime-web's files, from npm's archive of one release.

    Args:
        archive: npm's archive on this machine; None: it is fetched.
        tell: called with one line before anything is fetched.

    Returns:
        Contents by the names of `FILES`.

    Raises:
        UnreadableError: the archive cannot be had, or is another file.
    """
    return _unpacked(_read(archive) if archive is not None else _fetch(tell))


def _read(archive: Path) -> bytes:
    try:
        data = archive.read_bytes()
    except OSError as error:
        raise UnreadableError(f"{archive}: {(error.strerror or 'cannot be read').lower()}; {_how()}") from None
    if not _known(data):
        raise UnreadableError(f"{archive}: not onnxruntime-web {VERSION} as npm has it, by its SHA-512; {_how()}")
    return data


def _fetch(tell: Callable[[str], None]) -> bytes:
    tell(
        f"fetching onnxruntime-web {VERSION} ({SIZE / 1e6:.0f} MB) from {URL}; nothing is sent, and what comes is "
        "checked by its SHA-512 (--runtime takes a file that you have)"
    )
    try:
        with urllib.request.urlopen(URL, timeout=_SECONDS) as response:
            data = bytes(response.read(SIZE + 1))
    except (OSError, http.client.HTTPException) as error:
        raise UnreadableError(f"onnxruntime-web cannot be had from {URL} ({fetch_failure(error)}); {_how()}") from None
    if not _known(data):
        raise UnreadableError(f"{URL}: what came is another file, by its SHA-512; {_how()}")
    return data


def _how() -> str:
    return f"get it where there is network by `npm pack onnxruntime-web@{VERSION}`, and name it with --runtime"


def _known(data: bytes) -> bool:
    return base64.b64encode(hashlib.sha512(data).digest()).decode("ascii") == INTEGRITY


def _unpacked(data: bytes) -> dict[str, bytes]:
    """The files, from an archive whose hash is known: it holds them."""
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for name in FILES:
            handle = archive.extractfile(f"package/dist/{name}")
            assert handle is not None
            found[name] = handle.read()
    return found
