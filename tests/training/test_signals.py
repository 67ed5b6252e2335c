"""A signal asks for an end, and afterwards means what it meant before."""

from __future__ import annotations

import os
import signal

import pytest

from gender_classifier.training.signals import stop_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_asks_and_what_it_did_before_comes_back(number: signal.Signals) -> None:
    before, asked = signal.getsignal(number), []
    with stop_signals(lambda: asked.append(1)):
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        assert asked == [1, 1]
    assert signal.getsignal(number) is before


def test_also_after_an_error() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with pytest.raises(ZeroDivisionError), stop_signals(lambda: None):
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
