"""How much each degradation does at a strength, in its own unit: what `degrade` computes with and what tables say.

Lengths are shares of the image's short side, so that a strength looks the same at any size; texts give them for a
face crop of 224 pixels.
"""

from __future__ import annotations

import math
from collections.abc import Callable

REFERENCE = 224
"""Side of the crop, pixels, that texts of `amount` speak of."""


def blur_sigma(strength: float) -> float:
    """Give the standard deviation of the Gaussian that blurs.

    Args:
        strength: 0 to 1.

    Returns:
        Share of the short side, 0.002 to 0.035.
    """
    return 0.002 + 0.033 * math.pow(strength, 1.5)


def defocus_radius(strength: float) -> float:
    """Give the radius of the disk that a point becomes out of focus.

    Args:
        strength: 0 to 1.

    Returns:
        Share of the short side, 0.004 to 0.054.
    """
    return 0.004 + 0.05 * math.pow(strength, 1.5)


def motion_length(strength: float) -> float:
    """Give the length of the trace that a point leaves in motion.

    Args:
        strength: 0 to 1.

    Returns:
        Share of the short side, 0.01 to 0.18.
    """
    return 0.01 + 0.17 * math.pow(strength, 1.5)


def fog_cover(strength: float) -> float:
    """Give how much of the light is the fog's where it is thickest.

    Args:
        strength: 0 to 1.

    Returns:
        Share of the light, 0.1 to 0.85.
    """
    return 0.1 + 0.75 * strength


def rain_streaks(strength: float) -> int:
    """Give the number of streaks of rain.

    Args:
        strength: 0 to 1.

    Returns:
        Streaks over the whole image, 20 to 250.
    """
    return round(20 + 230 * strength)


def snow_flakes(strength: float) -> int:
    """Give the number of flakes of snow.

    Args:
        strength: 0 to 1.

    Returns:
        Flakes over the whole image, 20 to 360.
    """
    return round(20 + 340 * strength)


def spattered_area(strength: float) -> float:
    """Give how much of the image is under drops or mud.

    Args:
        strength: 0 to 1.

    Returns:
        Share of the area, 0.005 to 0.405.
    """
    return 0.005 + 0.4 * strength


def low_light_exposure(strength: float) -> float:
    """Give how much of the light is left.

    Args:
        strength: 0 to 1.

    Returns:
        Factor to the light, 0.98 down to 0.08.
    """
    return 0.9 * math.pow(1.0 - strength, 1.7) + 0.08


def over_exposure_gain(strength: float) -> float:
    """Give the factor to the levels, before an offset of 50 levels times the strength.

    Args:
        strength: 0 to 1.

    Returns:
        1.1 to 3.05.
    """
    return 1.1 + 1.95 * math.pow(strength, 1.3)


def uneven_gains(strength: float) -> tuple[float, float]:
    """Give the factors to the levels on the dark and on the bright side.

    Args:
        strength: 0 to 1.

    Returns:
        Dark side, 1 down to 0.07; bright side, 1 to 1.7.
    """
    return 1.0 - 0.93 * strength, 1.0 + 0.7 * strength


def noise_deviation(strength: float) -> float:
    """Give the standard deviation of the noise.

    Args:
        strength: 0 to 1.

    Returns:
        Levels of 255, 3 to 70.
    """
    return 3.0 + 67.0 * math.pow(strength, 1.3)


def jpeg_quality(strength: float) -> int:
    """Give the quality of the JPEG file, as the Independent JPEG Group's library counts it.

    Args:
        strength: 0 to 1.

    Returns:
        83 down to 3; the library's scale is 1 to 100.
    """
    return round(80 * math.pow(1.0 - strength, 2.2) + 3)


def resolution_left(strength: float) -> float:
    """Give how much of the side's pixels is left; equal steps of strength divide it by equal factors.

    Args:
        strength: 0 to 1.

    Returns:
        Share of the side, 0.6 down to 0.107: 24 pixels of 224.
    """
    return 0.6 * math.pow(24.0 / 224.0 / 0.6, strength)


def occluded_area(strength: float) -> float:
    """Give how much of the image is covered.

    Args:
        strength: 0 to 1.

    Returns:
        Share of the area, 0.005 to 0.405.
    """
    return 0.005 + 0.4 * strength


def _pixels(share: float) -> str:
    return f"{share * REFERENCE:.1f} px"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


_TEXTS: dict[str, Callable[[float], str]] = {
    "blur": lambda s: f"deviation {_pixels(blur_sigma(s))}",
    "defocus": lambda s: f"radius {_pixels(defocus_radius(s))}",
    "motion": lambda s: f"trace {_pixels(motion_length(s))}",
    "fog": lambda s: f"up to {_percent(fog_cover(s))} fog",
    "rain": lambda s: f"{rain_streaks(s)} streaks",
    "snow": lambda s: f"{snow_flakes(s)} flakes",
    "spatter": lambda s: f"{_percent(spattered_area(s))} of area",
    "low_light": lambda s: f"{math.log2(low_light_exposure(s)):+.1f} EV",
    "over_exposure": lambda s: f"{math.log2(over_exposure_gain(s)):+.1f} EV",
    "uneven_light": lambda s: f"{math.log2(uneven_gains(s)[1] / uneven_gains(s)[0]):.1f} EV apart",
    "noise": lambda s: f"deviation {noise_deviation(s):.0f}, {20 * math.log10(255 / noise_deviation(s)):.0f} dB",
    "jpeg": lambda s: f"quality {jpeg_quality(s)}",
    "low_resolution": lambda s: f"{round(resolution_left(s) * REFERENCE)} px",
    "occlusion": lambda s: f"{_percent(occluded_area(s))} of area",
}


def amount(kind: str, strength: float) -> str:
    """Say what a degradation does to a crop of 224 pixels at a strength, in its unit.

    Units are pixels, shares of the area, EV (doublings of the light), and levels of 255 with the ratio of signal to
    noise in dB of full scale.

    Args:
        kind: one of `corruptions.image.KINDS`.
        strength: 0 to 1.

    Returns:
        A few words, such as `deviation 3.1 px` or `quality 20`.

    Raises:
        KeyError: an unknown kind.
    """
    return _TEXTS[kind](strength)
