"""Faces of several requests share a batch of the network, with a deadline for the first of them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread

import numpy as np
from numpy.typing import NDArray

from gender_classifier.images.types import Crops

Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Job:
    crops: Crops
    tta: bool
    answer: Future[Floats] = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)


class Batcher:
    """Runs the network in a thread of its own, on the faces that have come by then.

    While a batch runs, what comes waits and shares the next. When none runs, the first waits `wait` seconds for
    others. An answer that was cancelled before its batch began is left out.

    Example:
        >>> batcher = Batcher(lambda crops, tta: np.zeros(len(crops), np.float32))
        >>> batcher.submit(np.zeros((2, 112, 112, 3), np.uint8)).result()
        array([0., 0.], dtype=float32)
        >>> batcher.close()

    Args:
        score: logits, float32 (N,), of crops, uint8 (N, size, size, 3), with test-time augmentation or without.
        most: faces of a batch; those of one image stay together, also when they are more.
        wait: seconds.
        watch: called with the number of faces of each batch.
    """

    def __init__(
        self,
        score: Callable[[Crops, bool], Floats],
        most: int = 32,
        wait: float = 0.004,
        watch: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._score, self._most, self._wait, self._watch = score, most, wait, watch
        self._jobs: deque[_Job] = deque()
        self._changed = Condition()
        self._closed = False
        self._thread = Thread(target=self._run, name="batches", daemon=True)
        self._thread.start()

    def submit(self, crops: Crops, tta: bool = False) -> Future[Floats]:
        """Have the faces of an image scored.

        Args:
            crops: uint8 (N, size, size, 3) RGB.
            tta: average over the model's views.

        Returns:
            A future of their logits, float32 (N,); it raises the error by which scoring failed.

        Raises:
            RuntimeError: closed.
        """
        job = _Job(crops, tta)
        with self._changed:
            if self._closed:
                raise RuntimeError("closed")
            self._jobs.append(job)
            self._changed.notify()
        return job.answer

    def close(self) -> None:
        """Score what was submitted, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        while jobs := self._next():
            for tta in (False, True):
                self._answer([job for job in jobs if job.tta == tta], tta)

    def _next(self) -> list[_Job]:
        """The jobs of a batch; none when it is over."""
        with self._changed:
            while self._due():
                jobs: list[_Job] = []
                faces = 0
                while self._jobs and (not jobs or faces + len(self._jobs[0].crops) <= self._most):
                    job = self._jobs.popleft()
                    if job.answer.set_running_or_notify_cancel():
                        jobs.append(job)
                        faces += len(job.crops)
                if jobs:
                    return jobs
        return []

    def _due(self) -> bool:
        """Wait until a batch is to begin; False when it is over."""
        while True:
            if not self._jobs:
                if self._closed:
                    return False
                self._changed.wait()
                continue
            left = self._jobs[0].since + self._wait - time.monotonic()
            if left <= 0 or self._closed or sum(len(job.crops) for job in self._jobs) >= self._most:
                return True
            self._changed.wait(left)

    def _answer(self, jobs: list[_Job], tta: bool) -> None:
        if not jobs:
            return
        try:
            logits = self._score(np.concatenate([job.crops for job in jobs]), tta)
        except Exception as error:  # each of them is told; the next batch may go well
            for job in jobs:
                job.answer.set_exception(error)
            return
        self._watch(len(logits))
        ends = np.cumsum([len(job.crops) for job in jobs])
        for job, part in zip(jobs, np.split(logits, ends[:-1]), strict=True):
            job.answer.set_result(part)
