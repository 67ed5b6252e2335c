"""The film once more: frames, their times, boxes that go with the face, and the sound."""

from __future__ import annotations

import errno
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import av.codec
import av.error
import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.video import annotated
from gender_classifier.video.annotated import Framed, write_annotated
from gender_classifier.video.reading import Film
from gender_classifier.video.result import VideoResult

from ..running import call
from .films import plain, write_film


def test_annotated_film_has_frames_and_sound(result: VideoResult, made: Path, tmp_path: Path) -> None:
    out = tmp_path / "annotated.mp4"
    write_annotated(result, made, out)
    with av.open(str(made)) as before, av.open(str(out)) as after:
        was, now = before.streams.video[0], after.streams.video[0]
        assert now.width == 480
        assert now.height > 270  # a line below says what the answers mean
        assert now.frames == was.frames == 50
        assert after.streams.audio[0].codec_context.name == "aac"
        assert after.streams.audio[0].frames == before.streams.audio[0].frames
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in after.decode(video=0)]
    assert [time for time, _ in frames] == pytest.approx([n / 25 for n in range(50)], abs=1e-3)

    def orange(picture: NDArray[np.uint8]) -> int:
        return int((np.abs(picture.astype(int) - (230, 159, 0)).sum(2) < 60).sum())

    assert orange(frames[10][1]) > 300
    assert orange(frames[40][1]) < 50
    first = (np.abs(frames[2][1].astype(int) - (230, 159, 0)).sum(2) < 60).any(0).nonzero()[0].min()
    later = (np.abs(frames[27][1].astype(int) - (230, 159, 0)).sum(2) < 60).any(0).nonzero()[0].min()
    assert later - first == pytest.approx(75, abs=15)  # it goes with the face, also between the frames looked at


