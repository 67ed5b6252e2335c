"""Copies agree in their details wherever they lie; other images do not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.audit.confirmation import SAME, correlation
from gender_classifier.audit.hashes import THUMB

from .drawing import face

WHOLE = (0.0, 0.0, 1.0, 1.0)


def grey(number: int, window: tuple[float, float, float, float] = WHOLE) -> NDArray[np.uint8]:
    """A drawn face, or a part of it, as the audit lays images over one another."""
    picture = cv2.cvtColor(face(number, 256), cv2.COLOR_RGB2GRAY)
    x0, y0, x1, y1 = (round(share * 256) for share in window)
    return np.asarray(cv2.resize(picture[y0:y1, x0:x1], (THUMB, THUMB), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("number", range(4))
def test_an_image_is_itself_and_no_other(number: int) -> None:
    assert correlation(grey(number), grey(number), WHOLE) == pytest.approx(1.0)
    assert correlation(grey(number), grey(number + 2), WHOLE) < 0.6


@pytest.mark.parametrize("window", [(0.05, 0.05, 0.95, 0.95), (0.0, 0.0, 0.91, 1.0), (0.07, 0.04, 1.0, 1.0)])
def test_a_part_is_found_where_it_lies_and_near_it(window: tuple[float, float, float, float]) -> None:
    about = tuple(edge + shift for edge, shift in zip(window, (0.01, -0.01, 0.01, -0.01), strict=True))
    for start in (window, about):
        assert correlation(grey(1), grey(1, window), start) >= SAME


def test_brightness_and_contrast_do_not_matter_and_no_detail_is_nothing() -> None:
    duller = np.asarray(np.rint(40 + 0.6 * grey(2).astype(np.float64)), np.uint8)
    assert correlation(grey(2), duller, WHOLE) >= SAME
    flat = np.full((THUMB, THUMB), 90, np.uint8)
    assert correlation(flat, grey(2), WHOLE) == correlation(grey(2), flat, WHOLE) == 0.0


def test_a_mirrored_image_is_not_the_same() -> None:
    assert correlation(grey(3), np.ascontiguousarray(grey(3)[:, ::-1]), WHOLE) < SAME
