"""Subtitles: boxes and answers in place, times that add up, text that is read back."""

from __future__ import annotations

import re
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.video.result import VideoResult
from gender_classifier.video.subtitles import _stamp, cues, write_subtitles


def test_ass_frames_the_face_where_it_is(result: VideoResult, tmp_path: Path) -> None:
    out = tmp_path / "film.ass"
    write_subtitles(result, out)
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
def test_text_subtitles_are_read_back(result: VideoResult, tmp_path: Path, ending: str) -> None:
    out = tmp_path / f"film.{ending}"
    write_subtitles(result, out)
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


def test_cues_follow_who_is_seen(result: VideoResult) -> None:
    ((begin, end, shown),) = cues(result)
    assert (begin, end) == pytest.approx((0.0, 1.2), abs=0.05)
    assert shown == result.tracks
