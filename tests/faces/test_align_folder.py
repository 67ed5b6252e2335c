"""`align` from options to sentence: what cannot be is refused first, and the sentence counts what happened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.faces.align_folder import align
from gender_classifier.images.read import read_picture


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("margin", 0.4, "--margin 0.4: between 0.5 and 4"),
        ("margin", 4.1, "--margin 4.1: between"),
        ("min_face", 7, "--min-face 7: at least 8 pixels"),
        ("no_face", "left", "--no-face left: `centre` or `skip`"),
        ("image_format", "gif", "--format gif: `jpg` or `png`"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_read(option: str, value: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=said):
        align(tmp_path / "none", tmp_path / "out", **{option: value})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("no_face", ["centre", "skip"])
def test_the_sentence_counts(no_face: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.jpg").write_bytes(b"none")
    code = align(tmp_path / "in", tmp_path / "out", no_face=no_face, image_format="png")
    said = capsys.readouterr().err
    assert code == ExitCode.FOUND_WRONG
    assert "1 without a face" in said
    assert "1 unreadable" in said
    assert ("the central square instead" in said) == (no_face == "centre")
    assert (tmp_path / "out" / "a.png").exists() == (no_face == "centre")
    if no_face == "centre":
        assert read_picture(tmp_path / "out" / "a.png").shape[0] == read_picture(tmp_path / "out" / "a.png").shape[1]


def test_rows_that_name_no_image_of_the_folder_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    Image.fromarray(np.full((60, 80, 3), 90, np.uint8)).save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "mine.csv").write_text("path,gender\na.png,female\ngone.png,male\n/there/b.png,male\n")
    (tmp_path / "in" / "whole.csv").write_text("path,gender\na.png,female\n")
    assert align(tmp_path / "in", tmp_path / "out") == ExitCode.FINE
    lines = [line for line in capsys.readouterr().err.splitlines() if "name no image" in line]
    assert lines == [f"mine.csv: rows that name no image of {tmp_path / 'in'}, copied as they are: 2"]
