"""`demo` answers the packaged photograph and writes what it shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from gender_classifier.inference.demo import demo_photo

from ..running import call


def test_it_finds_the_face_and_frames_it(tmp_path: Path) -> None:
    done = call("demo", "--out", tmp_path / "shown.png", "--threads", "1")
    assert (done.code, done.err) == (0, "")
    assert "female" in done.out
    assert demo_photo().name in done.out
    with Image.open(tmp_path / "shown.png") as shown, Image.open(demo_photo()) as photo:
        assert (shown.format, shown.width) == ("PNG", photo.width)  # the answer may stand above or below it
        assert shown.convert("RGB").tobytes() != photo.convert("RGB").tobytes()


@pytest.mark.parametrize(
    ("name", "message"), [("shown.gif", "must end in .jpg or .png"), ("no/shown.png", "no folder")]
)
def test_what_cannot_be_written_is_one_line(tmp_path: Path, name: str, message: str) -> None:
    done = call("demo", "--out", tmp_path / name)
    assert (done.code, message in done.error) == (2, True)
    assert list(tmp_path.iterdir()) == []
