"""Films of high dynamic range look as on a plain screen, and are answered as plain ones are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier import GenderClassifier
from gender_classifier.video.colours import HLG, PQ, is_hdr, to_plain
from gender_classifier.video.finding import pixels
from gender_classifier.video.reading import Film, Sampling

from .films import Picture, as_hlg, as_pq, with_face, write_hdr

Coder = Callable[[Picture], NDArray[np.float64]]
TRANSFERS: list[tuple[int, Coder]] = [(PQ, as_pq), (HLG, as_hlg)]


@pytest.mark.parametrize(("transfer", "coded"), TRANSFERS)
def test_what_was_coded_comes_back(transfer: int, coded: Coder) -> None:
    plain = np.arange(40, 256, dtype=np.uint8).reshape(8, 27)[..., None].repeat(3, 2)
    values = np.rint(255 * coded(plain)).astype(np.uint8)
    assert np.abs(to_plain(values, transfer).astype(int) - plain).max() <= 8  # eight bits of a flat curve
    fine = np.rint(65535 * coded(plain)).astype(np.uint16)
    assert (to_plain(fine, transfer) == plain).all()
    assert (
        np.diff(to_plain(np.arange(256, dtype=np.uint8).reshape(1, 256, 1).repeat(3, 2), transfer)[0, :, 0]) >= 0
    ).all()
    white = np.full((1, 1, 3), 255, np.uint8)
    assert (to_plain(white, transfer) == 255).all()  # brighter than paper is cut off
    assert (to_plain(np.zeros((1, 1, 3), np.uint8), transfer) == 0).all()


@pytest.mark.parametrize("transfer", [0, 1, 2, 13])
def test_other_films_are_not_touched(transfer: int) -> None:
    assert not is_hdr(transfer)


@pytest.mark.parametrize(("transfer", "coded"), TRANSFERS)
def test_a_face_is_answered_as_in_a_plain_picture(transfer: int, coded: Coder, woman: Picture, tmp_path: Path) -> None:
    picture = with_face(woman, (480, 270), (60, 30), (90, 110, 70))
    path = write_hdr(tmp_path / "a.mkv", coded(picture), transfer)
    with Film(path) as film:
        frame = next(film.frames(Sampling())).frame
        assert frame.format.name == "yuv420p10le"
        assert np.abs(pixels(frame, 480, 270).astype(float) - picture).mean() < 8
        assert abs((pixels(frame, 480, 270).astype(float) - picture).mean()) < 1
    classifier = GenderClassifier(threads=1)
    (plain,) = classifier.predict(picture)[0].faces
    (seen,) = classifier.stream_video(path)
    (face,) = seen.faces
    assert face.label == plain.label == "female"
    assert face.probability_male == pytest.approx(plain.probability_male, abs=0.06)
