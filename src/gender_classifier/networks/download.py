"""timm's ImageNet weights for B1: downloaded once, and used only if they are the file that is known."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import urllib.request
from collections.abc import Callable
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.system.files import atomic_path, sha256_of
from gender_classifier.system.network import fetch_failure

NAME = "efficientnet_b1.ft_in1k"
IMAGENET_URL = f"https://huggingface.co/timm/{NAME}/resolve/1d6ddfd0ad535646fdb05bc3834913d93816152e/model.safetensors"
# Not measured by us: as a public project states it that downloads this revision and checks it.
IMAGENET_SHA256 = "2eb860ed42ef594b3ae479669e306927bb4d4018e246e38f512b6b25b1734f6e"
URL_VARIABLE = "GENDER_CLASSIFIER_IMAGENET_URL"
SHA256_VARIABLE = "GENDER_CLASSIFIER_IMAGENET_SHA256"
CACHE_VARIABLE = "GENDER_CLASSIFIER_CACHE"

_HASH_IN_NAME = re.compile(r"-([0-9a-f]{8,64})\.\w+$")


def download_imagenet(tell: Callable[[str], None] | None = None) -> Path:
    """Download timm's ImageNet weights for B1 (Apache-2.0), once, into the user's cache folder.

    The file's SHA-256 is checked before anything is read from it, in the cache too. Each other address has a file of
    its own there, unless it is a mirror of the known file.

    Environment: `GENDER_CLASSIFIER_IMAGENET_URL` (another address), `GENDER_CLASSIFIER_IMAGENET_SHA256` (what its
    file must have, or how that begins), `GENDER_CLASSIFIER_CACHE` or `XDG_CACHE_HOME` (another folder than
    `~/.cache`).

    Args:
        tell: called with one line before something is downloaded; None: nobody is told.

    Returns:
        The safetensors file in the cache.

    Raises:
        UnreadableError: no network, the address does not have it, or what comes or is kept is another file.
        UserError: `GENDER_CLASSIFIER_IMAGENET_SHA256` holds something else than a SHA-256.
    """
    url = os.environ.get(URL_VARIABLE) or IMAGENET_URL
    expected = expected_sha256(url)
    root = os.environ.get(CACHE_VARIABLE) or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(root) / "gender-classifier" / _cached_name(url, expected)
    if path.is_file():
        if wrong := _differs(path, expected):
            raise UnreadableError(f"{path}: {wrong}; delete it, and it is downloaded again")
        return path
    if tell is not None:
        unchecked = f"; no SHA-256 is known of it, so it is not checked ({SHA256_VARIABLE} names one)"
        tell(f"downloading {url} to {path}{'' if expected else unchecked}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as partial:
            with urllib.request.urlopen(url, timeout=60) as response:
                partial.write_bytes(response.read())
            if wrong := _differs(partial, expected):
                raise ValueError(f"{wrong}: not the known file, not kept")
            load_file(partial)  # a page that asks for a log-in must not stay in the cache as weights
    except (OSError, ValueError, http.client.HTTPException, SafetensorError) as error:
        raise UnreadableError(
            f"ImageNet weights cannot be had from {url} ({fetch_failure(error)}); give a file to --init-weights instead"
        ) from None
    return path


def _cached_name(url: str, expected: str) -> str:
    """By content where that is known, wherever it comes from; else by address, for another may have other weights."""
    if url == IMAGENET_URL or (expected and IMAGENET_SHA256.startswith(expected)):
        return f"{NAME}.safetensors"
    return f"{NAME}-{(expected or hashlib.sha256(url.encode()).hexdigest())[:12]}.safetensors"


def expected_sha256(url: str) -> str:
    """Say what the SHA-256 of a file to download must begin with.

    The environment's comes first, then the known one for the known file wherever it is mirrored, then the one in a
    file's name as torch's hub writes it (`name-0123abcd.pth`).

    Args:
        url: where the file is.

    Returns:
        8 to 64 hexadecimal digits in small letters; empty where none is known.

    Raises:
        UserError: `GENDER_CLASSIFIER_IMAGENET_SHA256` holds something else than a SHA-256.
    """
    named = os.environ.get(SHA256_VARIABLE, "").strip().lower()
    if named:
        if not re.fullmatch("[0-9a-f]{8,64}", named):
            raise UserError(
                f"{SHA256_VARIABLE}={named}: expected a SHA-256, 64 hexadecimal digits or the first 8 of them"
            )
        return named
    if NAME in url:
        return IMAGENET_SHA256
    found = _HASH_IN_NAME.search(url)
    return found[1] if found else ""


def _differs(path: Path, expected: str) -> str:
    """What is wrong with a file's SHA-256; empty where it begins as expected."""
    found = sha256_of(path) if expected else ""
    return "" if found.startswith(expected) else f"SHA-256 {found[: len(expected)]}, not {expected}"
