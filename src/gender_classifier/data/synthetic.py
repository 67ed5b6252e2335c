"""Drawn faces in two classes: data that needs no download, for the demo and for tests.

The classes differ in the cloth of hat and jumper alone, narrow stripes for one and broad checks for
the other: both cover half of the cloth, so that mean colours say nothing. All else (skin,
colours, size, place, the mouth) is drawn alike for both. Nothing here resembles women or
men; a model trained on it knows cloth.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gender_classifier import CLASS_NAMES
from gender_classifier.images.types import Picture

SPLITS = ("train", "val")
_SHIFT = 4  # OpenCV's drawing takes coordinates in sixteenths of a pixel
_FULL = np.array([255.0])


def draw_dataset(
    root: Path,
    *,
    train: tuple[int, int] = (200, 400),
    val: tuple[int, int] = (60, 120),
    size: int = 96,
    seed: int = 0,
) -> None:
    """Draw images of both classes into `root/{train,val}/{female,male}/faceNNNN.jpg`.

    Args:
        root: folder to make; images of the same names in it are replaced.
        train: images of (female, male) to train on; unequal by default, as real sets are.
        val: images of (female, male) to validate on.
        size: side of an image, pixels.
        seed: what is drawn; each image is a function of seed, split, class and number.
    """
    for split, counts in enumerate((train, val)):
        for label, (name, count) in enumerate(zip(CLASS_NAMES, counts, strict=True)):
            folder = root / SPLITS[split] / name
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(count):
                rng = np.random.default_rng((seed, split, label, number))
                picture = Image.fromarray(draw_face(label, size, rng))
                picture.save(folder / f"face{number:04d}.jpg", quality=92)


def draw_face(label: int, size: int, rng: np.random.Generator) -> Picture:
    """Draw a face by chance.

    Args:
        label: 0 female, in stripes; 1 male, in checks.
        size: side of the image, pixels.
        rng: decides what is drawn; in the same state it draws the same face.

    Returns:
        uint8 (size, size, 3), RGB.
    """
    unit = size * rng.uniform(0.85, 1.15)
    middle = rng.uniform(0.44, 0.56, 2) * size
    wall, skin = rng.uniform(30, 225, 3), rng.uniform(150, 235, 3)
    ink = skin * 0.35

    picture = np.full((size, size, 3), wall, np.uint8)
    cloth = _cloth(label, size, rng)
    clothed = np.zeros((size, size), np.uint8)
    _ellipse(clothed, middle, unit, (0, 0.62), (0.5, 0.32), _FULL)
    picture[clothed > 127] = cloth[clothed > 127]
    _ellipse(picture, middle, unit, (0, 0.02), (0.23, 0.31), skin)
    clothed[:] = 0
    _ellipse(clothed, middle, unit, (0, -0.24), (0.28, 0.2), _FULL)
    picture[clothed > 127] = cloth[clothed > 127]
    for side in (-1, 1):
        _ellipse(picture, middle, unit, (0.09 * side, 0.02), (0.03, 0.022), ink)
    _ellipse(picture, middle, unit, (0, 0.14), (0.1, rng.uniform(0.02, 0.07)), ink, mouth=True)
    noise = rng.integers(-9, 10, picture.shape, dtype=np.int16)
    return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def _cloth(label: int, size: int, rng: np.random.Generator) -> Picture:
    """Narrow stripes (0) or broad checks (1) at any angle, about twelve or four to the side, in two colours."""
    angle = rng.uniform(0, np.pi)
    period = (rng.uniform(0.07, 0.09) if label == 0 else rng.uniform(0.2, 0.3)) * size
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) * np.float32(2 * np.pi / period)
    phases = rng.uniform(0, 2 * np.pi, 2).astype(np.float32)
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    light = np.sin(x * cos + y * sin + phases[0]) > 0
    if label == 1:
        light ^= np.sin(y * cos - x * sin + phases[1]) > 0
    colours = np.stack([rng.uniform(0, 90, 3), rng.uniform(140, 255, 3)]).astype(np.uint8)
    return np.asarray(colours[light.astype(np.intp)], np.uint8)


def _ellipse(
    picture: Picture,
    middle: NDArray[np.float64],
    unit: float,
    centre: tuple[float, float],
    axes: tuple[float, float],
    colour: NDArray[np.float64],
    mouth: bool = False,
) -> None:
    """Fill an ellipse given in units of the drawing around its middle; of a mouth draw the lower rim only."""
    fixed = 1 << _SHIFT
    at = np.round((middle + np.array(centre) * unit) * fixed).astype(int)
    half = np.round(np.array(axes) * unit * fixed).astype(int)
    degrees, width = (180, max(1, round(unit / 60))) if mouth else (360, -1)
    cv2.ellipse(picture, at.tolist(), half.tolist(), 0, 0, degrees, colour.tolist(), width, cv2.LINE_AA, _SHIFT)
