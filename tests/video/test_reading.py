"""Reading films: true times, what is needed alone, and what is wrong with them in a line."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.video.finding import pixels
from gender_classifier.video.reading import Film, Moment, Sampling

from .films import plain, shaded, turned_mp4, write_film

W, H = 160, 96


def moments(path: Path, sampling: Sampling | None = None, after: float | None = None) -> list[Moment]:
    with Film(path) as film:
        return [taken.moment for taken in film.frames(sampling or Sampling(), after)]


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


def test_cuts_are_found(tmp_path: Path) -> None:
    scenes = [*shaded(W, H, 30), *shaded(W, H, 30, (200, 40, 40)), *shaded(W, H, 30, (20, 40, 140))]
    path = write_film(tmp_path / "a.mp4", scenes, options={"bf": "0"})
    assert [cut for m in moments(path) for cut in m.cuts] == pytest.approx([30 / 25, 60 / 25], abs=1e-3)


def test_motion_and_a_slow_fade_are_no_cuts(tmp_path: Path) -> None:
    fade = [plain(W, H, (n, n, n)) for n in range(20, 220, 4)]
    path = write_film(tmp_path / "a.mp4", [*shaded(W, H, 40, (20, 20, 20)), *fade])
    assert [cut for m in moments(path) for cut in m.cuts] == []


def test_a_flash_begins_one_shot_at_most(tmp_path: Path) -> None:
    frames = shaded(W, H, 60)
    frames[30] = plain(W, H, (255, 255, 255))
    assert len([cut for m in moments(write_film(tmp_path / "a.mp4", frames)) for cut in m.cuts]) <= 1


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


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", shaded(W, H, 10), aspect=Fraction(16, 11))
    with Film(path) as film:
        assert (film.width, film.height) == (round(W * 16 / 11), H)
    path = write_film(tmp_path / "b.mp4", shaded(W, H, 10), aspect=Fraction(1, 2))
    with Film(path) as film:
        assert (film.width, film.height) == (W, 2 * H)


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


def test_the_largest_picture_of_several(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        streams = [container.add_stream("libx264", rate=25) for _ in range(2)]
        for stream, (width, height) in zip(streams, ((80, 48), (W, H)), strict=True):
            stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in shaded(W, H, 10):
            for stream in streams:
                small = picture[: stream.height, : stream.width]
                container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(small), format="rgb24")))
        for stream in streams:
            container.mux(stream.encode(None))
    with Film(path) as film:
        assert (film.width, film.height) == (W, H)


def test_a_time_that_goes_back_is_mended(tmp_path: Path) -> None:
    one = write_film(tmp_path / "a.ts", shaded(W, H, 30), options={"bf": "0"}).read_bytes()
    path = tmp_path / "b.ts"
    path.write_bytes(one + one)  # a broadcast that was cut together: its times begin anew
    with Film(path) as film:
        times = [taken.moment.time for taken in film.frames(Sampling(rate=100))]
        assert np.all(np.diff(times) > 0)
        assert len(times) >= 55
        assert times[-1] == pytest.approx(59 / 25, abs=0.3)


class TestRefused:
    def refused(self, path: Path) -> str:
        with pytest.raises(UnreadableError) as caught:
            Film(path)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    def test_not_there(self, tmp_path: Path) -> None:
        assert "no such file" in self.refused(tmp_path / "a.mp4")

    def test_empty(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").write_bytes(b"")
        assert "0 bytes" in self.refused(tmp_path / "a.mp4")

    def test_folder(self, tmp_path: Path) -> None:
        assert "folder" in self.refused(tmp_path)

    def test_text(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").write_text("not a film\n" * 50)
        assert "not a film" in self.refused(tmp_path / "a.mp4")

    def test_a_colon_and_bytes_that_are_no_text_in_a_name(self, tmp_path: Path) -> None:
        made = write_film(tmp_path / "a.mp4", shaded(W, H, 10)).read_bytes()
        for name in ("http: a.mp4", os.fsdecode(b"a\xff.mp4")):
            (tmp_path / name).write_bytes(made)
            assert len(moments(tmp_path / name)) == 2

    def test_sound_alone(self, tmp_path: Path) -> None:
        write_film(tmp_path / "a.m4a", [], sound=0.5)
        assert "no image track" in self.refused(tmp_path / "a.m4a")

    def test_image(self, tmp_path: Path) -> None:
        Image.fromarray(plain(W, H, (9, 9, 9))).save(tmp_path / "a.jpg")
        assert "predict" in self.refused(tmp_path / "a.jpg")

    def test_index_cut_off(self, tmp_path: Path) -> None:
        path = write_film(tmp_path / "a.mp4", shaded(W, H, 50))
        path.write_bytes(path.read_bytes()[:2000])
        assert "not a film" in self.refused(path)

    def test_a_playlist_fetches_nothing(self, tmp_path: Path) -> None:
        (tmp_path / "a.m3u8").write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nhttp://127.0.0.1:9/a.ts\n")
        self.refused(tmp_path / "a.m3u8")
