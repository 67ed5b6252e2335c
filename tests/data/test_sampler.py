"""Batches are a function of seed and epoch, balanced, and shared among processes."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gender_classifier.data.sampler import EpochBatches, class_weights, seed_of

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
