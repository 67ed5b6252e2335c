"""Figures get images as the network sees them, and maps of evidence only where mirrored images agree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gender_classifier.data.datasets import Sample
from gender_classifier.report.images import MapSource, PictureSource


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    made = []
    for number in range(12):
        path = tmp_path / f"{number}.png"
        Image.fromarray(np.full((20, 10, 3), 10 * number, np.uint8)).save(path)
        made.append(Sample(path, path.name, 0))
    return made


class Maps:
    """In place of occlusion maps: each map holds the shade of its crop; the agreement is what the test says."""

    def __init__(self, agreement: float) -> None:
        self.agreement, self.checks = agreement, 0

    def __call__(self, crops: np.ndarray) -> np.ndarray:
        return crops[:, :8, :8, 0].astype(np.float32)

    def checked(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        self.checks += len(crops)
        return self(crops), np.full(len(crops), self.agreement)


def test_an_image_is_read_at_the_network_s_size_or_as_asked(samples: list[Sample]) -> None:
    assert PictureSource(samples, 32, "pad")("3.png").shape == (32, 32, 3)
    given = PictureSource(samples, 32, "pad", lambda sample: np.full((4, 4, 3), int(sample.path.stem), np.uint8))
    assert given("7.png")[0, 0, 0] == 7
    with pytest.raises(KeyError):
        given("none.png")


def test_each_image_has_its_own_map_and_eight_at_most_are_checked(samples: list[Sample]) -> None:
    maps: Any = Maps(agreement=0.99)
    found, said = MapSource(maps, PictureSource(samples, 32, "stretch"))([s.name for s in samples])
    assert [float(each[0, 0]) for each in found] == [10.0 * number for number in range(12)]
    assert maps.checks == 8
    assert said.startswith("Mirrored images give like maps (mean correlation 0.99")


def test_maps_that_do_not_hold_are_not_shown(samples: list[Sample], capsys: pytest.CaptureFixture[str]) -> None:
    maps: Any = Maps(agreement=0.05)
    found, said = MapSource(maps, PictureSource(samples, 32, "stretch"))([s.name for s in samples])
    assert found == []
    assert said.startswith("No maps of evidence: those of mirrored images differ")
    assert said in capsys.readouterr().err
