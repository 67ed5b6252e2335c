"""Images in, answers out, with the stages overlapped.

Threads read images and find faces ahead while the network classifies crops in batches. What waits between the
stages is bounded, and a photo is let go as soon as its crops are cut, so memory does not grow with their number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from typing import TypeVar

import numpy as np

from gender_classifier.images.types import Picture
from gender_classifier.inference.image_result import ImageResult, image_result
from gender_classifier.inference.preparation import Photo
from gender_classifier.inference.results import Prediction, without_face

BATCH = 32
MOST_HELD = 1 << 27
"""Bytes of files and pixels that wait to be looked at."""
S = TypeVar("S")
T = TypeVar("T")


def prepared(
    prepare: Callable[[S], T], sources: Iterable[S], threads: int, held: Callable[[S], int] = lambda _: 0
) -> Iterator[T]:
    """What `prepare` makes of each source, in their order, by `threads` threads, a bounded number ahead.

    Args:
        prepare: called in other threads.
        sources: asked in this thread, each when there is room for it.
        threads: sources worked on at a time.
        held: bytes that a source takes; what waits takes `MOST_HELD` at most, though each thread may have one.
    """
    waiting: deque[tuple[Future[T], int]] = deque()

    def full() -> bool:
        return len(waiting) > BATCH + 2 * threads or (
            len(waiting) > threads + 1 and sum(size for _, size in waiting) > MOST_HELD
        )

    with ThreadPoolExecutor(threads, thread_name_prefix="photos") as pool:
        try:
            for source in sources:
                waiting.append((pool.submit(prepare, source), held(source)))
                del source  # the thread lets go of it when it is done
                while full():
                    yield waiting.popleft()[0].result()
            while waiting:
                yield waiting.popleft()[0].result()
        finally:
            for future, _ in waiting:
                future.cancel()


def answered(
    photos: Iterable[Photo], classify: Callable[[Picture], Sequence[Prediction]]
) -> Generator[tuple[Photo, list[Prediction]], None, None]:
    """Each photo with a row a face, or one that says why there is none; crops of several photos share a batch."""
    batch: list[Photo] = []
    crops = 0
    for photo in photos:
        batch.append(photo)
        crops += len(photo.found)
        if crops >= BATCH or len(batch) >= 4 * BATCH:
            yield from _answer(batch, classify)
            batch, crops = [], 0
    yield from _answer(batch, classify)


def _answer(
    batch: Sequence[Photo], classify: Callable[[Picture], Sequence[Prediction]]
) -> Iterator[tuple[Photo, list[Prediction]]]:
    parts = [photo.crops for photo in batch if photo.crops is not None]
    answers = iter(classify(np.concatenate(parts)) if parts else ())
    for photo in batch:
        if photo.crops is None:
            yield photo, [replace(without_face(photo.status, photo.path), page=photo.page, note=photo.note)]
            continue
        rows = [
            replace(
                next(answers),
                path=photo.path,
                face=place,
                box=found.box,
                detection_score=found.score,
                face_px=found.side,
                page=photo.page,
                turned=photo.turned,
                note=photo.note,
            )
            for place, found in enumerate(photo.found)
        ]
        yield photo, rows


def results(answers: Generator[tuple[Photo, list[Prediction]], None, None]) -> Generator[ImageResult, None, None]:
    """Join each photo and its rows to a result, with its crops."""
    with closing(answers):
        for photo, rows in answers:
            landmarks = [found.landmarks for found in photo.found] or [None]
            yield image_result(rows, photo.size, landmarks, photo.crops, photo.turned)
