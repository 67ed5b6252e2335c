"""So many images in progress and no more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("fastapi", reason="the extra `server` is not installed")

from gender_classifier.server.gate import Gate
from gender_classifier.server.problems import ProblemError


@given(st.lists(st.integers(1, 6), max_size=40), st.integers(1, 10))
def test_never_more_than_the_limit_and_all_or_none(asked: list[int], limit: int) -> None:
    gate, inside = Gate(limit), list[int]()
    for images in asked:
        if sum(inside) + images <= limit:
            gate.enter(images)
            inside.append(images)
            continue
        with pytest.raises(ProblemError) as refused:
            gate.enter(images)
        assert (refused.value.status, refused.value.code) == (503, "busy")
        assert refused.value.retry is not None
        assert 1 <= refused.value.retry <= 30
        if inside:
            gate.leave(inside.pop(0))
        assert gate.used == sum(inside) <= limit


def test_it_says_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 1000, 2))  # an image is done every two seconds
    monkeypatch.setattr("time.monotonic", lambda: float(next(clock)))
    gate = Gate(8)
    gate.enter(8)
    for _ in range(4):
        gate.leave()
    gate.enter(4)
    for images, seconds in ((1, 2), (3, 6), (8, 16)):
        with pytest.raises(ProblemError, match=f"8 images are in progress, at most 8 .* in {seconds} s") as refused:
            gate.enter(images)
        assert refused.value.retry == seconds
