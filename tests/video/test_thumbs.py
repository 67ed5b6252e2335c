"""The clearest face of each track: kept until a better one comes, and told once."""

from __future__ import annotations

import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.video.thumbs import SIDE, Thumbs

from .results import looks_at, seen


def shades(*values: int) -> NDArray[np.uint8]:
    return np.stack([np.full((40, 40, 3), value, np.uint8) for value in values])


def shade(jpeg: str) -> float:
    with Image.open(io.BytesIO(base64.b64decode(jpeg))) as image:
        assert image.size == (SIDE, SIDE)
        return float(np.asarray(image).mean())


def test_a_clearly_better_face_takes_the_place() -> None:
    thumbs = Thumbs()
    sides = [(50, 10), (55, 60), (80, 110), (20, 160), (500, 210), (5000, 250)]
    for look, (_, value) in zip(looks_at(*[[seen(0, 1.0, side)] for side, _ in sides]), sides, strict=True):
        thumbs.see(look, shades(value))
    # 55 is not enough better than 50; beyond twice the image's side a face is no clearer.
    assert abs(shade(thumbs.jpegs[0]) - 210) < 3


def test_what_changed_is_told_once() -> None:
    thumbs = Thumbs()
    (look,) = looks_at([seen(1, 1.0, 30), seen(0, 1.0, 30)])
    thumbs.see(look, shades(40, 200))
    told = thumbs.take_fresh()
    assert [track for track, _, _ in told] == [0, 1]
    assert abs(shade(told[1][2]) - 40) < 3
    assert thumbs.take_fresh() == []
    again = Thumbs()
    for entry in told:
        again.put(*entry)
    assert (again.jpegs, again.take_fresh()) == (thumbs.jpegs, [])
    again.see(look, shades(90, 90))  # as good as what is kept: nothing changes
    assert again.jpegs == thumbs.jpegs
