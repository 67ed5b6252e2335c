"""Films that cannot be opened, in a line; and which picture is looked at of several."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import UnreadableError
from gender_classifier.video.opening import own_end, reason
from gender_classifier.video.reading import Film

from .films import H, W, plain, shaded, write_film


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


def test_a_title_in_another_encoding_stops_no_film(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        container.metadata["title"] = "TITLE"
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = W, H, "yuv420p"
        for picture in shaded(W, H, 3):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    written = path.read_bytes()
    assert b"TITLE" in written
    path.write_bytes(written.replace(b"TITLE", "Grüße".encode("latin-1")))
    with Film(path) as film:
        assert (film.width, film.height) == (W, H)


@pytest.mark.parametrize(
    ("told", "end"),
    [
        ({}, None),
        ({"duration": 10_000}, 12.0),
        ({"duration": 14_000}, None),  # as FFmpeg fills in where a track tells nothing
        ({"duration": 14_000, "tags": {"DURATION": "00:00:09.500000000"}}, 9.5),
        ({"tags": {"DURATION-eng": "00:01:02.5"}}, 16.0),  # not more than there is at all
        ({"tags": {"DURATION-eng": "00:00:02", "DURATION": "00:00:09.5"}}, 9.5),  # another's, copied
        ({"tags": {"DURATION": "long"}}, None),
    ],
)
def test_where_the_image_ends_by_its_own_account(told: dict[str, Any], end: float | None) -> None:
    stream = SimpleNamespace(
        start_time=2000, time_base=Fraction(1, 1000), duration=told.get("duration"), metadata=told.get("tags", {})
    )
    assert own_end(SimpleNamespace(duration=14_000_000, streams=[stream, None]), stream) == end


def test_a_film_s_only_track_is_as_long_as_the_film() -> None:
    stream = SimpleNamespace(start_time=None, time_base=Fraction(1, 1000), duration=14_000, metadata={})
    assert own_end(SimpleNamespace(duration=14_000_000, streams=[stream]), stream) == 14.0


def test_why_in_a_few_words() -> None:
    assert reason(OSError(2, "No such file\nor folder")) == "no such file"
    assert reason(ValueError()) == "ValueError"


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
