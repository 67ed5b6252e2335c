"""Batches are a function of seed and epoch, balanced, and shared among processes."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gender_classifier.config.settings import Config, SamplerConfig
from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UserError
from gender_classifier.training.sampling import (
    EpochBatches,
    class_weights,
    epoch_batches,
    evenly_drawn,
    group_weights,
    seed_of,
)

LABELS = [0] * 100 + [1] * 900


def sampler(rank: int = 0, world: int = 1, balanced: bool = True, seed: int = 0) -> EpochBatches:
    return EpochBatches(LABELS, 40, balanced=balanced, seed=seed, rank=rank, world=world)


def labels_of(batches: EpochBatches) -> np.ndarray:
    return np.array([LABELS[key.index] for batch in batches for key in batch])


def test_balances_one_to_nine() -> None:
    drawn = []
    for epoch in range(4):
        batches = sampler()
        batches.set_epoch(epoch, 96)
        drawn.append(labels_of(batches))
    share = np.concatenate(drawn).mean()
    # 4,000 draws of a fair coin: five standard deviations are 0.04.
    assert abs(share - 0.5) < 0.04
    plain = labels_of(sampler(balanced=False)).mean()
    assert abs(plain - 0.9) < 0.04


def test_weights_are_inverse_counts() -> None:
    np.testing.assert_allclose(class_weights([0, 1, 1, 1]), [1, 1 / 3, 1 / 3, 1 / 3])


def test_epochs_differ_and_repeat() -> None:
    first, again, other = sampler(), sampler(), sampler()
    other.set_epoch(1, 224)
    assert list(first) == list(again)
    assert [k.index for b in first for k in b] != [k.index for b in other for k in b]


@given(
    world=st.sampled_from([1, 2, 4, 5]),
    balanced=st.booleans(),
    seed=st.integers(0, 99),
    epoch=st.integers(0, 9),
)
@settings(max_examples=25, deadline=None)
def test_processes_share_each_batch(world: int, balanced: bool, seed: int, epoch: int) -> None:
    ranks = [sampler(rank, world, balanced, seed) for rank in range(world)]
    whole = sampler(0, 1, balanced, seed)
    for one in (*ranks, whole):
        one.set_epoch(epoch, 64)
    for parts, batch in zip(zip(*ranks, strict=True), whole, strict=True):
        assert [key for part in parts for key in part] == batch


def test_begins_at_a_batch_after_a_resume() -> None:
    whole, rest = sampler(), sampler()
    rest.set_epoch(0, 224, first=7)
    whole.set_epoch(0, 224)
    assert list(rest) == list(whole)[7:]


def test_permutation_draws_each_picture_once() -> None:
    indices = [key.index for batch in sampler(balanced=False) for key in batch]
    assert len(set(indices)) == len(indices) == 1000


def test_seeds_of_near_numbers_differ() -> None:
    seeds = {seed_of(s, e, p) for s in range(5) for e in range(5) for p in range(50)}
    assert len(seeds) == 5 * 5 * 50


def people(counts: dict[tuple[int, str], int]) -> list[Sample]:
    """So many samples of each gender and race."""
    groups = [group for group, count in counts.items() for _ in range(count)]
    return [Sample(Path("a"), f"{i}", gender, {"race": race}) for i, (gender, race) in enumerate(groups)]


UNEVEN = people({(0, "A"): 10, (0, "B"): 90, (1, "A"): 300, (1, "B"): 600})


def shares(config: SamplerConfig) -> dict[tuple[int, str], float]:
    """Of the draws, by gender and race."""
    weights = group_weights(UNEVEN, config)
    assert weights is not None
    total: dict[tuple[int, str], float] = {}
    for sample, weight in zip(UNEVEN, weights / weights.sum(), strict=True):
        key = (sample.label, sample.extra["race"])
        total[key] = total.get(key, 0.0) + float(weight)
    return total


def test_power_goes_from_as_they_come_to_equal() -> None:
    by = ["gender", "race"]
    assert group_weights(UNEVEN, SamplerConfig()) is None
    as_they_come = shares(SamplerConfig(balanced=False, by=by, power=0.0))
    assert list(as_they_come.values()) == pytest.approx([0.01, 0.09, 0.3, 0.6])
    assert list(shares(SamplerConfig(balanced=False, by=by)).values()) == pytest.approx([0.25] * 4)
    half = shares(SamplerConfig(balanced=False, by=by, power=0.5))
    assert half[(1, "B")] / half[(0, "A")] == pytest.approx(60**0.5)


def test_balanced_classes_stay_balanced_with_groups_within() -> None:
    found = shares(SamplerConfig(by=["race"], power=1.0))
    assert found[(0, "A")] + found[(0, "B")] == pytest.approx(0.5)
    plain = shares(SamplerConfig(balanced=False, by=["race"], power=1.0))
    assert plain[(0, "A")] + plain[(1, "A")] == pytest.approx(0.5)
    assert plain[(0, "A")] + plain[(0, "B")] < 0.2


def test_a_column_that_is_not_there() -> None:
    with pytest.raises(UserError, match=r"sampler\.by: no column `skin`; the data has gender, race"):
        group_weights(UNEVEN, SamplerConfig(by=["skin"]))


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=60), st.integers(0, 99))
@settings(max_examples=50, deadline=None)
def test_even_draws_are_the_expected_number_rounded(weights: list[float], seed: int) -> None:
    array = np.array(weights)
    drawn = evenly_drawn(array, torch.Generator().manual_seed(seed))
    due = len(weights) * array / array.sum()
    often = np.bincount(drawn, minlength=len(weights))
    assert len(drawn) == len(weights)
    assert (np.abs(often - due) < 1 + 1e-9).all()


def test_groups_act_since_their_epoch() -> None:
    weights = group_weights(UNEVEN, SamplerConfig(balanced=False, by=["gender", "race"]))
    labels = [sample.label for sample in UNEVEN]
    batches = EpochBatches(labels, 50, balanced=False, seed=0, weights=weights, weights_since=2)
    women = []
    for epoch in range(4):
        batches.set_epoch(epoch, 32)
        women.append(sum(1 - labels[key.index] for batch in batches for key in batch))
    assert women[:2] == [100, 100]
    assert all(abs(count - 500) <= 2 for count in women[2:])


def made(epochs: int, **how: object) -> EpochBatches:
    return epoch_batches(UNEVEN, Config.model_validate({"sampler": how, "train": {"epochs": epochs}}), 0, 1)


@pytest.mark.parametrize(
    ("epochs", "since", "first"),
    [(3, 0.7, 2), (3, 0.0, 0), (1, 0.9, 0), (2, 0.99, 1), (10, 0.7, 7), (12, 0.5, 6), (12, 0.7, 8)],
)
def test_groups_act_at_least_in_the_last_epoch(epochs: int, since: float, first: int) -> None:
    assert made(epochs, balanced=False, by=["gender"], since=since).weights_since == first


def test_the_share_of_women_is_that_of_the_draws() -> None:
    assert made(4, balanced=True).share_of_women(4) == made(4, by=["race"]).share_of_women(4) == 0.5
    assert made(4, balanced=False).share_of_women(4) == 100 / 1000
    assert made(4, balanced=False, by=["gender"]).share_of_women(4) == pytest.approx(0.5)
    assert made(4, balanced=False, by=["gender"], power=0.5).share_of_women(4) == pytest.approx(0.25)
    assert made(4, balanced=False, by=["race"]).share_of_women(4) == pytest.approx((10 / 310 + 90 / 690) / 2)
    # Two epochs of four as they come, two one to one.
    assert made(4, balanced=False, by=["gender"], since=0.5).share_of_women(4) == pytest.approx((0.1 + 0.5) / 2)
