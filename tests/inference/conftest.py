"""Images that tests of the classifier share: crops that tell their number, and a photo in every form."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from ..scenes import scene

Pixels = NDArray[np.uint8]
COUNT = 60  # more than is worked on ahead


def image(number: int) -> Pixels:
    """A crop of one colour that tells its number, of a size of its own."""
    return np.full((40 + number % 7, 40, 3), (4 * number, 250 - 4 * number, 3 * number), np.uint8)


def png(number: int) -> bytes:
    """The same as a PNG file."""
    data = io.BytesIO()
    Image.fromarray(image(number)).save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def mixed(astronaut: Pixels, tmp_path: Path) -> list[Any]:
    """One photo of two faces in every form, one without a face, one that is none, one that is gone."""
    two = scene(astronaut, (420, 260), [(60, 10, 20), (80, 200, 40)]).picture
    path = tmp_path / "two.png"
    Image.fromarray(two).save(path)
    (tmp_path / "text.jpg").write_text("no image")
    empty = np.full((60, 90, 3), 128, np.uint8)
    forms = [path, str(path), path.read_bytes(), two, Image.fromarray(two)]
    return [*forms, empty, tmp_path / "text.jpg", str(tmp_path / "gone.jpg")]
