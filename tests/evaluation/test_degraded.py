"""Cells as changes to crops: the same for every model, at any size of input; and names of what they do."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.corruptions import image as degrade
from gender_classifier.evaluation import degraded
from gender_classifier.evaluation.degraded import (
    FRAMINGS,
    KINDS,
    SIDE,
    STRENGTHS,
    amount,
    chance,
    changed,
    fingerprint,
)
from gender_classifier.images.resize import fit
from gender_classifier.metrics.robustness import (
    CLEAN,
    LEVELS,
    Cell,
    cells_of,
)

DIGEST = "0123456789abcdef" * 4


@pytest.fixture
def face(astronaut: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(astronaut[20:244, 110:334])


def test_what_is_asked_for_is_there() -> None:
    assert len(STRENGTHS) == LEVELS == 5
    assert STRENGTHS[2] == 0.5
    assert STRENGTHS[4] == 1.0
    assert sorted(STRENGTHS) == list(STRENGTHS)
    wanted = "blur defocus motion fog rain snow spatter low_light over_exposure uneven_light noise jpeg low_resolution"
    assert [*wanted.split(), "occlusion", "rotation", "box_shift", "box_scale", "box_jitter"] == list(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_s_size_changes_nothing_but_the_size(kind: str, face: NDArray[np.uint8]) -> None:
    at = changed(face, Cell(kind, 4), chance(DIGEST, kind, 0))
    large, small = at(SIDE), at(96)
    assert (large.shape, small.shape) == ((SIDE, SIDE, 3), (96, 96, 3))
    assert np.abs(fit(large, 96).astype(float) - small).mean() < (5.0 if kind in FRAMINGS else 0.01)


@pytest.mark.parametrize("kind", KINDS)
def test_harder_by_level(kind: str, face: NDArray[np.uint8]) -> None:
    harms = [
        np.mean(
            [
                np.abs(
                    changed(face, Cell(kind, n), chance(f"{seed:064x}", kind, seed))(96) - fit(face, 96).astype(float)
                ).mean()
                for seed in range(4)
            ]
        )
        for n in range(1, LEVELS + 1)
    ]
    assert harms == sorted(harms)


def test_the_clean_cell_is_the_crop(face: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(changed(face, CLEAN, chance(DIGEST, "clean", 0))(64), fit(face, 64))
    assert amount(CLEAN) == ""
    assert all(amount(cell) for cell in cells_of(KINDS)[1:])


def test_chance_is_of_picture_kind_and_seed() -> None:
    def first(digest: str, kind: str, seed: int) -> float:
        return float(chance(digest, kind, seed).random())

    base = first(DIGEST, "rain", 0)
    assert base == first(DIGEST, "rain", 0)
    others = {first("f" + DIGEST[1:], "rain", 0), first(DIGEST, "snow", 0), first(DIGEST, "rain", 1)}
    assert len(others | {base}) == 4


def test_fingerprints_name_cells_and_what_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = [CLEAN, Cell("blur", 1), Cell("blur", 2), Cell("spatter", 3), Cell("rotation", 3)]
    fingerprint.cache_clear()
    before = {cell: fingerprint(cell, 0) for cell in cells}
    assert len(set(before.values())) == len(cells)
    assert fingerprint(Cell("spatter", 3), 1) != before[Cell("spatter", 3)]
    assert fingerprint(Cell("blur", 1), 1) == before[Cell("blur", 1)]
    fingerprint.cache_clear()
    monkeypatch.setattr(degrade.amounts, "spattered_area", lambda strength: 0.3 * strength)
    after = {cell: fingerprint(cell, 0) for cell in cells}
    assert {cell for cell in cells if after[cell] != before[cell]} == {Cell("spatter", 3)}
    fingerprint.cache_clear()


def test_the_trials_of_a_fingerprint_see_mud_and_water() -> None:
    import hashlib

    seen = set()
    for number in range(degraded._TRIALS):
        picture = degraded._made(number)
        rng = chance(hashlib.sha256(bytes([number])).hexdigest(), "spatter", 0)
        drops = changed(picture, Cell("spatter", 5), rng)(112)
        # Mud has one colour.
        seen.add(bool((np.abs(drops[:, :, 0].astype(int) - 63) < 24).mean() > 0.25))
    assert seen == {True, False}
