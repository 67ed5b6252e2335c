"""Hashes: what leaves them as they are, and what does not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gender_classifier.audit.hashes import (
    THUMB,
    WINDOWS,
    fingerprint,
    hashes_of,
    low_frequencies,
)
from gender_classifier.audit.search import differing_bits

from .drawing import encoded, face


def bits(a: np.uint64, b: np.uint64) -> int:
    return int(differing_bits(np.array([a]), np.array([b]))[0])


def test_coefficients_are_those_of_the_cosine_transform() -> None:
    grey = np.random.default_rng(0).uniform(0, 255, (160, 160)).astype(np.float32)
    low = low_frequencies(grey)
    assert low.shape == (len(WINDOWS), 8, 8)
    for place, (x0, y0, x1, y1) in enumerate(WINDOWS):
        left, top, right, bottom = (round(160 * share) for share in (x0, y0, x1, y1))
        expected = cv2.dct(np.ascontiguousarray(grey[top:bottom, left:right]))[:8, :8]
        np.testing.assert_allclose(low[place], expected, atol=0.05)


def test_windows_begin_with_the_whole_and_cut_off_up_to_a_tenth() -> None:
    assert WINDOWS[0] == (0, 0, 1, 1)
    assert len(set(WINDOWS)) == len(WINDOWS)
    assert min(x1 - x0 for x0, _, x1, _ in WINDOWS) == pytest.approx(0.9)


def test_the_mirrored_hash_is_that_of_the_mirrored_picture() -> None:
    for number in range(8):
        here = fingerprint(face(number))
        there = fingerprint(np.ascontiguousarray(face(number)[:, ::-1]))
        assert here is not None
        assert there is not None
        assert bits(here.mirrored, there.hashes[0]) <= 1
        assert here.thumb.shape == (THUMB, THUMB)


def test_encoding_moves_few_bits_and_another_picture_many() -> None:
    prints = [fingerprint(face(number)) for number in range(12)]
    again = [fingerprint(encoded(face(number), 30)) for number in range(12)]
    own = [bits(a.hashes[0], b.hashes[0]) for a, b in zip(prints, again, strict=True) if a and b]
    other = [bits(a.hashes[0], b.hashes[0]) for a, b in zip(prints, again[1:], strict=False) if a and b]
    assert max(own) <= 6
    assert np.median(other) > 12


def test_half_of_the_bits_are_set_whatever_the_brightness() -> None:
    low = np.random.default_rng(1).normal(size=(5, 8, 8)).astype(np.float32)
    brighter = low.copy()
    brighter[:, 0, 0] += 1000
    assert hashes_of(low).tolist() == hashes_of(brighter).tolist() == hashes_of(3 * low).tolist()
    assert [int(value).bit_count() for value in hashes_of(low)] == [31] * 5


def test_a_blank_picture_has_none() -> None:
    assert fingerprint(np.full((80, 60, 3), 200, np.uint8)) is None
