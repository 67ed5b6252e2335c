"""Which hashes lie within a few bits of one another, among millions, without comparing each with each.

Source: Norouzi, Punjani and Fleet, "Fast Exact Search in Hamming Space with Multi-Index Hashing", TPAMI 2014. Where two
hashes differ in at most r of 64 bits, cut into b parts, then by the pigeonhole principle they differ in at most r // b
bits of one part. So for each part all hashes are sorted by it, and each is compared with those alone whose part is the
same or differs in so few bits: with three parts of 21 bits, one other in two million for each of 232 masks, where
hashes are spread evenly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from gender_classifier.system.cores import checked_threads

Hashes = NDArray[np.uint64]
Rows = NDArray[np.int64]

_BITS = 64
_AT_A_TIME = 1 << 21  # pairs compared at a time: what bounds the memory
_POPCOUNT = getattr(np, "bitwise_count", None)  # from numpy 2.0 on
_COUNTS = np.array([value.bit_count() for value in range(1 << 16)], np.uint8)


def differing_bits(a: Hashes, b: Hashes) -> NDArray[np.uint8]:
    """Count in how many bits hashes differ, one by one.

    Args:
        a: uint64 (N,).
        b: uint64 (N,); each is compared with that of `a` in its place.

    Returns:
        uint8 (N,), 0 to 64.
    """
    differ = a ^ b
    if _POPCOUNT is not None:
        return np.asarray(_POPCOUNT(differ), np.uint8)
    parts = np.ascontiguousarray(differ).view(np.uint16).reshape(-1, 4)
    return np.asarray(_COUNTS[parts].sum(axis=1, dtype=np.uint8))


def near(
    queries: Hashes,
    index: Hashes,
    radius: int,
    *,
    parts: int = 3,
    threads: int | None = None,
    tick: Callable[[float], None] | None = None,
) -> tuple[Rows, Rows]:
    """Find all pairs of a query and an indexed hash that differ in at most `radius` bits, each once.

    Args:
        queries: uint64 (M,).
        index: uint64 (N,).
        radius: bits, 0 to 63.
        parts: that hashes are cut into; only speed and memory depend on it.
        threads: that search; None: all cores.
        tick: told the share that is done, 0 to 1.

    Returns:
        Rows of `queries` and rows of `index`, int64 (P,) each, in order.

    Raises:
        UserError: fewer than 1 thread.
    """
    if not len(queries) or not len(index):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    found: list[NDArray[np.uint64]] = []
    cuts = _cut(parts)
    total = sum(len(_flips(bits, radius // parts)) for _, bits in cuts)
    with ThreadPoolExecutor(checked_threads(threads)) as pool:
        for part in cuts:
            table = _Table(queries, index, part)
            for keys in pool.map(lambda flips, t=table: t.search(flips, radius), _flips(part[1], radius // parts)):
                found.append(keys)
                if tick is not None:
                    tick(len(found) / total)
    keys = np.unique(np.concatenate(found))
    count = np.uint64(len(index))
    return (keys // count).astype(np.int64), (keys % count).astype(np.int64)


class _Table:
    """Indexed hashes sorted by one part of theirs, where each value of it begins, and the queries sorted by it too."""

    def __init__(self, queries: Hashes, index: Hashes, part: tuple[int, int]) -> None:
        shift, bits = part
        mask = np.uint64((1 << bits) - 1)
        own, asked = (((hashes >> np.uint64(shift)) & mask).astype(np.int64) for hashes in (index, queries))
        self.order, self.asked_order = np.argsort(own, kind="stable"), np.argsort(asked, kind="stable")
        # In one order, so that neighbours in memory are looked up one after another.
        self.hashes, self.asked, self.values = index[self.order], queries[self.asked_order], asked[self.asked_order]
        self.starts = np.concatenate([[0], np.cumsum(np.bincount(own, minlength=1 << bits))])

    def search(self, flips: int, radius: int) -> NDArray[np.uint64]:
        """Close pairs whose part differs in just `flips`: query row times the index's length plus index row."""
        values = self.values ^ flips
        starts = self.starts[values]
        counts = self.starts[values + 1] - starts
        some = np.flatnonzero(counts)
        kept = [np.empty(0, np.uint64)]
        for rows, places in _together(starts[some], counts[some]):
            asked = some[rows]
            close = differing_bits(self.asked[asked], self.hashes[places]) <= radius
            first = self.asked_order[asked[close]].astype(np.uint64) * np.uint64(len(self.hashes))
            kept.append(first + self.order[places[close]].astype(np.uint64))
        return np.concatenate(kept)


def _cut(parts: int) -> list[tuple[int, int]]:
    """Shift and length of each part."""
    edges = [round(place * _BITS / parts) for place in range(parts + 1)]
    return [(low, high - low) for low, high in pairwise(edges)]


def _flips(bits: int, most: int) -> list[int]:
    """All masks of up to `most` of `bits` bits."""
    return [
        sum(1 << bit for bit in chosen)
        for count in range(min(most, bits) + 1)
        for chosen in combinations(range(bits), count)
    ]


def _together(starts: Rows, counts: Rows) -> Iterator[tuple[Rows, Rows]]:
    """Each query's row beside each place of its range in a table, some million at a time."""
    total = np.cumsum(counts)
    first = 0
    while first < len(counts):
        before = total[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(total, before + _AT_A_TIME, side="right")))
        part = counts[first:last]
        rows = np.repeat(np.arange(first, last), part)
        within = np.arange(len(rows)) - np.repeat(np.cumsum(part) - part, part)
        yield rows, np.repeat(starts[first:last], part) + within
        first = last
