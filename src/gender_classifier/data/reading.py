"""Reading labelled images in order: for scoring, and to know beforehand what cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UnreadableError
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.images.types import Picture
from gender_classifier.system.cores import checked_threads


def load_input(sample: Sample, size: int, mode: str) -> Picture:
    """Read an image as a network input before normalisation.

    Args:
        sample: image and label.
        size: side of the input, pixels.
        mode: how an image that is not square becomes so: `stretch`, `crop` or `pad` (`images.resize.fit`).

    Returns:
        uint8 (size, size, 3), RGB.

    Raises:
        UnreadableError: the image cannot be read.
        ValueError: an unknown mode.
    """
    return fit(read_picture(sample.path, min_side=size), size, mode)


def scoring_batches(
    samples: Sequence[Sample],
    size: int,
    mode: str,
    batch_size: int = 32,
    load_one: Callable[[Sample], Picture] | None = None,
) -> Iterator[tuple[Picture, NDArray[np.int64]]]:
    """Read unchanged images in order, batch by batch; the next batch is read ahead.

    Args:
        samples: images and labels.
        size: side of the inputs, pixels.
        mode: how an image that is not square becomes so, as for `load_input`.
        batch_size: images at a time; the last batch may be smaller.
        load_one: reads a sample as uint8 (size, size, 3) in another way, as its face's crop say; None: `load_input`.

    Yields:
        Images, uint8 (N, size, size, 3), RGB, and labels, int64 (N,); nothing where there are no samples.

    Raises:
        UnreadableError: an image cannot be read.
    """
    parts = [samples[i : i + batch_size] for i in range(0, len(samples), batch_size)]
    if not parts:
        return

    def load(part: Sequence[Sample]) -> tuple[Picture, NDArray[np.int64]]:
        inputs = [load_input(s, size, mode) if load_one is None else load_one(s) for s in part]
        return np.stack(inputs), np.array([s.label for s in part], np.int64)

    with ThreadPoolExecutor(1) as pool:
        ahead = pool.submit(load, parts[0])
        for following in parts[1:]:
            ready, ahead = ahead.result(), pool.submit(load, following)
            yield ready
        yield ahead.result()


def reasons(broken: Mapping[str, str], most: int = 5) -> str:
    """Say in one line why images cannot be read, and how many more there are than it names.

    Args:
        broken: reason by name, as `unreadable` gives it.
        most: reasons that are given.

    Returns:
        The first reasons, with semicolons between them; empty where `broken` is.
    """
    more = f"; and {len(broken) - most} more" if len(broken) > most else ""
    return "; ".join(list(broken.values())[:most]) + more


def refuse_unreadable(broken: Mapping[str, str], total: int) -> None:
    """Refuse images that cannot be read, with the first reasons.

    Args:
        broken: reason by name, as `unreadable` gives it.
        total: images that were tried.

    Raises:
        UnreadableError: `broken` is not empty.
    """
    if broken:
        raise UnreadableError(
            f"{len(broken)} of {total} images cannot be read: {reasons(broken)}. Mend them or use --skip-unreadable"
        )


def unreadable(
    samples: Sequence[Sample], tick: Callable[[], None] | None = None, threads: int | None = None
) -> dict[str, str]:
    """Decode every image once, to find those that cannot be read.

    Args:
        samples: images to decode.
        tick: called without arguments after each image.
        threads: that read; None: all cores.

    Returns:
        Why an image cannot be read, by its name; empty where all can.

    Raises:
        UserError: fewer than 1 thread.
    """

    def check(sample: Sample) -> tuple[str, str] | None:
        try:
            read_picture(sample.path, min_side=224)
        except UnreadableError as error:
            return sample.name, str(error)
        return None

    found = {}
    with ThreadPoolExecutor(checked_threads(threads)) as pool:
        for result in pool.map(check, samples):
            if tick is not None:
                tick()
            if result is not None:
                found[result[0]] = result[1]
    return found
