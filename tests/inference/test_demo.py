"""`demo`: the packaged photograph is there, is annotated, and a name that cannot be is refused first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.images.read import read_picture
from gender_classifier.inference.demo import PHOTO, demo, demo_photo


def test_a_woman_is_found_and_framed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "demo.png"
    assert demo(out, threads=1) == ExitCode.FINE
    said = capsys.readouterr().out
    assert PHOTO in said
    assert "female" in said
    assert str(out) in said.replace("\n", "")
    shown, photo = read_picture(out), read_picture(demo_photo())
    assert shown.shape[1] == photo.shape[1]
    assert shown.shape[0] > photo.shape[0]  # a strip below says what the labels mean
    assert (shown[: photo.shape[0]] != photo).any(axis=2).mean() < 0.2
    assert np.array_equal(shown[0, 0], photo[0, 0])


@pytest.mark.parametrize(("name", "said"), [("a.gif", "must end in .jpg or .png"), ("none/a.jpg", "no folder")])
def test_names_that_cannot_be(name: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        demo(tmp_path / name)
    assert list(tmp_path.iterdir()) == []
