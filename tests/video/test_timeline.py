"""The image of women and men over time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from gender_classifier.video.result import VideoResult
from gender_classifier.video.timeline import write_timeline


def test_dollars_in_a_name_are_no_formula(result: VideoResult, tmp_path: Path) -> None:
    write_timeline(replace(result, path="films/cash$5_$10.mp4"), tmp_path / "film.png")
    assert (tmp_path / "film.png").is_file()


def test_a_woman_for_a_good_half_of_the_time(result: VideoResult, tmp_path: Path) -> None:
    out = tmp_path / "film.png"
    write_timeline(result, out)
    picture = np.asarray(Image.open(out).convert("RGB")).astype(int)
    assert picture.shape[1] > 1000
    orange = np.abs(picture - (230, 159, 0)).sum(2) < 10
    wide = orange.any(0).nonzero()[0]
    assert orange.sum() > 20_000  # a woman, for a good half of the time
    assert 0.4 < (wide.max() - wide.min()) / picture.shape[1] < 0.7
