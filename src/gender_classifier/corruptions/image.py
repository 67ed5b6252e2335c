"""Degradations that a camera, the weather or a file may bring: one implementation, for training and for measuring.

After Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations", ICLR 2019, and Greco et al., "Gender recognition in the wild: a robustness evaluation over
corrupted images", 2020, with strengths of our own on a continuous scale; `corruptions.levels` has them in units.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image

from gender_classifier.corruptions import levels as amounts
from gender_classifier.images.types import Picture

Generator = np.random.Generator


def degrade(picture: Picture, kind: str, strength: float, rng: Generator) -> Picture:
    """Make a degraded copy of an image.

    Args:
        picture: uint8 (H, W, 3), RGB; it is not changed.
        kind: one of `KINDS`.
        strength: 0 (hardly changed) to 1 (as hard as a person can still tell); 0.5 is a plainly bad photo.
        rng: decides what is random (places of drops, direction of motion); in the same state it does the same.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        ValueError: an unknown kind, or a strength outside 0 to 1.
    """
    if kind not in _KINDS:
        raise ValueError(f"unknown degradation {kind!r}; known are {', '.join(KINDS)}")
    if not 0.0 <= strength <= 1.0:
        raise ValueError(f"strength {strength} is not within 0 to 1")
    return _KINDS[kind](picture, strength, rng)


def _to_uint8(values: ArrayLike) -> Picture:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _side(picture: Picture) -> int:
    return min(int(picture.shape[0]), int(picture.shape[1]))


def _mix(picture: Picture, cover: NDArray[np.float32], over: ArrayLike) -> Picture:
    """`over` laid on the image where `cover`, float32 (H, W) in 0 ... 1, says so."""
    share = cover[..., None]
    return _to_uint8(picture * (1.0 - share) + np.asarray(over, np.float32) * share)


def _cover(drawn: NDArray[np.uint8], sigma: float) -> NDArray[np.float32]:
    """What was drawn, 0 ... 255, as a soft share 0 ... 1. (OpenCV draws smooth edges on uint8 alone.)"""
    return np.asarray(cv2.GaussianBlur(drawn.astype(np.float32) / 255.0, (0, 0), sigma), np.float32)


def _noise_field(shape: tuple[int, ...], cell: float, rng: Generator) -> NDArray[np.float32]:
    """Smooth noise in 0 ... 1, (H, W), with structures of about `cell` of the side."""
    height, width = shape[:2]
    total = np.zeros((height, width), np.float32)
    for octave, weight in ((1, 0.6), (2, 0.3), (4, 0.1)):
        cells = max(2, round(octave / cell))
        coarse = rng.random((cells, cells), np.float32)
        fine = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
        total += np.float32(weight) * np.asarray(fine, np.float32)
    return np.clip(total, 0.0, 1.0)


def _blur(picture: Picture, strength: float, rng: Generator) -> Picture:
    sigma = amounts.blur_sigma(strength) * _side(picture)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma), np.uint8)


def _defocus(picture: Picture, strength: float, rng: Generator) -> Picture:
    radius = amounts.defocus_radius(strength) * _side(picture)
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    # Soft at the rim, so that the kernel grows smoothly with the radius.
    disk = np.clip(radius + 0.5 - np.hypot(x, y), 0.0, 1.0).astype(np.float32)
    return np.asarray(cv2.filter2D(picture, -1, disk / disk.sum()), np.uint8)


def _motion(picture: Picture, strength: float, rng: Generator) -> Picture:
    length = max(1.0, amounts.motion_length(strength) * _side(picture))
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
    thickness = np.float32(amounts.fog_cover(strength)) * (0.7 + 0.3 * _noise_field(picture.shape, 0.4, rng))
    return _mix(picture, thickness, rng.uniform(200.0, 240.0))


def _rain(picture: Picture, strength: float, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    streaks = np.zeros((height, width), np.uint8)
    length, slant = 0.05 + 0.12 * strength, rng.uniform(-0.35, 0.35)
    drops = rng.random((amounts.rain_streaks(strength), 4))
    starts = drops[:, :2] * (width, height)
    reaches = length * (0.6 + 0.8 * drops[:, 2]) * height
    ends = np.rint(starts + reaches[:, None] * (slant, 1.0)).astype(int).tolist()
    thickness = max(1, _side(picture) // 160)
    for start, end, light in zip(np.rint(starts).astype(int).tolist(), ends, drops[:, 3].tolist(), strict=True):
        cv2.line(streaks, start, end, 100 + 155 * light, thickness, cv2.LINE_AA)
    cover = _cover(streaks, 0.004 * _side(picture) + 0.1) * np.float32(0.3 + 0.45 * strength)
    return _mix(_to_uint8(picture * np.float32(1.0 - 0.35 * strength)), cover, 215.0)


def _snow(picture: Picture, strength: float, rng: Generator) -> Picture:
    # Flakes nearby are few, large, out of focus and faint; those far off are many, small and bright.
    height, width = picture.shape[:2]
    near, far = (np.zeros((height, width), np.uint8) for _ in range(2))
    fall = np.array((rng.uniform(-0.7, 0.7), 1.0))
    flakes = rng.random((amounts.snow_flakes(strength), 4))
    starts = flakes[:, :2] * (width, height)
    radii = _side(picture) * (0.002 + 0.016 * flakes[:, 2] ** 4 * (0.5 + strength))
    ends = np.rint((starts + 1.5 * radii[:, None] * fall) * 16).astype(int).tolist()
    places = np.rint(starts * 16).astype(int).tolist()
    for start, end, radius, light in zip(places, ends, radii.tolist(), flakes[:, 3].tolist(), strict=True):
        layer = near if radius > 0.008 * _side(picture) else far
        cv2.line(layer, start, end, 100 + 140 * light, max(1, round(2 * radius)), cv2.LINE_AA, 4)
    cover = np.maximum(_cover(far, 0.002 * _side(picture) + 0.1), _cover(near, 0.009 * _side(picture) + 0.1))
    pale = picture * np.float32(1.0 - 0.35 * strength) + np.float32(235.0 * 0.35 * strength)
    return _mix(_to_uint8(pale), cover, 250.0)


def _spatter(picture: Picture, strength: float, rng: Generator) -> Picture:
    # Mud hides; water on the lens shows what is behind it smeared and paler, with a dark rim.
    field = _noise_field(picture.shape, 0.07, rng)
    step = max(1, _side(picture) // 64)
    cut = float(np.quantile(field[::step, ::step], 1.0 - amounts.spattered_area(strength)))
    cover = np.clip((field - np.float32(cut)) * 12.0, 0.0, 0.9).astype(np.float32)
    if rng.random() < 0.5:
        return _mix(picture, cover, np.array((63.0, 42.0, 20.0), np.float32))
    height, width = picture.shape[:2]
    tiny = cv2.resize(picture, (8, 8), interpolation=cv2.INTER_AREA)
    smeared = cv2.resize(tiny.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    rim = 4.0 * cover * (0.9 - cover)
    return _mix(picture, cover, 0.75 * smeared + 60.0 - 90.0 * rim[..., None])


def _low_light(picture: Picture, strength: float, rng: Generator) -> Picture:
    # Fewer photons: darker, bent by the camera's curve, and noisy, for shot noise grows in proportion.
    level = (np.arange(256) / 255.0) ** (1.0 + 0.3 * strength) * amounts.low_light_exposure(strength)
    photons = 4000.0 * (1.0 - strength) ** 2 + 250.0
    deviation = np.sqrt(level / photons + 2e-5 * strength)
    mean, spread = (cv2.LUT(picture, np.asarray(255.0 * table, np.float32)) for table in (level, deviation))
    return _to_uint8(mean + spread * rng.standard_normal(picture.shape, np.float32))


def _over_exposure(picture: Picture, strength: float, rng: Generator) -> Picture:
    return _to_uint8(picture * np.float32(amounts.over_exposure_gain(strength)) + np.float32(50.0 * strength))


def _uneven_light(picture: Picture, strength: float, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    angle, soft, off = rng.uniform(0.0, 2.0 * math.pi), rng.uniform(5.0, 14.0), rng.uniform(-0.15, 0.15)
    y = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, width, dtype=np.float32)[None]
    bright = 1.0 / (1.0 + np.exp(-np.float32(soft) * (x * math.cos(angle) + y * math.sin(angle) + off)))
    darker, brighter = amounts.uneven_gains(strength)
    gain = darker * (1.0 - bright) + brighter * bright
    return _to_uint8(picture * gain[..., None])


def _noise(picture: Picture, strength: float, rng: Generator) -> Picture:
    deviation = np.float32(amounts.noise_deviation(strength))
    return _to_uint8(picture + deviation * rng.standard_normal(picture.shape, np.float32))


def _jpeg(picture: Picture, strength: float, rng: Generator) -> Picture:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=amounts.jpeg_quality(strength))
    with Image.open(buffer) as image:
        return np.array(image, np.uint8)


def _low_resolution(picture: Picture, strength: float, rng: Generator) -> Picture:
    height, width = picture.shape[:2]
    scale = amounts.resolution_left(strength)
    small = (max(1, round(width * scale)), max(1, round(height * scale)))
    down = cv2.resize(picture, small, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(down, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _occlusion(picture: Picture, strength: float, rng: Generator) -> Picture:
    # A hand, a cup, a scarf, another's head: a turned box or an oval in a muted colour, with some relief.
    height, width = picture.shape[:2]
    area = amounts.occluded_area(strength) * height * width
    aspect, angle = math.exp(rng.uniform(-0.7, 0.7)), rng.uniform(0.0, 180.0)
    sides = (math.sqrt(area * aspect), math.sqrt(area / aspect))
    centre = (float(rng.uniform(0.2, 0.8)) * width, float(rng.uniform(0.2, 0.8)) * height)
    mask = np.zeros((height, width), np.uint8)
    if rng.random() < 0.5:
        corners = np.rint(cv2.boxPoints((centre, sides, angle)) * 16).astype(np.int32)
        cv2.fillConvexPoly(mask, corners, 255, cv2.LINE_AA, 4)
    else:
        # An ellipse of these axes has the same area.
        cv2.ellipse(
            mask, (centre, tuple(side * math.sqrt(4.0 / math.pi) for side in sides), angle), 255, -1, cv2.LINE_AA
        )
    x, y, w, h = cv2.boundingRect(mask)
    inside = (slice(max(0, y - 2), y + h + 2), slice(max(0, x - 2), x + w + 2))
    cover = _cover(mask[inside], 0.003 * _side(picture) + 0.1)
    colour = (rng.uniform(20.0, 230.0) + rng.normal(0.0, 25.0, 3)).astype(np.float32)
    relief = 80.0 * (_noise_field(cover.shape, 0.3, rng)[..., None] - 0.5)
    covered = picture.copy()
    covered[inside] = _mix(picture[inside], cover, colour + relief)
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
