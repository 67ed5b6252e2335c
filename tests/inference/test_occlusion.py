"""Occlusion maps: as computed by hand, in their own place, alike for mirrored faces, and true of what they name."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.occlusion import (
    COVER,
    Cover,
    OcclusionMaps,
    agreement,
    wanted_agreement,
)

from ..small_model import SIZE, logits_by_hand

Crops = NDArray[np.uint8]
Maps = NDArray[np.float32]

FACES = int(os.environ.get("GENDER_CLASSIFIER_EXPLAINED", "0"))
"""Real faces that the released model's maps are tested on, 273 runs of the network each: 24 in `.ci/run`, which a mean
agreement needs to be told from luck; `benchmarks/explanations.py` takes 100."""

PHOTO = Path(str(resources.files("gender_classifier") / "examples" / "collins.jpg"))

covers = st.builds(
    Cover,
    cells=st.integers(1, 9),
    patch=st.floats(0.05, 0.6),
    edge=st.floats(0, 0.3),
    blur=st.sampled_from([0.0, 0.05, 0.2]),
)


@pytest.fixture(scope="module")
def released() -> GenderClassifier:
    return GenderClassifier(threads=1)


def asked(score: Callable[[Crops], NDArray[Any]], size: int = SIZE) -> GenderClassifier:
    """In place of a classifier: what maps ask of one."""
    stand_in: Any = SimpleNamespace(
        metadata=SimpleNamespace(input_size=size), score_crops=lambda crops: np.asarray(score(crops), np.float32)[None]
    )
    classifier: GenderClassifier = stand_in
    return classifier


def weighted(weights: NDArray[np.float64]) -> GenderClassifier:
    """A model that is a weighted sum of brightness, weights (size, size)."""
    return asked(lambda crops: np.tensordot(crops.mean(axis=3), weights, 2), len(weights))


def test_a_value_is_the_logit_less_that_of_covered_crops(write_model: Callable[..., Path], crops: Crops) -> None:
    maps = OcclusionMaps(GenderClassifier(write_model(), threads=1))
    found = maps(crops)
    assert (found.shape, found.dtype) == ((len(crops), 8, 8), np.float32)
    for crop, values, logit in zip(crops, found, logits_by_hand(crops), strict=True):
        lost = (logit - logits_by_hand(maps.covered(crop))).reshape(2, 8, 8).mean(axis=0)
        # A patch is two cells wide: it covers its own cell wholly and half of each beside it.
        expected = np.zeros((8, 8))
        for row, column in np.ndindex(8, 8):
            counts = np.zeros((8, 8))
            for i, j in np.ndindex(8, 8):
                counts[i, j] = max(0, 1 - abs(i - row) / 2) * max(0, 1 - abs(j - column) / 2)
            expected[row, column] = (counts * lost).sum() / counts.sum()
        np.testing.assert_allclose(values, expected, atol=2e-3)
    assert np.abs(found).min() > 0
    assert np.ptp(found) > 0.01
    assert maps(crops[:0]).shape == (0, 8, 8)


@given(covers, st.integers(16, 40))
def test_covers_lie_alike_from_every_side(cover: Cover, size: int) -> None:
    windows = cover.windows(size)
    assert windows.shape == (cover.cells**2, size, size)
    assert windows.dtype == np.float32
    assert windows.min() >= 0
    assert windows.max() <= 1
    grid = windows.reshape(cover.cells, cover.cells, size, size)
    np.testing.assert_allclose(grid[:, ::-1, :, ::-1], grid, atol=1e-5)
    np.testing.assert_allclose(grid[::-1, :, ::-1], grid, atol=1e-5)
    np.testing.assert_allclose(grid.transpose(1, 0, 3, 2), grid, atol=1e-5)
    weights = cover.weights()
    np.testing.assert_allclose(weights.sum(axis=1), 1)
    assert weights.min() >= 0
    np.testing.assert_allclose(weights[::-1, ::-1], weights, atol=1e-9)


@given(covers)
def test_a_cover_is_the_fill_where_it_covers_all_and_the_crop_where_it_covers_nothing(cover: Cover) -> None:
    crop = np.random.default_rng(0).integers(0, 256, (SIZE, SIZE, 3), np.uint8)
    windows, covered = cover.windows(SIZE), OcclusionMaps(asked(len), cover).covered(crop)
    (fill,) = (np.rint(shown).astype(np.uint8) for shown in cover.fills(crop))
    for window, changed in zip(windows, covered, strict=True):
        assert np.array_equal(changed[window == 0], crop[window == 0])
        assert np.array_equal(changed[window == 1], fill[window == 1])
        low, high = np.minimum(crop, fill), np.maximum(crop, fill)
        assert ((changed >= low) & (changed <= high)).all()


def test_a_patch_covers_half_at_its_side_and_all_within() -> None:
    window = Cover(cells=1, patch=0.5, edge=0.25).windows(64)[0]
    across = window[32]
    assert across[:8].max() == 0
    assert across[24:40].min() == 1
    assert across[16] == pytest.approx(0.5, abs=0.05)
    assert across.sum() == pytest.approx(32)


def test_the_shipped_covers_reach_every_pixel() -> None:
    assert COVER.windows(128).max(axis=0).min() > 0.5


@given(st.integers(0, 7), st.integers(0, 7))
def test_a_map_is_strongest_where_the_model_looks(row: int, column: int) -> None:
    weights = np.zeros((64, 64))
    weights[8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = 1.0
    crop = np.full((1, 64, 64, 3), 60, np.uint8)
    crop[:, 8 * row : 8 * row + 8, 8 * column : 8 * column + 8] = 250  # bright: evidence towards male
    values = OcclusionMaps(weighted(weights), Cover(8, 0.125, 0.03, 0.2))(crop)[0]
    assert np.unravel_index(values.argmax(), values.shape) == (row, column)
    opposite = OcclusionMaps(weighted(-weights), Cover(8, 0.125, 0.03, 0.2))(crop)[0]
    np.testing.assert_allclose(opposite, -values, rtol=1e-4, atol=1e-3)


def test_the_mirrored_crop_s_map_agrees_where_the_model_does_not_know_sides() -> None:
    rng = np.random.default_rng(0)
    crops = rng.integers(0, 256, (3, SIZE, SIZE, 3), np.uint8)
    weights = rng.normal(size=(SIZE, SIZE))
    both_sides, one_side = weights + weights[:, ::-1], weights * (np.arange(SIZE) < SIZE / 2)
    maps, agrees = OcclusionMaps(weighted(both_sides)).checked(crops)
    np.testing.assert_allclose(maps, OcclusionMaps(weighted(both_sides))(crops))
    np.testing.assert_allclose(agrees, 1, atol=1e-3)
    assert OcclusionMaps(weighted(one_side)).checked(crops)[1].max() < wanted_agreement(1)


def test_a_model_that_looks_at_one_corner_whatever_is_there_does_not_pass() -> None:
    """What class-activation maps did: of every face, and of every mirrored face, they named the bottom right."""
    weights = np.zeros((64, 64))
    weights[48:, 48:] = 1.0
    crops = np.random.default_rng(0).integers(0, 256, (20, 64, 64, 3), np.uint8)
    assert OcclusionMaps(weighted(weights)).checked(crops)[1].mean() < wanted_agreement(20)


some_maps = arrays(np.float32, (3, 4, 4), elements=st.floats(-10, 10, width=16))


@given(some_maps, some_maps)
def test_agreement_is_the_correlation(one: Maps, other: Maps) -> None:
    found = agreement(one, other)
    assert found.shape == (3,)
    for value, a, b in zip(found, one, other, strict=True):
        if np.ptp(a) > 0 and np.ptp(b) > 0:
            assert value == pytest.approx(np.corrcoef(a.ravel(), b.ravel())[0, 1], abs=1e-3)
        else:
            assert value == pytest.approx(0, abs=1e-6)


def test_less_agreement_is_wanted_of_fewer_faces() -> None:
    wanted = [wanted_agreement(count) for count in (1, 4, 25, 100, 10**6)]
    assert wanted == sorted(wanted)
    assert wanted[0] == pytest.approx(0.5)
    assert wanted[-1] == pytest.approx(0.8, abs=0.001)


def test_crops_of_another_size_are_refused(released: GenderClassifier) -> None:
    with pytest.raises(UserError, match="expected uint8"):
        OcclusionMaps(released)(np.zeros((1, 64, 64, 3), np.uint8))


# The released model on faces -------------------------------------------------------------------------------------


def evenly(paths: list[Path], count: int) -> list[Path]:
    return [paths[place] for place in np.linspace(0, len(paths) - 1, min(count, len(paths))).astype(int)]


def crops_of(classifier: GenderClassifier, paths: list[Path], *, faces_only: bool) -> Crops:
    photos = classifier.stream(paths, faces_only=faces_only)
    return np.concatenate([photo.crops[:1] for photo in photos if photo.crops is not None])


def beats_the_median(classifier: GenderClassifier, crop: Crops, values: Maps) -> bool:
    """Whether a grey square over the cell of 4 x 4 that a map of 8 x 8 names strongest moves the logit more than most.

    The square is the crop's mean grey with sharp edges; the map is of overlapping patches, blurred and of its colour.
    """
    strength = np.abs(values.reshape(4, 2, 4, 2).mean(axis=(1, 3))).ravel()
    step, parts = crop.shape[0] // 4, [crop]
    for row, column in np.ndindex(4, 4):
        part = crop.copy()
        part[row * step : (row + 1) * step, column * step : (column + 1) * step] = round(float(crop.mean()))
        parts.append(part)
    logits = classifier.score_crops(np.stack(parts))[0]
    change = np.abs(logits[1:] - logits[0])
    return bool(change[strength.argmax()] > np.median(change))


on_many_faces = pytest.mark.skipif(
    FACES < 1, reason="takes a minute or two, as .ci/run does: GENDER_CLASSIFIER_EXPLAINED=24 asks for it"
)


def assert_maps_hold(classifier: GenderClassifier, crops: Crops) -> None:
    found, agrees = OcclusionMaps(classifier).checked(crops)
    assert agrees.mean() > 0.8
    beaten = [beats_the_median(classifier, crop, values) for crop, values in zip(crops, found, strict=True)]
    assert np.mean(beaten) >= 0.9


@on_many_faces
def test_maps_of_aligned_faces_hold(released: GenderClassifier, facecom: Path) -> None:
    women, men = (sorted((facecom / "val" / label).iterdir()) for label in ("female", "male"))
    half = FACES // 2
    crops = crops_of(released, [*evenly(women, half), *evenly(men, half)], faces_only=False)
    assert_maps_hold(released, crops)


@on_many_faces
def test_maps_of_tight_crops_hold(released: GenderClassifier, fairface_sample: Path) -> None:
    women, men = (sorted((fairface_sample / label).iterdir()) for label in ("female", "male"))
    half = FACES // 2
    crops = crops_of(released, [*evenly(women, half), *evenly(men, half)], faces_only=True)
    assert_maps_hold(released, crops)


def test_a_map_of_the_packaged_photograph_holds(released: GenderClassifier) -> None:
    crops = crops_of(released, [PHOTO], faces_only=False)
    found, agrees = OcclusionMaps(released).checked(crops)
    assert agrees[0] > 0.8
    assert beats_the_median(released, crops[0], found[0])


@pytest.mark.parametrize("half", [False, True])
def test_a_file_of_export_has_maps_with_either_weights(tmp_path: Path, half: bool) -> None:
    torch = pytest.importorskip("torch")
    from gender_classifier.model_files.metadata import ModelMetadata
    from gender_classifier.networks.efficientnet import EfficientNet
    from gender_classifier.networks.onnx_export import export_onnx

    from ..small_network import NARROW

    torch.manual_seed(0)
    crops = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    export_onnx(
        EfficientNet(config=NARROW).eval(), ModelMetadata(input_size=64), tmp_path / "model.onnx", crops, float16=half
    )
    assert OcclusionMaps(GenderClassifier(tmp_path / "model.onnx", threads=1), Cover(cells=3))(crops).shape == (2, 3, 3)
