"""The release benchmark's images: which are taken, degraded how, framed where."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.images.resize import fit

from .conftest import Picture, bench, module


def photo(seed: int = 0) -> Picture:
    rng = np.random.default_rng(seed)
    return np.asarray(Image.fromarray(rng.integers(0, 256, (7, 7, 3), np.uint8)).resize((224, 224), 3), np.uint8)


def test_pictures_are_taken_by_number_not_in_the_manifests_order(model: Path, manifest: Path) -> None:
    taken = bench(model, manifest, limit=4).samples["test"]
    assert [Path(s.name).stem for s in taken] == ["1", "2", "3", "4"]
    assert [s.label for s in taken] == [1, 0, 1, 0]


def test_a_smaller_face_is_averaged_and_comes_back_at_the_networks_size() -> None:
    picture = np.zeros((224, 224, 3), np.uint8)
    picture[::2] = 200
    small = module("_release_pictures").reduced(28, 96)(picture, 0)
    assert small.shape == (96, 96, 3)
    assert np.abs(small.astype(int) - 100).max() <= 1  # without a low-pass filter stripes of 0 or 200 are left


def test_chance_of_a_degradation_is_a_function_of_number_and_kind() -> None:
    degraded = module("_release_pictures").degraded
    picture = photo()
    for kind in ("noise", "occlusion"):
        first, other = degraded(kind, 64)(picture, 3), degraded(kind, 64)(picture, 4)
        np.testing.assert_array_equal(degraded(kind, 64)(picture, 3), first)
        assert (first != other).any()


def test_the_peers_changes() -> None:
    changes = module("_release_pictures").PEERS_CHANGES
    picture = photo()
    changed = {name: change(picture) for name, change in changes.items()}
    np.testing.assert_array_equal(changed["clean"], picture)
    assert abs(changed["brightness × 0.3"].mean() - 0.3 * picture.mean()) < 0.5
    assert all(c.shape == picture.shape and c.dtype == np.uint8 for c in changed.values())
    point = np.zeros((224, 224, 3), np.uint8)
    point[112, 112] = 255
    row = changes["blur σ 3"](np.repeat(point[112:113], 224, axis=0))[112, :, 0].astype(float)
    x = np.arange(224)
    mean = (row * x).sum() / row.sum()
    assert np.sqrt((row * (x - mean) ** 2).sum() / row.sum()) == pytest.approx(3.0, abs=0.15)
    assert len({c.tobytes() for c in changed.values()}) == len(changes)


@pytest.mark.parametrize("size", [224, 128, 96])
def test_an_untouched_framing_is_the_plain_resize(size: int) -> None:
    picture = photo()
    framed = module("_release_pictures").framed(size)(picture, 0)
    assert np.abs(framed.astype(int) - fit(picture, size)).max() <= 1


def spot(size: int, **how: float) -> NDArray[np.float64]:
    """Where a bright spot right of the middle and above it lands, in shares of the side from the middle."""
    picture = np.zeros((224, 224, 3), np.uint8)
    picture[84:92, 144:152] = 255  # its middle is at (147.5, 87.5): 36 right of (111.5, 111.5) and 24 above
    framed = module("_release_pictures").framed(size, **how)(picture, 0)[..., 0].astype(float)
    y, x = np.mgrid[:size, :size]
    return np.array([(framed * x).sum(), (framed * y).sum()]) / framed.sum() / size - (size - 1) / 2 / size


@pytest.mark.parametrize("size", [224, 112])
def test_framing_moves_the_face(size: int) -> None:
    here = np.array([36.0, -24.0]) / 224
    np.testing.assert_allclose(spot(size), here, atol=2e-3)
    np.testing.assert_allclose(spot(size, right=0.1), here + np.array([0.1, 0.0]), atol=2e-3)
    np.testing.assert_allclose(spot(size, down=-0.15), here - np.array([0.0, 0.15]), atol=2e-3)
    np.testing.assert_allclose(spot(size, scale=1.25), 1.25 * here, atol=2e-3)
    # Clockwise a quarter turn brings what is right of the middle below it.
    np.testing.assert_allclose(spot(size, degrees=90.0), [-here[1], here[0]], atol=2e-3)


def test_batches_come_in_order() -> None:
    made = module("_release_bench").ahead(lambda start: np.full(1, start, np.uint8), range(0, 100, 32))
    assert [int(batch[0]) for batch in made] == [0, 32, 64, 96]
