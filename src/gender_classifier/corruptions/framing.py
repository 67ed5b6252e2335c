"""A face crop as a wrong box would give it: turned, shifted, scaled, or with every edge elsewhere.

What lies outside the crop is not known: it repeats the border, as `faces.geometry.crop` does in prediction.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gender_classifier.faces.geometry import crop
from gender_classifier.images.types import Picture

Generator = np.random.Generator


@dataclass(frozen=True)
class Framing:
    """How a face lies in its crop, against the right crop. The defaults change nothing.

    Example:
        >>> picture = np.zeros((224, 224, 3), np.uint8)
        >>> Framing(right=0.1, degrees=15.0).apply(picture, 112).shape
        (112, 112, 3)

    Attributes:
        right: by how much of the side the face moves to the right; below 0: to the left.
        down: by how much of the side it moves down; below 0: up.
        wide: factor by which it becomes wider; below 1: narrower.
        high: factor by which it becomes taller; below 1: shorter.
        degrees: by which it turns clockwise.
    """

    right: float = 0.0
    down: float = 0.0
    wide: float = 1.0
    high: float = 1.0
    degrees: float = 0.0

    def apply(self, picture: Picture, size: int) -> Picture:
        """Give the crop framed so, at another size.

        Args:
            picture: the right crop, uint8 (side, side, 3), RGB.
            size: side of the new crop, pixels.

        Returns:
            uint8 (size, size, 3); what lies outside `picture` repeats its border.
        """
        side, angle = picture.shape[0], math.radians(self.degrees)
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        turn = size / side * np.diag([self.wide, self.high]) @ turn
        # Pixel centres are at whole numbers, so the middle of a side of n pixels is at (n - 1) / 2.
        middle = np.full(2, (side - 1) / 2)
        target = np.full(2, (size - 1) / 2) + size * np.array([self.right, self.down])
        return crop(picture, np.concatenate([turn, (target - turn @ middle)[:, None]], axis=1), size)


def turned_by(strength: float) -> float:
    """Give the angle of the framing `rotation`.

    Args:
        strength: 0 to 1.

    Returns:
        Degrees, 0 to 45, either way.
    """
    return 45.0 * math.pow(strength, 1.5)


def shifted_by(strength: float) -> float:
    """Give the distance of the framing `box_shift`.

    Args:
        strength: 0 to 1.

    Returns:
        Share of the side, 0 to 0.28, in any direction.
    """
    return 0.28 * math.pow(strength, 1.5)


def scaled_by(strength: float) -> float:
    """Give the factor of the framing `box_scale`.

    Args:
        strength: 0 to 1.

    Returns:
        1 to 1.65; the face becomes so much larger, or smaller.
    """
    return math.exp(0.5 * math.pow(strength, 1.5))


def edges_moved_by(strength: float) -> float:
    """Give the greatest distance of the framing `box_jitter`, by which each edge of the box moves in or out.

    Args:
        strength: 0 to 1.

    Returns:
        Share of the side, 0 to 0.3.
    """
    return 0.3 * math.pow(strength, 1.5)


def _rotation(strength: float, rng: Generator) -> Framing:
    return Framing(degrees=_sign(rng) * turned_by(strength))


def _shift(strength: float, rng: Generator) -> Framing:
    angle = rng.uniform(0.0, 2.0 * math.pi)
    return Framing(right=shifted_by(strength) * math.cos(angle), down=shifted_by(strength) * math.sin(angle))


def _scale(strength: float, rng: Generator) -> Framing:
    factor = scaled_by(strength) ** _sign(rng)
    return Framing(wide=factor, high=factor)


def _jitter(strength: float, rng: Generator) -> Framing:
    left, top, right, bottom = edges_moved_by(strength) * rng.uniform(-1.0, 1.0, 4)
    wide, high = 1.0 / (1.0 + right - left), 1.0 / (1.0 + bottom - top)
    # Where the box's middle moves to, the face moves away from, and everything grows about the new middle.
    return Framing(-wide * (left + right) / 2, -high * (top + bottom) / 2, wide, high)


def _sign(rng: Generator) -> int:
    return 1 if rng.random() < 0.5 else -1


_KINDS: dict[str, tuple[Callable[[float, Generator], Framing], Callable[[float], str]]] = {
    "rotation": (_rotation, lambda s: f"± {turned_by(s):.0f}°"),
    "box_shift": (_shift, lambda s: f"{100 * shifted_by(s):.1f} % of side"),
    "box_scale": (_scale, lambda s: f"{scaled_by(s):.2f} up or down"),
    "box_jitter": (_jitter, lambda s: f"edges ± {100 * edges_moved_by(s):.1f} %"),
}

KINDS: tuple[str, ...] = tuple(_KINDS)
"""Names of the wrong framings."""


def wrong_framing(kind: str, strength: float, rng: Generator) -> Framing:
    """Draw by chance a framing that is wrong in one way.

    Args:
        kind: one of `KINDS`.
        strength: 0 (right) to 1 (a face that a person can still tell); 0.5 is about the worst of a good detector.
        rng: decides which way; in the same state it draws the same framing.

    Returns:
        The framing, whose `apply` changes a crop.

    Raises:
        ValueError: an unknown kind, or a strength outside 0 to 1.
    """
    if kind not in _KINDS:
        raise ValueError(f"unknown framing {kind!r}; known are {', '.join(KINDS)}")
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength {strength} is not within 0 to 1")
    return _KINDS[kind][0](strength, rng)


def amount(kind: str, strength: float) -> str:
    """Say what a wrong framing does at a strength, in its unit.

    Args:
        kind: one of `KINDS`.
        strength: 0 to 1.

    Returns:
        A few words, such as `± 16°` or `9.9 % of side`.

    Raises:
        KeyError: an unknown kind.
    """
    return _KINDS[kind][1](strength)
