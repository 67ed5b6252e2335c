"""The line in which `predict` says what it found, and its exit code."""

from __future__ import annotations

import pytest

from gender_classifier.errors import ExitCode
from gender_classifier.inference.results import NO_FACE, Prediction
from gender_classifier.inference.tally import Tally

FACES = [Prediction("male", 0.9, 2.0, path="a.jpg", face=0), Prediction("uncertain", 0.5, 0.0, path="a.jpg", face=1)]
BROKEN = Prediction("", None, None, "unreadable: empty file", "b.jpg")


def test_all_is_said() -> None:
    tally = Tally()
    rows = [
        *FACES,
        BROKEN,
        Prediction("", None, None, NO_FACE, "c.jpg"),
        Prediction("", None, None, "unreadable: not an image", "d.jpg"),
    ]
    assert list(tally.counted(rows)) == rows
    assert tally.sentence(2.14, "x/faces.csv") == (
        "4 images, 2 faces (1 uncertain), 1 without a face, 2 unreadable; 2.1 s; x/faces.csv"
    )


def test_the_band_is_said() -> None:
    tally = Tally((0.14189, 0.8581))
    assert len(list(tally.counted(FACES))) == 2
    assert tally.sentence(1.0).startswith("1 image, 2 faces (1 uncertain, between 0.142 and 0.858), 0 without")


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([], ExitCode.FINE),
        (FACES, ExitCode.FINE),
        ([*FACES, BROKEN], ExitCode.FOUND_WRONG),
        ([Prediction("", None, None, NO_FACE, "c.jpg"), BROKEN], ExitCode.FOUND_WRONG),
        ([BROKEN], ExitCode.UNREADABLE),
    ],
)
def test_the_code(rows: list[Prediction], code: ExitCode) -> None:
    tally = Tally()
    assert len(list(tally.counted(rows))) == len(rows)
    assert tally.code() == code
    if len(rows) == 1:
        assert tally.sentence(0.0).startswith("1 image, 0 faces")
