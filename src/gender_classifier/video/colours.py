"""High dynamic range as a plain screen shows it: the network never saw images in PQ or HLG, which look flat to it."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from gender_classifier.images.types import Picture

PQ, HLG = 16, 18
"""Transfer functions by their numbers in a film (ITU-T H.273, table 3)."""
_WHITE = 203.0
"""Candela a square metre of a page of white paper in such a film (ITU-R BT.2408-7, table 1); brighter is cut off."""
_PEAK = 1000.0
"""Of a screen for HLG, candela a square metre."""


def is_hdr(transfer: int) -> bool:
    """Tell whether a transfer function is one of high dynamic range.

    Args:
        transfer: its number in a film (ITU-T H.273, table 3).

    Returns:
        True for `PQ` and `HLG`.
    """
    return transfer in (PQ, HLG)


def to_plain(picture: NDArray[np.uint8] | NDArray[np.uint16], transfer: int) -> Picture:
    """Give an image of high dynamic range as a plain screen shows it.

    Each channel goes by a table of its own; the primaries stay those of the film, which makes colours a little pale.

    Args:
        picture: (H, W, 3) RGB, coded as in the film. Better uint16: the curves are flat where faces lie, and what is
            rounded to eight bits before they are undone comes out off by several levels.
        transfer: number of its transfer function, `PQ` or `HLG`.

    Returns:
        uint8 (H, W, 3), sRGB.
    """
    return np.take(_table(transfer, int(np.iinfo(picture.dtype).max)), picture)


@cache
def _table(transfer: int, highest: int) -> Picture:
    coded = np.arange(highest + 1) / highest
    light = np.clip((_pq(coded) if transfer == PQ else _hlg(coded)) / _WHITE, 0, 1)
    plain = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * plain), np.uint8)


def _pq(coded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Candela a square metre of PQ's values 0 to 1 (ITU-R BT.2100-2, table 4)."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = coded ** (1 / m2)
    light: NDArray[np.float64] = 10_000 * (np.maximum(root - c1, 0) / (c2 - c3 * root)) ** (1 / m1)
    return light


def _hlg(coded: NDArray[np.float64]) -> NDArray[np.float64]:
    """Candela a square metre of HLG's values 0 to 1, on a screen of 1,000 (ITU-R BT.2100-2, table 5)."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(coded <= 0.5, coded**2 / 3, (np.exp((coded - c) / a) + b) / 12)
    light: NDArray[np.float64] = _PEAK * scene**1.2
    return light