def test_annotated_part_begins_at_its_start(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "part.mp4"
    assert call("video", film, "--annotate", out, "--start", "1", "--end", "1.6").code == 0
    with av.open(str(out)) as container:
        assert container.duration / av.time_base == pytest.approx(0.6, abs=0.1)
        assert container.streams.audio[0].duration * container.streams.audio[0].time_base == pytest.approx(0.6, abs=0.1)


def test_sound_that_mp4_cannot_hold_becomes_aac(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        video, sound = container.add_stream("libx264", rate=25), container.add_stream("pcm_s16le", rate=48000)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        for n in range(25):
            container.mux(video.encode(av.VideoFrame.from_ndarray(plain(160, 96, (n, 9, 9)), format="rgb24")))
            tone = av.AudioFrame.from_ndarray(np.zeros((1, 1920), np.int16), format="s16", layout="mono")
            tone.sample_rate, tone.pts = 48000, 1920 * n
            container.mux(sound.encode(tone))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    out = tmp_path / "out.mp4"
    assert call("video", path, "--annotate", out).code == 0
    with av.open(str(out)) as container:
        sound = container.streams.audio[0]
        assert sound.codec_context.name == "aac"
        assert float(sound.duration * sound.time_base) == pytest.approx(1.0, abs=0.1)


def toned(container: Any, video: Any, sound: Any, seconds: float) -> None:
    """Frames and sound side by side, as a broadcast has them."""
    for n in range(round(25 * seconds)):
        frame = av.VideoFrame.from_ndarray(plain(160, 96, (n % 200, 9, 9)), format="rgb24")
        frame.pts, frame.time_base = n, Fraction(1, 25)
        container.mux(video.encode(frame))
        for part in range(2):
            size = 960
            tone = av.AudioFrame.from_ndarray(np.zeros((1, size), np.float32), format="fltp", layout="mono")
            tone.sample_rate, tone.pts, tone.time_base = 48000, size * (2 * n + part), Fraction(1, 48000)
            container.mux(sound.encode(tone))
    container.mux(video.encode(None))
    container.mux(sound.encode(None))


def broadcast(path: Path, sound_codec: str) -> Path:
    """Two seconds, twice: the times of image and sound begin anew."""
    with av.open(str(path), "w") as container:
        video, sound = container.add_stream("libx264", rate=25), container.add_stream(sound_codec, rate=48000)
        video.width, video.height, video.pix_fmt = 160, 96, "yuv420p"
        video.options = {"tune": "zerolatency"}
        toned(container, video, sound, 2.0)
    path.write_bytes(path.read_bytes() * 2)
    return path


@pytest.mark.parametrize("codec", ["aac", "mp2"])  # copied, and made anew
def test_sound_that_begins_anew_goes_on(tmp_path: Path, codec: str) -> None:
    path, out = broadcast(tmp_path / "a.ts", codec), tmp_path / "out.mp4"
    assert call("video", path, "--annotate", out).code == 0
    with av.open(str(out)) as container:
        image, sound = container.streams.video[0], container.streams.audio[0]
        assert float(image.duration * image.time_base) == pytest.approx(4.0, abs=0.2)
        assert float(sound.duration * sound.time_base) == pytest.approx(4.0, abs=0.2)


def test_a_picture_that_is_held_over_the_start_is_in_the_part(tmp_path: Path) -> None:
    pictures = [plain(160, 96, (n, n, n)) for n in (20, 120, 220)]
    path = write_film(tmp_path / "a.mp4", pictures, times=[0.0, 9.0, 18.0], options={"bf": "0"})
    for end, grey in ((17, [120]), (20, [120, 220])):
        out = tmp_path / f"{end}.mp4"
        assert call("video", path, "--annotate", out, "--start", "10", "--end", str(end)).code == 0
        with av.open(str(out)) as container:
            frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
        assert [time for time, _ in frames] == pytest.approx([0.0, 8.0][: len(grey)], abs=1e-3)
        assert [picture[:96].mean() for _, picture in frames] == pytest.approx(grey, abs=4)


def test_a_stamp_far_ahead_takes_no_later_sound_away() -> None:
    muxed: list[Any] = []
    target = SimpleNamespace(add_stream_from_template=lambda _: None, mux=muxed.append)
    sound = annotated._Sound(target, SimpleNamespace(codec_context=SimpleNamespace(name="aac")), 0.0)
    for at in (0, 1, 900, 2, 3):
        sound.take(SimpleNamespace(pts=at, dts=at, duration=1, time_base=Fraction(1), stream=None), 10.0)
    assert [packet.pts for packet in muxed] == [0, 1, 2, 3]


def test_sound_without_a_decoder_is_none(
    result: VideoResult, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anew = Film.open_anew

    def deaf(film: Film) -> None:
        anew(film)
        held = film.container
        known = SimpleNamespace(audio=[SimpleNamespace(codec_context=None)])
        film.container = SimpleNamespace(streams=known, demux=held.demux, close=held.close)

    monkeypatch.setattr(Film, "open_anew", deaf)
    write_annotated(result, made, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert not container.streams.audio
        assert container.streams.video[0].frames == 50


def test_without_x264_it_is_mpeg_4(
    result: VideoResult, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(av.codec, "codecs_available", {"mpeg4"})
    write_annotated(result, made, tmp_path / "out.mp4")
    with av.open(str(tmp_path / "out.mp4")) as container:
        assert container.streams.video[0].codec_context.name == "mpeg4"
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([n / 25 for n in range(50)], abs=1e-3)


@pytest.mark.parametrize(("number", "kind"), [(errno.EINVAL, UserError), (errno.ENOSPC, OSError)])
def test_what_ffmpeg_refuses_is_said_with_the_file(
    result: VideoResult, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    def refused(*_: object) -> None:
        av.error.err_check(-number)

    monkeypatch.setattr(annotated, "_frame", refused)
    with pytest.raises(kind) as caught:
        write_annotated(result, made, tmp_path / "out.mp4")
    assert not isinstance(caught.value, av.error.FFmpegError)
    assert str(tmp_path / "out.mp4") in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_who_is_on_screen_at_a_time(result: VideoResult) -> None:
    framed = Framed(result)
    ((row,), nobody) = framed.at(0.5), framed.at(1.5)
    assert (row.label, row.logit) == ("female", result.tracks[0].logit)
    assert nobody == []
    picture = plain(480, 270, (9, 9, 9))
    assert framed.draw(picture, 1.5) is picture
    assert (framed.draw(picture, 0.5) != picture).any()
    assert (picture == 9).all()  # drawn on a copy
