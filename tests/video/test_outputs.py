"""What is there to look at: subtitles, timeline, page, annotated film."""

from __future__ import annotations

import re
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.images.resize import resize
from gender_classifier.video.paths import Piece
from gender_classifier.video.subtitles import _stamp

from ..running import call
from .films import plain, shaded, with_face, write_film


@pytest.fixture
def film(tmp_path: Path, astronaut: NDArray[np.uint8]) -> Path:
    face = resize(astronaut[:256, 96:352], (224, 224))
    moving = [with_face(face, (480, 270), (40 + 3 * n, 30), (90, 110, 70)) for n in range(30)]
    return write_film(tmp_path / "film.mp4", [*moving, *shaded(480, 270, 20, (150, 40, 40))], sound=2.0)


def test_ass_frames_the_face_where_it_is(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.ass"
    assert call("video", film, "--subtitles", out).code == 0
    text = out.read_text(encoding="utf-8")
    assert "PlayResX: 480" in text
    assert "PlayResY: 270" in text
    assert "perceived" in text
    boxes = re.findall(r"Dialogue: 1,(.*?),(.*?),female-box.*?\\move\((\d+),(\d+),(\d+),(\d+)\)", text)
    assert len(boxes) == 5
    lefts = [int(box[2]) for box in boxes]
    assert np.all(np.diff(lefts) > 5)
    assert [box[4] for box in boxes[:-1]] == [box[2] for box in boxes[1:]]  # each goes on where the last one ends
    assert re.search(r"Dialogue: 2,.*female,.*}female \d\d %", text)
    assert not re.search(r"Dialogue: [12],0:00:01\.[3-9]", text)  # nobody after the cut


@pytest.mark.parametrize("ending", ["srt", "vtt"])
def test_text_subtitles_are_read_back(film: Path, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"film.{ending}"
    assert call("video", film, "--subtitles", out).code == 0
    with av.open(str(out)) as container:
        (stream,) = container.streams.subtitles
        (packet,) = [packet for packet in container.demux(stream) if packet.size]
        assert float(packet.pts * packet.time_base) == pytest.approx(0.0, abs=0.01)
        assert float(packet.duration * packet.time_base) == pytest.approx(1.2, abs=0.05)
        assert re.match(rb"female \d\d %", bytes(packet))


@given(st.floats(0, 4e5))
def test_stamps_are_exact_to_their_digits(seconds: float) -> None:
    hours, minutes, rest = _stamp(seconds, ".", 3, 2).split(":")
    assert int(minutes) < 60
    assert float(rest) < 60
    assert 3600 * int(hours) + 60 * int(minutes) + float(rest) == pytest.approx(seconds, abs=5.1e-4)


@given(st.floats(0, 10), st.floats(0.01, 5), st.floats(-1, 2))
def test_a_box_moves_from_one_end_to_the_other(begin: float, lasts: float, share: float) -> None:
    piece = Piece(begin, begin + lasts, (0, 10, 20, 30), (100, 10, 120, 30))
    box = piece.at(begin + share * lasts)
    assert box[0] == pytest.approx(100 * min(1, max(0, share)), abs=1e-4)
    assert box[2] - box[0] == pytest.approx(20)
    assert box[1::2] == (10, 30)


def test_timeline(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.png"
    assert call("video", film, "--timeline", out).code == 0
    picture = np.asarray(Image.open(out).convert("RGB")).astype(int)
    assert picture.shape[1] > 1000
    orange = np.abs(picture - (230, 159, 0)).sum(2) < 10
    wide = orange.any(0).nonzero()[0]
    assert orange.sum() > 20_000  # a woman, for a good half of the time
    assert 0.4 < (wide.max() - wide.min()) / picture.shape[1] < 0.7


def test_page_holds_everything(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.html"
    assert call("video", film, "--page", out, "--shots", tmp_path / "shots.csv").code == 0
    text = out.read_text(encoding="utf-8")
    assert "perceived" in text
    assert "not a person" in text
    assert not re.search(r'(src|href)="(?!data:)', text)  # nothing from elsewhere
    assert text.count("data:image/jpeg;base64,") == 1
    assert "at least one woman" in text
    assert "Do not quote" in text
    assert "2 shots" in text
    assert "<script" not in text


def test_annotated_film_has_frames_and_sound(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "annotated.mp4"
    assert call("video", film, "--annotate", out).code == 0
    with av.open(str(film)) as before, av.open(str(out)) as after:
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


def test_several_films_need_a_name_each(film: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.mp4"
    other.write_bytes(film.read_bytes())
    assert "{name}" in call("video", film, other, "--subtitles", tmp_path / "all.srt").error
    assert call("video", film, other, "--subtitles", tmp_path / "{name}.srt").code == 0
    assert (tmp_path / "film.srt").read_text() == (tmp_path / "other.srt").read_text()
