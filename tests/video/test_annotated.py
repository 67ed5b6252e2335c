"""The film once more: frames, their times, boxes that go with the face, and the sound."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.video.annotated import Framed, write_annotated
from gender_classifier.video.result import VideoResult

from ..running import call
from .films import plain


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


def test_who_is_on_screen_at_a_time(result: VideoResult) -> None:
    framed = Framed(result)
    ((row,), nobody) = framed.at(0.5), framed.at(1.5)
    assert (row.label, row.logit) == ("female", result.tracks[0].logit)
    assert nobody == []
    picture = plain(480, 270, (9, 9, 9))
    assert framed.draw(picture, 1.5) is picture
    assert (framed.draw(picture, 0.5) != picture).any()
    assert (picture == 9).all()  # drawn on a copy
