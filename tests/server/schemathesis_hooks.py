"""Loaded by schemathesis (`SCHEMATHESIS_HOOKS`): what the document calls binary is an image, in its media type."""

from __future__ import annotations

import io

import numpy as np
import schemathesis
from hypothesis import strategies as st
from PIL import Image


def _image(kind: str, seed: int, side: int) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, kind)
    return buffer.getvalue()


def _images(*kinds: str) -> st.SearchStrategy[bytes]:
    return st.builds(_image, st.sampled_from(kinds), st.integers(0, 99), st.integers(1, 48))


for media_type, kinds in {
    "image/jpeg": ("JPEG",),
    "image/png": ("PNG",),
    "image/webp": ("WEBP",),
    "application/octet-stream": ("JPEG", "PNG", "BMP"),
}.items():
    schemathesis.openapi.media_type(media_type, _images(*kinds))
schemathesis.openapi.format("binary", _images("PNG", "JPEG"))
