"""Images in, answers out, with the stages overlapped.

Threads read images and find faces ahead while the network classifies crops in batches. What waits between the
stages is bounded, and a photo is let go as soon as its crops are cut, so memory does not grow with their number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import islice
from typing import TypeVar

import numpy as np

from gender_classifier.images.types import Picture
from gender_classifier.inference.image_result import FaceResult, ImageResult, Status
from gender_classifier.inference.preparation import Photo

BATCH = 32
MOST_HELD = 1 << 27
"""Bytes of files and pixels that wait to be looked at."""
S = TypeVar("S")
T = TypeVar("T")


def prepared(
    prepare: Callable[[S], T], sources: Iterable[S], threads: int, held: Callable[[S], int] = lambda _: 0
) -> Iterator[T]:
    """Prepare sources in several threads, a bounded number ahead of the caller.

    Args:
        prepare: called with a source, in other threads; what it raises is raised here when the source's turn comes.
        sources: asked in this thread, each when there is room for it.
        threads: sources worked on at a time.
        held: gives the bytes that a source takes; what waits takes `MOST_HELD` at most, though each thread may have
            one.

    Yields:
        What `prepare` made of each source, in their order.
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
    photos: Iterable[Photo], classify: Callable[[Picture], Sequence[FaceResult]]
) -> Generator[ImageResult, None, None]:
    """Answer photos; crops of several photos share a batch.

    Args:
        photos: made ready; each is let go when it is answered.
        classify: from crops, uint8 (N, size, size, 3) RGB, to N answers.

    Yields:
        The result of each photo, in their order, with its crops.
    """
    batch: list[Photo] = []
    crops = 0
    for photo in photos:
        batch.append(photo)
        crops += len(photo.found)
        if crops >= BATCH or len(batch) >= 4 * BATCH:
            yield from _answer(batch, classify)
            batch, crops = [], 0
    yield from _answer(batch, classify)


def _answer(batch: Sequence[Photo], classify: Callable[[Picture], Sequence[FaceResult]]) -> Iterator[ImageResult]:
    parts = [photo.crops for photo in batch if photo.crops is not None]
    answers = iter(classify(np.concatenate(parts)) if parts else ())
    for photo in batch:
        yield result_of(photo, list(islice(answers, len(photo.found))))


def result_of(photo: Photo, answers: Sequence[FaceResult]) -> ImageResult:
    """Join a photo and the answers of its faces.

    Args:
        photo: made ready.
        answers: of its faces, from left to right; where they lie, the photo says.

    Returns:
        The photo's result, with its crops.

    Raises:
        ValueError: more or fewer answers than faces.
    """
    kind, _, message = photo.status.partition(": ")
    faces = tuple(
        replace(
            answer,
            box=found.box,
            landmarks=found.landmarks,
            detection_score=found.score,
            face_px=found.side,
        )
        for found, answer in zip(photo.found, answers, strict=True)
    )
    return ImageResult(
        photo.path, Status(kind), message, faces, photo.size, photo.page, photo.turned, photo.note, photo.crops
    )
