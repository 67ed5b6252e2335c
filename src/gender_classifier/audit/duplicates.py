"""Images that stand more than once: the same file, the same pixels, or a copy that was encoded, resized, mirrored or
slightly cropped anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gender_classifier.audit.confirmation import SAME, correlation
from gender_classifier.audit.hashes import WINDOWS, Fingerprint
from gender_classifier.audit.search import differing_bits, near
from gender_classifier.system.cores import checked_threads

RADIUS = 8
"""Bits in which a copy's hash may differ from that of the nearest crop that is hashed: two in some part of three."""

_SLICE = 1 << 12  # candidates confirmed between two reports of progress

Rows = NDArray[np.int64]
Tick = Callable[[str, float], None]


@dataclass(frozen=True)
class Pair:
    """Two images that are one.

    Example:
        >>> pairs = [Pair(0, 3, True, False, 1.0), Pair(3, 5, same_file=False, mirrored=True, correlation=0.97)]
        >>> joined(pairs)
        [[0, 3, 5]]

    Attributes:
        a: row of the first image.
        b: row of the second image, above `a`.
        same_file: byte for byte.
        mirrored: one is the other in a mirror.
        correlation: of their details, up to 1.
    """

    a: int
    b: int
    same_file: bool
    mirrored: bool
    correlation: float


def find_pairs(
    digests: Sequence[str],
    prints: Sequence[Fingerprint | None],
    *,
    least: float = SAME,
    threads: int | None = None,
    tick: Tick | None = None,
) -> list[Pair]:
    """Find all pairs among images; of files that are the same byte for byte each is paired with the first alone.

    OpenCV works with one thread from then on: pairs are compared side by side.

    Args:
        digests: a hash of each file's bytes; empty for one that cannot be read.
        prints: of each image, in the same order; None for a blank one, which is compared by its bytes alone.
        least: correlation of details from which a pair counts, up to 1.
        threads: that compare; None: all cores.
        tick: told what is done, `searching` and then `confirming`, and the share of it that is done, 0 to 1.

    Returns:
        Pairs by their rows, which are places in `digests`; two rows are paired once, as they are most alike.

    Raises:
        UserError: fewer than 1 thread.
    """
    exact, firsts = _same_files(digests)
    rows = np.array([row for row in firsts if prints[row] is not None], np.int64)
    shown = [prints[row] for row in rows.tolist()]
    return sorted(
        exact + _near([p for p in shown if p is not None], rows, least, threads, tick), key=lambda p: (p.a, p.b)
    )


def _same_files(digests: Sequence[str]) -> tuple[list[Pair], list[int]]:
    """Pairs of files that are the same, and the first of each."""
    first: dict[str, int] = {}
    pairs = []
    for row, digest in enumerate(digests):
        if digest and first.setdefault(digest, row) != row:
            pairs.append(Pair(first[digest], row, same_file=True, mirrored=False, correlation=1.0))
    return pairs, sorted(first.values())


def _near(
    prints: Sequence[Fingerprint], rows: Rows, least: float, threads: int | None, tick: Tick | None
) -> list[Pair]:
    if len(prints) < 2:
        return []
    report = tick or (lambda _what, _share: None)
    wholes, parts, mirrored, windows = _candidates(prints, threads, lambda share: report("searching", share))

    def confirm(place: int) -> float:
        part = prints[parts[place]].thumb
        turned = np.ascontiguousarray(part[:, ::-1]) if mirrored[place] else part
        return correlation(prints[wholes[place]].thumb, turned, WINDOWS[windows[place]])

    best: dict[tuple[int, int], Pair] = {}
    cv2.setNumThreads(1)  # pairs are compared side by side
    with ThreadPoolExecutor(checked_threads(threads)) as pool:
        for begin in range(0, len(wholes), _SLICE):
            places = range(begin, min(begin + _SLICE, len(wholes)))
            for place, found in zip(places, pool.map(confirm, places, chunksize=64), strict=True):
                if found >= least:
                    a, b = sorted((int(rows[wholes[place]]), int(rows[parts[place]])))
                    if (a, b) not in best or found > best[a, b].correlation:
                        best[a, b] = Pair(a, b, False, bool(mirrored[place]), min(1.0, found))
            report("confirming", places.stop / len(wholes))
    return list(best.values())


def _candidates(
    prints: Sequence[Fingerprint], threads: int | None, tick: Callable[[float], None]
) -> tuple[Rows, Rows, NDArray[np.bool_], Rows]:
    """Pairs whose hashes are close: whole, part, whether mirrored, and the nearest window of the whole.

    Each image is sought, as it is and mirrored, among all images and their crops. A pair that comes up several
    times is taken once as it is and once mirrored, at the closest.
    """
    count, crops = len(prints), len(WINDOWS)
    index = np.concatenate([p.hashes for p in prints])
    queries = np.array([p.hashes[0] for p in prints] + [p.mirrored for p in prints], np.uint64)
    asked, found = near(queries, index, RADIUS, threads=threads, tick=tick)
    part, whole = asked % count, found // crops
    other = part != whole
    asked, found, part, whole = asked[other], found[other], part[other], whole[other]
    mirrored, window = asked >= count, found % crops
    bits = differing_bits(queries[asked], index[found])
    low, high = np.minimum(part, whole), np.maximum(part, whole)
    order = np.lexsort((window, bits, mirrored, high, low))
    keys = np.stack([low, high, mirrored.astype(np.int64)])[:, order]
    fresh = np.ones(len(order), bool)
    fresh[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    kept = order[fresh]
    return whole[kept], part[kept], mirrored[kept], window[kept]


def joined(pairs: Sequence[Pair]) -> list[list[int]]:
    """Group the rows that pairs connect, directly or through other rows.

    Args:
        pairs: in any order.

    Returns:
        Groups of two rows or more, each sorted, in the order of their first rows.
    """
    parent: dict[int, int] = {}

    def top(row: int) -> int:
        while parent.setdefault(row, row) != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    for pair in pairs:
        a, b = top(pair.a), top(pair.b)
        parent[max(a, b)] = min(a, b)
    groups: dict[int, list[int]] = {}
    for row in sorted(parent):
        groups.setdefault(top(row), []).append(row)
    return sorted(groups.values())
