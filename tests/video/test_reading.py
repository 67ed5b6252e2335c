"""Reading films: true times, what is needed alone, and what is wrong with them in a line."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.video.ending import Ending
from gender_classifier.video.looks import Look, spans
from gender_classifier.video.reading import BeyondEndError, Film, Moment, Sampling
from gender_classifier.video.shots import CutFinder

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


def looked(path: Path, sampling: Sampling) -> tuple[float, Ending]:
    """Seconds of film that are looked at, and how reading ended."""
    with Film(path) as film:
        moments = [taken.moment for taken in film.frames(sampling)]
        looks = [Look(one.time, one.number, one.since, one.cuts) for one in moments]
        return sum(end - begin for begin, end in spans(looks, film.ending.covered, film.ending.cuts)), film.ending


def test_key_frames_alone_tell_where_a_film_is_cut_off(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mkv", shaded(W, H, 200), options={"g": "100", "qp": "5", "sc_threshold": "0"})
    assert looked(path, Sampling(keyframes=True)) == (pytest.approx(8.0), Ending(8.0))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    watched, ending = looked(path, Sampling(keyframes=True))
    assert 5 < ending.covered < 7
    assert watched == pytest.approx(ending.covered)
    assert ending.fault == f"cut off: the image ends at {ending.covered:.1f} of 8.0 s"


@pytest.mark.parametrize("keyframes", [False, True])
@pytest.mark.parametrize("tagged", [False, True])
def test_sound_that_is_longer_than_the_picture_cuts_nothing_off(tmp_path: Path, tagged: bool, keyframes: bool) -> None:
    path = write_film(tmp_path / "a.mkv", shaded(W, H, 50), sound=5.0)
    data = path.read_bytes()
    path.write_bytes(data if tagged else data.replace(b"DURATION", b"XURATION"))  # the tracks tell nothing then
    watched, ending = looked(path, Sampling(keyframes=keyframes))
    assert ending.fault == ""
    assert watched == pytest.approx(2.0, abs=0.05)


def test_a_track_that_does_not_tell_its_length_is_cut_off_where_all_are(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mkv", shaded(W, H, 200), options={"g": "25", "qp": "5"})
    data = path.read_bytes().replace(b"DURATION", b"XURATION")
    path.write_bytes(data)
    assert looked(path, Sampling())[1].fault == ""
    path.write_bytes(data[: len(data) // 2])
    assert looked(path, Sampling())[1].fault.startswith("cut off: the image ends at")


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
def test_a_picture_that_is_held_is_watched_for_as_long(tmp_path: Path, name: str) -> None:
    times = [0.0, 9.0, 18.0, 27.0, 30.0]
    path = write_film(tmp_path / name, shaded(W, H, 5), times=times, options={"bf": "0"})
    assert looked(path, Sampling())[0] == pytest.approx(30.04, abs=0.01)
    assert looked(path, Sampling(end=20.0)) == (pytest.approx(20.0), Ending(20.0))


@pytest.mark.parametrize("start", [10.0, 15.0])
def test_a_picture_that_is_held_over_the_start_is_looked_at_there(tmp_path: Path, start: float) -> None:
    frames = [*shaded(W, H, 2), *shaded(W, H, 1, (200, 40, 40))]
    path = write_film(tmp_path / "a.mp4", frames, times=[0.0, 9.0, 18.0], options={"bf": "0"})
    held = Moment(start, moments(path)[1].number, start, ())
    assert moments(path, Sampling(start=start, end=17.0)) == [held]
    assert looked(path, Sampling(start=start, end=17.0)) == (pytest.approx(17.0 - start), Ending(17.0))
    part = Sampling(start=start, end=20.0)
    first, second = moments(path, part)
    assert first == held
    assert (second.time, second.since, second.cuts) == (18.0, 18.0, (18.0,))
    assert moments(path, part, after=start) == [second]
    with Film(path) as film:
        taken = next(film.frames(part)).frame.to_ndarray(format="rgb24")
    assert np.abs(taken.astype(float) - frames[1]).mean() < 5


def test_a_part_between_two_frames_is_looked_at(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", shaded(W, H, 50))
    assert moments(path, Sampling(rate=25, start=1.01, end=1.03)) == [Moment(1.01, 25, 1.01, ())]
    assert moments(path, Sampling(rate=25, start=1.97)) == [Moment(1.97, 49, 1.97, ())]
    assert [m.number for m in moments(path, Sampling(rate=25, start=1.01, end=1.1))] == [26, 27]


def test_key_frames_alone_begin_with_the_one_that_stands_at_the_start(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", shaded(W, H, 100), options={"g": "50", "sc_threshold": "0"})
    assert [(m.time, m.number) for m in moments(path, Sampling(keyframes=True, start=1.0))] == [(1.0, 0), (2.0, 50)]


def test_a_stale_length_refuses_no_start(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mkv", shaded(W, H, 50))
    data = path.read_bytes()
    assert b"00:00:02.000" in data
    path.write_bytes(data.replace(b"00:00:02.000", b"00:00:01.000"))
    with Film(path) as film:
        assert film.length == pytest.approx(1.0)
    seen = moments(path, Sampling(start=1.4))
    assert [m.time for m in seen] == pytest.approx([1.4, 1.6, 1.8], abs=0.1)


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4", "a.ts"])
def test_frames_that_are_not_decoded_are_no_gap(tmp_path: Path, name: str) -> None:
    options = {"bf": "3", "b-adapt": "0", "g": "120"}
    path = write_film(tmp_path / name, shaded(W, H, 60), rate=2, options=options)
    assert looked(path, Sampling(rate=0.5))[0] == pytest.approx(30.0, abs=0.1)


@pytest.mark.parametrize("name", ["a.mkv", "a.ts"])
def test_what_a_broken_part_takes_away_is_not_watched(tmp_path: Path, name: str) -> None:
    path = write_film(tmp_path / name, shaded(W, H, 400), options={"g": "25", "qp": "5"})
    data = bytearray(path.read_bytes())
    third, much = len(data) // 3, len(data) // 4
    data[third : third + much] = np.random.default_rng(0).bytes(much)
    path.write_bytes(bytes(data))
    watched, ending = looked(path, Sampling())
    assert ending.covered == pytest.approx(16.0, abs=0.1)
    assert 8 < watched < 14


def test_joined_broadcasts_are_read_from_any_place_on(tmp_path: Path) -> None:
    one = write_film(tmp_path / "a.ts", shaded(W, H, 200), options={"bf": "0"}).read_bytes()
    path = tmp_path / "b.ts"
    path.write_bytes(one + one)
    whole = moments(path)
    assert len(whole) == pytest.approx(80, abs=2)
    assert looked(path, Sampling())[1].covered == pytest.approx(16.0, abs=0.1)
    assert moments(path, after=whole[60].time) == whole[61:]
    assert [m.time for m in moments(path, Sampling(start=12.0))] == pytest.approx(
        [12 + n / 5 for n in range(20)], abs=0.2
    )
    with pytest.raises(BeyondEndError, match=r"start=17: the film ends at 16\.\d s; begin before that"):
        moments(path, Sampling(start=17.0))


def test_cuts_are_not_sought_long_before_the_place_to_begin_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_film(tmp_path / "a.ts", shaded(W, H, 300), options={"bf": "0"})
    scored = list[object]()

    def counted(_: CutFinder, frame: object) -> float:
        scored.append(frame)
        return 0.0

    monkeypatch.setattr(CutFinder, "_score", counted)
    for sampling, after in ((Sampling(start=10.0), None), (Sampling(), 10.0)):
        scored.clear()
        assert moments(path, sampling, after)
        assert 75 < len(scored) < 110  # four of twelve seconds, and two frames


@pytest.mark.parametrize("name", ["a.mp4", "a.h264"])
@pytest.mark.parametrize("start", [2.5, 100.0, 1e20])
def test_a_start_behind_the_end_is_said(tmp_path: Path, name: str, start: float) -> None:
    path = write_film(tmp_path / name, shaded(W, H, 50))  # a raw stream states no length
    with pytest.raises(BeyondEndError, match=r"start=.*: the film ends at 2\.0 s; begin before that"):
        moments(path, Sampling(start=start))


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
