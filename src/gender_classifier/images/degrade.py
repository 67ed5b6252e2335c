"""Degradations that a camera, the weather or a file may bring: one implementation, for training and for measuring.

After Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations", ICLR 2019, and Greco et al., "Benchmarking deep network architectures for ethnicity
recognition", 2020 (face pictures), with strengths of our own on a continuous scale.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Picture = NDArray[np.uint8]
Generator = np.random.Generator


def degrade(picture: Picture, kind: str, strength: float, rng: Generator) -> Picture:
    """A degraded copy of uint8 (H, W, 3).

    Args:
        picture: RGB.
        kind: one of :data:`KINDS`.
        strength: 0 (hardly changed) to 1 (as hard as a person can still tell); 0.5 is a plainly bad photo.
        rng: what is random (places of drops, direction of motion) is a function of it alone.

    Raises:
        ValueError: an unknown kind, or a strength outside 0 to 1.
    """
    if kind not in _KINDS:
        raise ValueError(f"unknown degradation {kind!r}; known are {', '.join(KINDS)}")
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength {strength} is not within 0 to 1")
    return _KINDS[kind](picture, strength, rng)


def _to_uint8(values: NDArray[np.floating]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _side(picture: Picture) -> int:
    return min(picture.shape[:2])


def _noise_field(shape: tuple[int, ...], cell: float, rng: Generator) -> NDArray[np.float32]:
    """Smooth noise in 0 ... 1, (H, W), with structures of about ``cell`` of the side."""
    height, width = shape[:2]
    total = np.zeros((height, width), np.float32)
    for octave, weight in ((1, 0.6), (2, 0.3), (4, 0.1)):
        cells = max(2, round(octave / cell))
        coarse = rng.random((cells, cells), np.float32)
        total += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(total, 0.0, 1.0)


def _blur(picture: Picture, strength: float, rng: Generator) -> Picture:
    sigma = 0.002 * _side(picture) + 0.033 * _side(picture) * strength**1.5
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def _defocus(picture: Picture, strength: float, rng: Generator) -> Picture:
    radius = 0.004 * _side(picture) + 0.05 * _side(picture) * strength**1.5
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    # Soft at the rim, so that the kernel grows smoothly with the radius.
    disk = np.clip(radius + 0.5 - np.hypot(x, y), 0.0, 1.0).astype(np.float32)
    return np.asarray(cv2.filter2D(picture, -1, disk / disk.sum()), np.uint8)


def _motion(picture: Picture, strength: float, rng: Generator) -> Picture:
    length = max(1.0, 0.01 * _side(picture) + 0.17 * _side(picture) * strength**1.5)
    angle = rng.uniform(0.0, math.pi)
    size = 2 * math.ceil(length / 2) + 1
    kernel = np.zeros((size, size), np.float32)
    middle = size // 2
    dx, dy = math.cos(angle) * length / 2, math.sin(angle) * length / 2
    ends = [(round((middle + s * dx) * 16), round((middle + s * dy) * 16)) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1, cv2.LINE_AA, 4)
    if kernel.sum() == 0.0:
        return picture.copy()
    return np.asarray(cv2.filter2D(picture, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE), np.uint8)


def _fog(picture: Picture, strength: float, rng: Generator) -> Picture:
    thickness = (0.1 + 0.75 * strength) * (0.7 + 0.3 * _noise_field(picture.shape, 0.4, rng))[..., None]
    airlight = rng.uniform(200.0, 240.0)
    return _to_uint8(picture * (1.0 - thickness) + airlight * thickness)


def _rain(picture: Picture, strength: float, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    drops = np.zeros((height, width), np.float32)
    length, slant = 0.05 + 0.12 * strength, rng.uniform(-0.35, 0.35)
    for x, y in rng.random((round(30 + 220 * strength), 2)):
        reach = length * rng.uniform(0.6, 1.4) * height
        start = (round(x * width), round(y * height))
        end = (round(start[0] + slant * reach), round(start[1] + reach))
        cv2.line(drops, start, end, float(rng.uniform(0.4, 1.0)), max(1, _side(picture) // 160), cv2.LINE_AA)
    drops = cv2.GaussianBlur(drops, (0, 0), 0.004 * _side(picture) + 0.1)[..., None] * (0.35 + 0.4 * strength)
    dull = picture * (1.0 - 0.35 * strength)
    return _to_uint8(dull * (1.0 - drops) + 215.0 * drops)


def _snow(picture: Picture, strength: float, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    flakes = np.zeros((height, width), np.float32)
    for x, y, size in rng.random((round(30 + 330 * strength), 3)):
        radius = _side(picture) * (0.003 + 0.014 * size**3 * (0.5 + strength))
        cv2.circle(flakes, (round(x * width), round(y * height)), max(1, round(radius)), 1.0, -1, cv2.LINE_AA)
    flakes = cv2.GaussianBlur(flakes, (0, 0), 0.003 * _side(picture) + 0.1)[..., None]
    pale = picture * (1.0 - 0.3 * strength) + 235.0 * 0.3 * strength
    return _to_uint8(pale * (1.0 - flakes) + 250.0 * flakes)


def _spatter(picture: Picture, strength: float, rng: Generator) -> Picture:
    field = _noise_field(picture.shape, 0.07, rng)
    cut = float(np.quantile(field, 1.0 - (0.04 + 0.36 * strength)))
    cover = np.clip((field - cut) * 12.0, 0.0, 0.85)[..., None]
    colour = np.array((63.0, 42.0, 20.0)) if rng.random() < 0.5 else np.array((175.0, 238.0, 238.0))
    return _to_uint8(picture * (1.0 - cover) + colour * cover)


def _low_light(picture: Picture, strength: float, rng: Generator) -> Picture:
    # Fewer photons: darker, bent by the camera's curve, and noisy, for shot noise grows in proportion.
    exposure = 0.7 * (1.0 - strength) ** 1.5 + 0.06
    light = (picture / 255.0) ** (1.0 + 0.6 * strength) * exposure
    photons = 4000.0 * (1.0 - strength) ** 2 + 250.0
    noisy = light + rng.standard_normal(picture.shape, np.float32) * np.sqrt(light / photons + 2e-5 * strength)
    return _to_uint8(noisy * 255.0)


def _over_exposure(picture: Picture, strength: float, rng: Generator) -> Picture:
    gain = 1.15 + 1.9 * strength**1.3
    return _to_uint8(picture * gain + 50.0 * strength)


def _uneven_light(picture: Picture, strength: float, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    angle, soft = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(3.0, 8.0)
    y, x = np.mgrid[-0.5 : 0.5 : height * 1j, -0.5 : 0.5 : width * 1j]  # type: ignore[misc]
    bright = 1.0 / (1.0 + np.exp(-soft * (x * math.cos(angle) + y * math.sin(angle) + rng.uniform(-0.15, 0.15))))
    gain = (1.0 - 0.93 * strength) * (1.0 - bright) + (1.0 + 0.7 * strength) * bright
    return _to_uint8(picture * gain[..., None])


def _noise(picture: Picture, strength: float, rng: Generator) -> Picture:
    deviation = 4.0 + 66.0 * strength**1.3
    return _to_uint8(picture + deviation * rng.standard_normal(picture.shape, np.float32))


def _jpeg(picture: Picture, strength: float, rng: Generator) -> Picture:
    quality = max(2, round(60 * (1.0 - strength) ** 1.5 + 3))
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    with Image.open(buffer) as image:
        return np.array(image, np.uint8)


def _low_resolution(picture: Picture, strength: float, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    # In proportion, from 0.6 of the side down to a ninth of it: 24 pixels of 224.
    scale = 0.6 * (24.0 / 224.0 / 0.6) ** strength
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    down = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(down, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _occlusion(picture: Picture, strength: float, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    share = 0.03 + 0.4 * strength
    aspect = math.exp(rng.uniform(-0.7, 0.7))
    h = min(height, max(1, round(height * math.sqrt(share * aspect))))
    w = min(width, max(1, round(width * math.sqrt(share / aspect))))
    top, left = int(rng.integers(0, height - h + 1)), int(rng.integers(0, width - w + 1))
    covered = picture.copy()
    colour = rng.integers(0, 256, 3)
    texture = 40.0 * (_noise_field((h, w), 0.3, rng)[..., None] - 0.5)
    covered[top : top + h, left : left + w] = _to_uint8(colour + texture)
    return covered


_KINDS: dict[str, Callable[[Picture, float, Generator], Picture]] = {
    "blur": _blur,
    "defocus": _defocus,
    "motion": _motion,
    "fog": _fog,
    "rain": _rain,
    "snow": _snow,
    "spatter": _spatter,
    "low_light": _low_light,
    "over_exposure": _over_exposure,
    "uneven_light": _uneven_light,
    "noise": _noise,
    "jpeg": _jpeg,
    "low_resolution": _low_resolution,
    "occlusion": _occlusion,
}

KINDS: tuple[str, ...] = tuple(_KINDS)
"""Names of the degradations."""
