"""Ctrl-C and a polite kill while training: the step in progress is finished first."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from gender_classifier.errors import ExitCode, UserError


class RunInterruptedError(UserError):
    """The user stopped the run; everything up to the last step is kept."""

    exit_code = ExitCode.INTERRUPTED


@contextmanager
def stop_signals(ask: Callable[[], None]) -> Iterator[None]:
    """Call `ask` on SIGINT and SIGTERM within the block, in place of what either did before.

    Args:
        ask: called without arguments, each time that a signal comes.

    Raises:
        ValueError: called in another thread than the main one.
    """

    def handler(_number: int, _frame: object) -> None:
        ask()

    before = {number: signal.signal(number, handler) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, was in before.items():
            signal.signal(number, was)
