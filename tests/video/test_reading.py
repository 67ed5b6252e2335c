"""Reading films: true times, what is needed alone, and what is wrong with them in a line."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.video.reading import Film, Sampling

from .films import H, W, moments, shaded, trimmed_mp4, write_film


def test_five_a_second_with_true_times(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", shaded(W, H, 50))
    seen = moments(path)
    assert seen[0].number == 0
    assert len(seen) == 10
    assert np.allclose([m.time for m in seen], np.arange(10) / 5, atol=0.1)  # not every frame is decoded
    assert all(m.time * 25 == pytest.approx(m.number, abs=0.01) for m in seen)


def test_every_frame_where_so_many_are_asked_for(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", shaded(W, H, 30))
    assert [m.number for m in moments(path, Sampling(rate=25))] == list(range(30))


def test_frames_that_nothing_rests_on_are_not_decoded(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", shaded(W, H, 50), options={"bf": "2", "b-adapt": "0", "g": "50"})
    with Film(path) as film:
        list(film.frames(Sampling()))
        assert film.stream.codec_context.skip_frame == "NONREF"
        assert film._sparse(5.0)
        assert not film._sparse(25.0)


def test_variable_frame_rate(tmp_path: Path) -> None:
    times = [0.0, 0.1, 0.15, 0.9, 1.0, 3.0, 3.05]
    path = write_film(tmp_path / "a.mkv", shaded(W, H, 7), times=times, options={"bf": "0"})
    assert [m.time for m in moments(path, Sampling(rate=100))] == pytest.approx(times, abs=2e-3)


@pytest.mark.parametrize("options", [{"bf": "0", "g": "50"}, {"bf": "2", "b-adapt": "0", "g": "50"}])
def test_an_edit_list_leaves_out_what_players_leave_out(tmp_path: Path, options: dict[str, str]) -> None:
    whole = write_film(tmp_path / "a.mp4", shaded(W, H, 50), options=options)
    assert len(moments(whole, Sampling(rate=25))) == 50
    path = trimmed_mp4(whole, 1.0)
    seen = moments(path, Sampling(rate=25))
    assert [m.time for m in seen] == pytest.approx([n / 25 for n in range(25)], abs=1e-3)
    assert [m.number for m in seen] == list(range(25))
    assert moments(path, Sampling(rate=25), after=seen[9].time) == seen[10:]
    with Film(path) as film:
        first = next(film.frames(Sampling())).frame.to_ndarray(format="rgb24")
        assert film.length == pytest.approx(1.0)
    bright = (first[H // 3].mean(1) > 200).nonzero()[0]
    assert bright.min() == pytest.approx(25 * 3, abs=1)  # where the bar is in the 25th frame


def test_key_frames_alone(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", shaded(W, H, 50), options={"g": "10", "sc_threshold": "0"})
    assert [m.number for m in moments(path, Sampling(keyframes=True))] == [0, 10, 20, 30, 40]


def test_a_part_of_the_film(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", shaded(W, H, 100))
    seen = moments(path, Sampling(start=1.0, end=2.0))
    assert len(seen) == 5
    assert seen[0].time == pytest.approx(1.0, abs=0.1)
    assert seen[-1].time < 2.0


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts", "a.avi"])
@pytest.mark.parametrize("options", [{"g": "12"}, {"g": "300", "bf": "3"}])
def test_going_on_gives_what_would_have_come(tmp_path: Path, name: str, options: dict[str, str]) -> None:
    scenes = [*shaded(W, H, 60), *shaded(W, H, 60, (200, 40, 40)), *shaded(W, H, 60, (20, 40, 140))]
    path = write_film(tmp_path / name, scenes, options=options)
    whole = moments(path)
    for place in (0, 7, 19, len(whole) - 2):
        assert moments(path, after=whole[place].time) == whole[place + 1 :]


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", shaded(W, H, 10), aspect=Fraction(16, 11))
    with Film(path) as film:
        assert (film.width, film.height) == (round(W * 16 / 11), H)
    path = write_film(tmp_path / "b.mp4", shaded(W, H, 10), aspect=Fraction(1, 2))
    with Film(path) as film:
        assert (film.width, film.height) == (W, 2 * H)


def test_frames_without_times_are_timed_by_the_rate(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.h264", shaded(W, H, 50))
    seen = moments(path, Sampling(rate=100))
    assert np.all(np.diff([m.time for m in seen]) > 0)
    assert len(seen) == 50


def test_a_film_that_is_cut_off_says_where(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mkv", shaded(W, H, 200), options={"g": "25", "qp": "5"})
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with Film(path) as film:
        seen = list(film.frames(Sampling()))
        assert len(seen) > 5
        assert film.ending.fault.endswith(f"the image ends at {film.ending.covered:.1f} of {film.length:.1f} s")
        assert 2 < film.ending.covered < 6


def test_what_a_broken_part_leaves_is_kept_and_noted(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.ts", shaded(W, H, 200), options={"g": "25", "qp": "5"})
    data = bytearray(path.read_bytes())
    rng = np.random.default_rng(0)
    third = len(data) // 3
    data[third : third + 20000] = rng.bytes(20000)
    path.write_bytes(bytes(data))
    seen = moments(path)
    assert len(seen) > 25
    assert np.all(np.diff([m.time for m in seen]) > 0)


def test_a_time_that_goes_back_is_mended(tmp_path: Path) -> None:
    one = write_film(tmp_path / "a.ts", shaded(W, H, 30), options={"bf": "0"}).read_bytes()
    path = tmp_path / "b.ts"
    path.write_bytes(one + one)  # a broadcast that was cut together: its times begin anew
    with Film(path) as film:
        times = [taken.moment.time for taken in film.frames(Sampling(rate=100))]
        assert np.all(np.diff(times) > 0)
        assert len(times) >= 55
        assert times[-1] == pytest.approx(59 / 25, abs=0.3)


def test_a_colon_and_bytes_that_are_no_text_in_a_name(tmp_path: Path) -> None:
    made = write_film(tmp_path / "a.mp4", shaded(W, H, 10)).read_bytes()
    for name in ("http: a.mp4", os.fsdecode(b"a\xff.mp4")):
        (tmp_path / name).write_bytes(made)
        assert len(moments(tmp_path / name)) == 2
