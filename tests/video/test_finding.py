"""Pixels of a film's frames, upright, of any kind; and the smallest face sought in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gender_classifier.video.finding import pixels, smallest_face
from gender_classifier.video.reading import Film, Sampling

from .films import H, W, plain, turned_mp4, write_film


@pytest.mark.parametrize(("height", "asked", "expected"), [(270, None, 24), (1080, None, 60), (1080, 30, 30)])
def test_the_smallest_face_is_as_asked_or_by_the_film_s_height(height: int, asked: int | None, expected: int) -> None:
    assert smallest_face(height, asked) == expected


def test_turned(tmp_path: Path) -> None:
    picture = plain(W, H, (0, 0, 0))
    picture[: H // 2, : W // 2] = (250, 20, 20)  # upper left
    path = turned_mp4(write_film(tmp_path / "a.mp4", [picture] * 10))
    with Film(path) as film:
        assert (film.width, film.height) == (H, W)
        frame = next(film.frames(Sampling())).frame
        upright = pixels(frame, H, W)
    assert upright.shape == (W, H, 3)
    assert upright[W // 8, H * 3 // 4, 0] > 180  # upper right, once turned clockwise
    assert upright[W // 8, H // 8, 0] < 60


def test_interlaced_takes_one_field(tmp_path: Path) -> None:
    comb = plain(W, H, (0, 0, 0))
    comb[1::2] = 255
    path = write_film(tmp_path / "a.mp4", [comb] * 10, options={"x264-params": "tff=1:qp=1", "g": "10"})
    with Film(path) as film:
        frame = next(film.frames(Sampling())).frame
        assert frame.interlaced_frame
        assert pixels(frame, W, H).mean() < 40


def test_ten_bits(tmp_path: Path) -> None:
    path = write_film(
        tmp_path / "a.mkv", [plain(W, H, (200, 60, 60))] * 5, codec="libx265", form="yuv420p10le", options={"g": "5"}
    )
    with Film(path) as film:
        frame = next(film.frames(Sampling())).frame
        assert frame.format.name == "yuv420p10le"
        assert np.abs(pixels(frame, W, H).reshape(-1, 3).mean(0) - (200, 60, 60)).max() < 8
