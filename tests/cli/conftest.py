"""Photos that tests of `predict` share, and how they read its table."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.inference.writers import COLUMNS

from ..running import Outcome
from ..scenes import scene

Picture = NDArray[np.uint8]


def rows_of(done: Outcome) -> list[dict[str, str]]:
    reader = csv.DictReader(io.StringIO(done.out))
    assert tuple(reader.fieldnames or ()) == COLUMNS
    return list(reader)


@pytest.fixture
def photos(tmp_path: Path, astronaut: Picture) -> Path:
    """Four photos with 2, 1, 0 and 3 faces."""
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    pictures = {
        "a.jpg": scene(astronaut, (420, 260), [(60, 10, 20), (80, 200, 40)]).picture,
        "b.png": astronaut,
        "c.jpg": np.full((60, 90, 3), 128, np.uint8),
        "sub/d.jpg": scene(astronaut, (500, 200), [(40, 10, 20), (50, 150, 40), (60, 300, 20)]).picture,
    }
    for name, picture in pictures.items():
        Image.fromarray(picture).save(folder / name, quality=95)
    return folder
