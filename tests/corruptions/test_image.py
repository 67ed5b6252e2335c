"""Every degradation: a function of its generator, harder with strength, at any size."""

import io
import itertools

import cv2
import numpy as np
import pytest
from PIL import Image

from gender_classifier.corruptions.image import KINDS, degrade

STRENGTHS = (0.0, 0.25, 0.5, 0.75, 1.0)


def face(astronaut: np.ndarray, side: int) -> np.ndarray:
    return np.asarray(cv2.resize(astronaut[20:244, 110:334], (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def harm(kind: str, picture: np.ndarray, strength: float, seeds: int = 6) -> float:
    """Root mean square change, levels; the mean over some seeds, for rain may fall beside the face."""
    changed = [degrade(picture, kind, strength, np.random.default_rng(seed)).astype(float) for seed in range(seeds)]
    return float(np.mean([np.sqrt(np.square(c - picture).mean()) for c in changed]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_function_of_the_generator(kind: str, astronaut: np.ndarray) -> None:
    picture = face(astronaut, 96)
    before = picture.copy()
    first, again, other = (degrade(picture, kind, 0.5, np.random.default_rng(seed)) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(picture, before)
    assert not np.shares_memory(first, picture)
    deterministic = {"blur", "defocus", "over_exposure", "jpeg", "low_resolution"}
    assert (first == other).all() == (kind in deterministic)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(24, 24), (25, 31), (128, 97), (600, 600)])
def test_any_size(shape: tuple[int, int], kind: str, astronaut: np.ndarray) -> None:
    picture = np.asarray(cv2.resize(astronaut, shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    for strength in (0.0, 0.5, 1.0):
        changed = degrade(picture, kind, strength, np.random.default_rng(1))
        assert changed.shape == picture.shape
        assert changed.dtype == np.uint8
        assert changed.std() > 0.5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("side", [64, 224])
def test_harder_with_strength(side: int, kind: str, astronaut: np.ndarray) -> None:
    picture = face(astronaut, side)
    harms = [harm(kind, picture, strength) for strength in STRENGTHS]
    assert all(harder > 1.05 * milder for milder, harder in itertools.pairwise(harms)), harms
    assert harms[-1] > 2.5 * harms[0], harms


@pytest.mark.parametrize("kind", KINDS)
def test_strength_nothing_is_nearly_nothing(kind: str, astronaut: np.ndarray) -> None:
    # 28 dB: the loss of a JPEG of fair quality. Exposure and fog move all levels alike, which costs nothing to see.
    picture = face(astronaut, 224)
    changed = degrade(picture, kind, 0.0, np.random.default_rng(2))
    assert np.corrcoef(changed.ravel(), picture.ravel())[0, 1] > 0.97
    assert harm(kind, picture, 0.0) < (20.0 if kind in ("fog", "over_exposure") else 10.0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_hardest_still_shows_something(kind: str, astronaut: np.ndarray) -> None:
    picture = face(astronaut, 224)
    for seed in range(4):
        changed = degrade(picture, kind, 1.0, np.random.default_rng(seed))
        assert np.corrcoef(changed.ravel(), picture.ravel())[0, 1] > 0.35


def test_strengths_mean_what_they_say(astronaut: np.ndarray) -> None:
    """The middle of the scales in terms that others use."""
    picture = face(astronaut, 224)
    rng = np.random.default_rng(0)
    blurred = cv2.GaussianBlur(picture, (0, 0), 3.0).astype(float)
    assert np.abs(degrade(picture, "blur", 0.5, rng) - blurred).mean() < 1.0
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=20)
    with Image.open(buffer) as image:
        assert np.abs(degrade(picture, "jpeg", 0.5, rng).astype(float) - np.array(image)).mean() < 1.5
    dark = degrade(picture, "low_light", 0.5, rng)
    assert 0.2 < dark.mean() / picture.mean() < 0.4
    small = cv2.resize(picture, (24, 24), interpolation=cv2.INTER_AREA)
    grown = cv2.resize(small, (224, 224), interpolation=cv2.INTER_LINEAR).astype(float)
    assert np.abs(degrade(picture, "low_resolution", 1.0, rng) - grown).mean() < 0.5
    covered = np.mean(
        [(degrade(picture, "occlusion", 1.0, np.random.default_rng(s)) != picture).any(-1).mean() for s in range(20)]
    )
    assert 0.25 < covered < 0.45


def test_noise_has_its_deviation() -> None:
    grey = np.full((128, 128, 3), 128, np.uint8)
    noisy = degrade(grey, "noise", 0.5, np.random.default_rng(0)).astype(float)
    assert abs(noisy.std() - (3.0 + 67.0 * 0.5**1.3)) < 1.5
    assert abs(noisy.mean() - 128.0) < 1.0


def test_motion_is_along_a_line() -> None:
    point = np.zeros((65, 65, 3), np.uint8)
    point[32, 32] = 255
    for seed in range(5):
        y, x = np.nonzero(degrade(point, "motion", 1.0, np.random.default_rng(seed))[..., 0])
        spread = np.linalg.eigvalsh(np.cov(np.stack([x, y])))
        assert spread[1] > 10.0 * max(spread[0], 0.1)


def test_wrong_use() -> None:
    picture = np.zeros((32, 32, 3), np.uint8)
    with pytest.raises(ValueError, match="unknown degradation 'mist'; known are blur, "):
        degrade(picture, "mist", 0.5, np.random.default_rng(0))
    for strength in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="not within 0 to 1"):
            degrade(picture, "fog", strength, np.random.default_rng(0))
