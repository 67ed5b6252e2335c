"""How small a face is sought, by how much a photo may be reduced for it, and what is found with a stand-in detector."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from gender_classifier.faces.detection import Face
from gender_classifier.faces.finding import SMALLEST, find_faces, reduction_for, smallest_face


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_in_proportion_to_the_longer_side_up_to_sixteen_to_nine(width: int, height: int) -> None:
    found = smallest_face(width, height, None)
    assert found == smallest_face(height, width, None) >= SMALLEST
    assert found == pytest.approx(max(24, 24 / 1280 * min(max(width, height), 16 / 9 * min(width, height))))
    assert smallest_face(width, height, 7) == 7


@pytest.mark.parametrize(
    ("smallest", "reduction"), [(24, 1), (63.9, 1), (64, 2), (127, 2), (128, 4), (256, 8), (9000, 8)]
)
def test_reduced_so_that_a_face_keeps_what_it_is_told_by(smallest: float, reduction: int) -> None:
    assert reduction_for(smallest) == reduction


def face(x: float, side: float) -> Face:
    points = np.array([[x + 0.3 * side, 0.4 * side], [x + 0.7 * side, 0.4 * side]] * 2 + [[x, side]])
    return Face((x, 0.0, x + side, side), 0.9, points)


class Detector:
    """Finds what it was told, in images of this width alone."""

    def __init__(self, faces: list[Face], width: int = 200) -> None:
        self.faces, self.width = faces, width

    def detect(self, picture: NDArray[np.uint8], **_: Any) -> list[Face]:
        return self.faces if picture.shape[1] == self.width else []


def look(detector: Any, smallest: float) -> Any:
    return find_faces(np.zeros((100, 200, 3), np.uint8), detector, smallest, rotate=False)


def test_from_left_to_right_and_those_too_small_are_counted() -> None:
    found = look(Detector([face(120, 40), face(10, 60), face(90, 9)]), 20)
    assert [seen.box[0] for seen in found.faces] == [10, 120]
    assert (found.too_small, found.turned) == (1, 0)


def test_a_box_may_come_out_a_fifth_smaller_than_asked() -> None:
    assert len(look(Detector([face(10, 16.1)]), 20).faces) == 1
    assert look(Detector([face(10, 15.9)]), 20).faces == []


def test_a_face_that_leaves_the_frame_is_sought_beyond_it() -> None:
    padded = 200 + 2 * 60  # the border that is repeated: 0.3 of the longer side
    (found,) = look(Detector([face(60, 150), face(70, 130)], padded), 20).faces
    assert found.box == pytest.approx((0, -60, 150, 90))
    assert found.landmarks[0] == pytest.approx((45, 0))
    assert look(Detector([face(60, 90)], padded), 20).faces == []  # its middle lies outside
