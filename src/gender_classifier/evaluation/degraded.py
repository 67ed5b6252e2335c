"""Every cell of the robustness table as a change to a face crop: the same images for every model and every run."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from gender_classifier.corruptions import framing
from gender_classifier.corruptions import image as degrade
from gender_classifier.corruptions import levels as amounts
from gender_classifier.images.resize import fit
from gender_classifier.images.types import Picture
from gender_classifier.metrics.robustness import CLEAN, Cell

AtSize = Callable[[int], Picture]
"""From a size in pixels to the changed crop, uint8 (size, size, 3)."""

SIDE = 224
"""Crops are changed at this many pixels, whatever the networks take, so that all see the same."""
STRENGTHS = (0.1, 0.3, 0.5, 0.75, 1.0)
"""Of `corruptions.image` and `corruptions.framing`, by level from 1."""
FRAMINGS = framing.KINDS
KINDS = (*degrade.KINDS, *FRAMINGS)
"""Degradations of the image, and then wrong framings."""


def strength_of(cell: Cell) -> float:
    """Give the strength of a cell's level.

    Args:
        cell: a degraded one, not `CLEAN`, which has no strength.

    Returns:
        One of `STRENGTHS`, 0 (hardly changed) to 1 (as hard as a person can still tell).
    """
    return STRENGTHS[cell.level - 1]


def amount(cell: Cell) -> str:
    """Say what a cell does to a crop of 224 pixels, in the degradation's own unit.

    Args:
        cell: of any kind in `KINDS`, or `CLEAN`.

    Returns:
        A few words, as `quality 20`; empty of the clean cell.

    Raises:
        KeyError: an unknown kind.
    """
    if cell == CLEAN:
        return ""
    said = framing.amount if cell.kind in FRAMINGS else amounts.amount
    return said(cell.kind, strength_of(cell))


def chance(picture: str, kind: str, seed: int) -> np.random.Generator:
    """Give what is random in a cell: a function of the image's SHA-256, the kind and the seed.

    It is the same at all levels, so that a drop grows where it is, and strengths are compared on the same drops.

    Args:
        picture: SHA-256 of the image's file, hexadecimal.
        kind: of degradation.
        seed: not negative.

    Returns:
        A generator of random numbers at its beginning.
    """
    return np.random.default_rng((seed, int(picture[:16], 16), zlib.crc32(kind.encode())))


def changed(crop: Picture, cell: Cell, rng: np.random.Generator) -> AtSize:
    """Change a crop as a cell does, once, for networks of any input size.

    Args:
        crop: uint8 (side, side, 3) RGB.
        cell: of any kind in `KINDS`, or `CLEAN`.
        rng: what is random in it, from `chance`.

    Returns:
        A function from a size in pixels to the changed crop, uint8 (size, size, 3).

    Raises:
        ValueError: an unknown kind.
    """
    if cell == CLEAN:
        return lambda size: fit(crop, size)
    if cell.kind in FRAMINGS:
        wrong = framing.wrong_framing(cell.kind, strength_of(cell), rng)
        return lambda size: wrong.apply(crop, size)
    worse = degrade.degrade(crop, cell.kind, strength_of(cell), rng)
    return lambda size: fit(worse, size)


# Some kinds do one of two things by chance (mud or water): in six trials both are seen.
_TRIALS, _TRIAL_SIDE = 6, 112


@lru_cache(maxsize=1024)
def fingerprint(cell: Cell, seed: int) -> str:
    """Name a cell and what it does with a seed, by its doing it to made images: nobody has to count versions.

    A changed formula, another release of OpenCV or other random numbers give another name; kinds without chance have
    the same for all seeds.

    Args:
        cell: of any kind in `KINDS`, or `CLEAN`.
        seed: of what is random, as for `chance`.

    Returns:
        16 hexadecimal digits.
    """
    found = hashlib.sha256(f"{cell.kind} {cell.level}".encode())
    for number in range(_TRIALS):
        rng = chance(hashlib.sha256(bytes([number])).hexdigest(), cell.kind, seed)
        found.update(changed(_made(number), cell, rng)(_TRIAL_SIDE).tobytes())
    return found.hexdigest()[:16]


@lru_cache(maxsize=_TRIALS)
def _made(number: int) -> Picture:
    coarse = np.random.default_rng(number).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (_TRIAL_SIDE,) * 2, interpolation=cv2.INTER_CUBIC), np.uint8)
