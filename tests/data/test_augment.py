"""Augmentation is pure in its generator, and tells the classes apart by strength alone."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.config.reading import load_config, recipe_names
from gender_classifier.config.settings import AugmentConfig, Policy
from gender_classifier.corruptions.image import KINDS
from gender_classifier.data.augment import augment, policies
from gender_classifier.errors import UserError

OFF = {
    "flip": 0.0,
    "scale": 0.0,
    "shift": 0.0,
    "rotate": 0.0,
    "colour": 0.0,
    "grey": 0.0,
    "degrade": 0.0,
    "erase": 0.0,
}


def picture() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (48, 40, 3), dtype=np.uint8)


def test_same_generator_same_picture() -> None:
    policy = Policy(degrade=1.0, erase=1.0)
    first, second, other = (augment(picture(), policy, np.random.default_rng(s)) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, second)
    assert (first != other).any()
    assert first.shape == (48, 40, 3)
    assert first.dtype == np.uint8


def test_all_off_changes_nothing() -> None:
    np.testing.assert_array_equal(augment(picture(), Policy(**OFF), np.random.default_rng(0)), picture())


@pytest.mark.parametrize(
    ("operation", "strength"),
    [
        ("flip", 1.0),
        ("scale", 0.3),
        ("shift", 0.2),
        ("rotate", 30.0),
        ("colour", 0.5),
        ("grey", 1.0),
        ("erase", 1.0),
    ],
)
def test_each_operation_acts_alone(operation: str, strength: float) -> None:
    changed = augment(picture(), Policy(**{**OFF, operation: strength}), np.random.default_rng(3))
    assert (changed != picture()).mean() > 0.01


def test_flip_mirrors() -> None:
    flipped = augment(picture(), Policy(**{**OFF, "flip": 1.0}), np.random.default_rng(0))
    np.testing.assert_array_equal(flipped, picture()[:, ::-1])


def blob(side: int, x: float, y: float) -> np.ndarray:
    """A bright spot at a share of the sides from the left and from above; as wide at every size."""
    across, down = np.meshgrid((np.arange(side) + 0.5) / side, (np.arange(side) + 0.5) / side)
    light = 250 * np.exp(-((across - x) ** 2 + (down - y) ** 2) / (2 * 0.05**2))
    return np.repeat(light[..., None], 3, axis=2).astype(np.uint8)


def centre(image: np.ndarray) -> np.ndarray:
    """Of the light, as shares of the sides."""
    light = image[..., 0].astype(float)
    places = (np.arange(len(light)) + 0.5) / len(light)
    return np.array([light.sum(0) @ places, light.sum(1) @ places]) / light.sum()


@given(
    seed=st.integers(0, 2**32 - 1), x=st.floats(0.4, 0.6), y=st.floats(0.4, 0.6), oversize=st.sampled_from([1.25, 2, 3])
)
def test_a_larger_image_is_moved_as_one_of_the_size_is(seed: int, x: float, y: float, oversize: float) -> None:
    policy = Policy(**{**OFF, "flip": 0.5, "scale": 0.2, "shift": 0.1, "rotate": 20.0})
    plain = augment(blob(64, x, y), policy, np.random.default_rng(seed))
    brought_down = augment(blob(round(64 * oversize), x, y), policy, np.random.default_rng(seed), 64)
    assert brought_down.shape == plain.shape
    np.testing.assert_allclose(centre(brought_down), centre(plain), atol=0.01)


def test_moved_in_one_step_with_bringing_down_it_stays_sharper() -> None:
    large = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    policy = Policy(**{**OFF, "scale": 0.1, "shift": 0.05, "rotate": 10.0})

    def contrast(image: np.ndarray) -> float:
        return float(np.abs(np.diff(image.astype(float), axis=1)).mean())

    for seed in range(5):
        in_two = augment(cv2.resize(large, (64, 64), interpolation=cv2.INTER_AREA), policy, np.random.default_rng(seed))
        in_one = augment(large, policy, np.random.default_rng(seed), 64)
        assert contrast(in_one) > 1.2 * contrast(in_two)


def test_an_image_that_is_not_moved_is_brought_down_all_the_same() -> None:
    large = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    still = augment(large, Policy(**OFF), np.random.default_rng(0), 64)
    np.testing.assert_array_equal(still, cv2.resize(large, (64, 64), interpolation=cv2.INTER_AREA))


def test_grey_has_equal_channels() -> None:
    grey = augment(picture(), Policy(**{**OFF, "grey": 1.0}), np.random.default_rng(0)).astype(int)
    assert np.abs(grey[..., 0] - grey[..., 2]).max() <= 1


def test_the_rarer_class_gets_the_stronger_policy() -> None:
    config = AugmentConfig()
    assert policies(config, female=20, male=80) == (config.minority, config.majority)
    assert policies(config, female=80, male=20) == (config.majority, config.minority)
    assert policies(AugmentConfig(per_class=False), 20, 80) == (config.majority, config.majority)
    assert policies(AugmentConfig(enabled=False), 20, 80) is None


OPERATIONS = [name for name in Policy.model_fields if name != "degrade_strength"]


BY_CLASS = [config for name in recipe_names() if (config := load_config(name).augment).per_class]


@pytest.mark.parametrize("config", [AugmentConfig(), *BY_CLASS])
def test_policies_name_the_same_operations(config: AugmentConfig) -> None:
    for name in Policy.model_fields:
        majority, minority = getattr(config.majority, name), getattr(config.minority, name)
        assert (majority > 0) == (minority > 0), name
        assert minority >= majority, name
    assert any(getattr(config.minority, name) > getattr(config.majority, name) for name in Policy.model_fields)


def changes(policy: Policy, operation: str, draws: int = 150) -> np.ndarray:
    """Mean change of an image by one operation of a policy, levels, a draw each."""
    alone = {**OFF, operation: getattr(policy, operation), "degrade_strength": policy.degrade_strength}
    before = picture().astype(float)
    return np.array(
        [
            np.abs(augment(picture(), Policy(**alone), np.random.default_rng(seed)) - before).mean()
            for seed in range(draws)
        ]
    )


@pytest.mark.parametrize("operation", OPERATIONS)
def test_each_operation_acts_on_both_classes_and_more_on_the_rarer(operation: str) -> None:
    women, men = policies(AugmentConfig(), female=20, male=80) or (Policy(), Policy())
    rarer, commoner = changes(women, operation), changes(men, operation)
    for change in (rarer, commoner):
        assert (change > 0.5).any()
    assert rarer.mean() >= commoner.mean()
    if operation != "flip":
        assert rarer.mean() > commoner.mean()


def test_every_degradation_comes_to_both_classes(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def note(picture: np.ndarray, kind: str, strength: float, rng: np.random.Generator) -> np.ndarray:
        seen.append(kind)
        return picture

    monkeypatch.setattr("gender_classifier.data.augment.degrade", note)
    for policy in policies(AugmentConfig(), female=20, male=80) or ():
        seen.clear()
        for seed in range(1500):
            augment(picture(), policy, np.random.default_rng(seed))
        assert set(seen) == set(KINDS)
        assert abs(len(seen) / 1500 - policy.degrade) < 0.06


def test_an_operation_for_one_class_only_is_refused() -> None:
    with pytest.raises(UserError, match=r"`erase` acts on one class only [^\n]*set it for both"):
        load_config(None, ["augment.majority.erase=0"])
    assert load_config(None, ["augment.majority.erase=0", "augment.minority.erase=0"]).augment.minority.erase == 0
    assert not load_config(None, ["augment.majority.erase=0", "augment.per_class=false"]).augment.per_class
