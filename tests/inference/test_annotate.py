"""Annotated images: every face framed in its colour, its caption beside it, at any size and at the border."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.images.types import Box
from gender_classifier.inference.annotate import COLOURS, annotate, caption
from gender_classifier.inference.results import NO_FACE, Prediction

Picture = NDArray[np.uint8]


def row(box: Box | None, label: str = "female", male: float = 0.03) -> Prediction:
    return Prediction(label, male, 0.0, face=0, box=box, detection_score=0.9, face_px=10.0)


def grey(width: int, height: int) -> Picture:
    return np.full((height, width, 3), 60, np.uint8)


def places(picture: Picture, label: str) -> Picture:
    """Rows and columns of the pixels in a label's colour."""
    return np.argwhere((picture == COLOURS[label]).all(2))


@pytest.mark.parametrize(
    ("label", "male", "text"),
    [
        ("female", 0.03, "female 97 %"),
        ("male", 0.97, "male 97 %"),
        ("male", 1.0, "male 99 %"),  # no image makes certain
        ("female", 0.0, "female 99 %"),
        ("uncertain", 0.62, "uncertain"),
        ("male", 0.4, "male 40 %"),  # a threshold below one half
        ("female", 0.625, "female 37 %"),
    ],
)
def test_captions(label: str, male: float, text: str) -> None:
    assert caption(row(None, label, male)) == text


@pytest.mark.parametrize("label", ["female", "male", "uncertain"])
@pytest.mark.parametrize("size", [(640, 480), (2400, 1000), (330, 900)])
def test_the_frame_is_where_the_face_is(size: tuple[int, int], label: str) -> None:
    width, height = size
    box = (0.4 * width, 0.4 * height, 0.6 * width, 0.6 * height)
    picture = grey(width, height)
    shown = annotate(picture, [row(box, label, 0.5)])
    assert shown.dtype == np.uint8
    assert shown.shape[1] == width
    assert (picture == 60).all()
    marked = places(shown[:height], label)
    line = max(2.0, 1.5 * min(size) / 240) + 1
    assert abs(marked[:, 1].min() - box[0]) <= line
    # The caption stands above the frame, or below; nothing of either is far away.
    assert marked[:, 0].min() >= box[1] - 0.12 * height
    assert marked[:, 0].max() <= box[3] + 0.12 * height
    inside = shown[
        round(box[1] + 2 * line) : round(box[3] - 2 * line), round(box[0] + 2 * line) : round(box[2] - 2 * line)
    ]
    assert (inside == 60).mean() > 0.9  # the face itself is to be seen


@pytest.mark.parametrize(
    "box",
    [
        (-50.0, -40.0, 120.0, 130.0),
        (500.0, 300.0, 700.0, 600.0),
        (-100.0, -100.0, 900.0, 800.0),
        (0.0, 0.0, 640.0, 480.0),
        (2.0, 200.0, 6.0, 204.0),
    ],
)
def test_boxes_at_the_border(box: Box) -> None:
    picture = grey(640, 480)
    shown = annotate(picture, [row(box)])[:480]
    marked = places(shown, "female")
    assert len(marked) > 200  # the caption at least, whole
    x0, y0, x1, _ = np.clip(box, 0, [640, 480, 640, 480])
    seen_lines = (marked[:, 1].min(), marked[:, 0].min())
    assert seen_lines[0] <= x0 + 8 or x1 - x0 < 8
    assert seen_lines[1] <= y0 + 8


@pytest.mark.parametrize("box", [(700.0, 10.0, 800.0, 90.0), (-90.0, -90.0, -10.0, -10.0), (5.0, 5.0, 5.0, 5.0)])
def test_a_box_outside_the_picture_is_passed_over(box: Box) -> None:
    shown = annotate(grey(640, 480), [row(box)])
    assert len(places(shown, "female")) == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (8, 8), (100, 80), (319, 20), (4000, 3000)])
def test_tiny_and_huge_pictures(size: tuple[int, int]) -> None:
    width, height = size
    shown = annotate(grey(width, height), [row((0.2 * width, 0.2 * height, 0.8 * width, 0.8 * height))])
    factor = max(1, min(8, -(-320 // max(size))))
    assert shown.shape[0] > height * factor  # what it means stands below
    assert shown.shape[1] >= width * factor
    strip = shown[height * factor :]
    assert (strip < 100).any()
    if shown.shape[1] > width * factor:  # no narrower than its words
        assert width * factor < 200
    if min(size) >= 80:
        assert len(places(shown[: height * factor], "female")) > 100


def test_a_small_picture_is_enlarged_with_its_boxes() -> None:
    picture = grey(100, 80)
    picture[30:50, 40:60] = 200
    shown = annotate(picture, [row((40.0, 30.0, 60.0, 50.0))])
    marked = places(shown[:320], "female")
    assert abs(marked[:, 1].min() - 160) <= 6
    assert abs(marked[:, 1].max() - 240) <= 60  # the caption may be wider
    assert (shown[150:180, 180:220] == 200).all()


def test_captions_keep_clear_of_one_another_and_of_faces() -> None:
    boxes = [(20.0 + 75 * i, 200.0, 80.0 + 75 * i, 270.0) for i in range(8)]
    boxes += [(20.0 + 75 * i, 275.0, 80.0 + 75 * i, 345.0) for i in range(8)]
    picture = grey(640, 480)
    shown = annotate(picture, [row(box, "male", 0.97) for box in boxes])
    covered = []
    for x0, y0, x1, y1 in boxes:
        inner = shown[round(y0) + 6 : round(y1) - 6, round(x0) + 6 : round(x1) - 6]
        covered.append(float((inner != 60).any(axis=2).mean()))
    assert max(covered) < 0.45
    assert np.median(covered) < 0.1


def test_rows_without_a_box_are_passed_over() -> None:
    nothing = annotate(grey(640, 480), [Prediction("", None, None, NO_FACE, "a.jpg")])
    assert (nothing[:480] == 60).all()
    assert (annotate(grey(640, 480), [])[:480] == 60).all()
    assert (annotate(grey(640, 480), [row(None)])[:480] == 60).all()
    assert (nothing[480:] < 100).any()
