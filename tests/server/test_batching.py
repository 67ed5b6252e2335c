"""Faces of several requests share a batch, and each gets its own answer."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

pytest.importorskip("fastapi", reason="the extra `server` is not installed")

from gender_classifier.server.batching import Batcher

Crops = NDArray[np.uint8]


def crops_of(values: list[int]) -> Crops:
    return np.array(values, np.uint8)[:, None, None, None].repeat(3, 3)


def value(crops: Crops, tta: bool) -> NDArray[np.float32]:
    """What plays the network: each crop's own value, negative with test-time augmentation."""
    return crops[:, 0, 0, 0].astype(np.float32) * (-1 if tta else 1)


class Held:
    """A network that waits until it is let go, and remembers the size of each batch."""

    def __init__(self) -> None:
        self.go, self.running, self.sizes = threading.Event(), threading.Event(), list[int]()

    def __call__(self, crops: Crops, tta: bool) -> NDArray[np.float32]:
        self.sizes.append(len(crops))
        self.running.set()
        self.go.wait(10)
        return value(crops, tta)


@given(jobs=st.lists(st.tuples(st.lists(st.integers(0, 255), min_size=1, max_size=9), st.booleans()), max_size=30))
def test_each_gets_its_own(jobs: list[tuple[list[int], bool]]) -> None:
    batches = Batcher(value, most=8, wait=0.0)
    answers = [batches.submit(crops_of(values), tta) for values, tta in jobs]
    for (values, tta), answer in zip(jobs, answers, strict=True):
        assert answer.result(10).tolist() == [-v if tta else v for v in values]
    batches.close()


def test_what_comes_while_a_batch_runs_shares_the_next() -> None:
    network = Held()
    seen: list[int] = []
    batches = Batcher(network, most=4, wait=0.0, watch=seen.append)
    answers = [batches.submit(crops_of([0]))]
    assert network.running.wait(10)
    answers += [batches.submit(crops_of(values)) for values in ([1], [2, 3], [4], [5, 6, 7, 8, 9], [10])]
    network.go.set()
    assert [answer.result(10).tolist() for answer in answers] == [[0], [1], [2, 3], [4], [5, 6, 7, 8, 9], [10]]
    batches.close()
    # Four at a time; the faces of one image stay together, also when they are more.
    assert network.sizes == seen == [1, 4, 5, 1]


def test_the_first_waits_for_others_but_not_for_long() -> None:
    network = Held()
    network.go.set()
    batches = Batcher(network, most=3, wait=0.2)
    began = time.monotonic()
    alone = batches.submit(crops_of([1]))
    assert alone.result(10).tolist() == [1]
    assert time.monotonic() - began >= 0.2
    together = [batches.submit(crops_of([n])) for n in (1, 2, 3)]  # full: the deadline does not matter
    assert [answer.result(10).tolist() for answer in together] == [[1], [2], [3]]
    batches.close()
    assert network.sizes == [1, 3]


def test_a_cancelled_one_is_left_out() -> None:
    network = Held()
    batches = Batcher(network, wait=0.0)
    first = batches.submit(crops_of([1]))
    assert network.running.wait(10)
    gone, stays = batches.submit(crops_of([2])), batches.submit(crops_of([3]))
    assert gone.cancel()
    network.go.set()
    assert [first.result(10).tolist(), stays.result(10).tolist()] == [[1], [3]]
    with pytest.raises(CancelledError):
        gone.result(10)
    batches.close()
    assert network.sizes == [1, 1]


def test_a_fault_is_told_to_those_that_it_hit() -> None:
    def score(crops: Crops, tta: bool) -> Any:
        if crops.max() == 9:
            raise ValueError("nine")
        return value(crops, tta)

    batches = Batcher(score, most=1, wait=0.0)
    wrong, fine = batches.submit(crops_of([9])), batches.submit(crops_of([1]))
    with pytest.raises(ValueError, match="nine"):
        wrong.result(10)
    assert fine.result(10).tolist() == [1]
    batches.close()


def test_closing_answers_what_was_submitted() -> None:
    batches = Batcher(value, most=2, wait=60.0)
    answers = [batches.submit(crops_of([n])) for n in range(5)]
    batches.close()
    assert [answer.result(0).tolist() for answer in answers] == [[n] for n in range(5)]
    with pytest.raises(RuntimeError, match="closed"):
        batches.submit(crops_of([1]))
