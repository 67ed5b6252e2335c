"""Whether one grey image is the other, or a slight crop of it: what a hash suggests is confirmed on pixels.

Two photographs before one wall agree in their outlines and in their broad light and shade; a copy agrees in its details
everywhere. So both are laid over one another to a fraction of a pixel, by no more than a copy needs: shift, scale and a
slight turn, since faces are cropped upright. What is correlated then is their detail, without the broad shading and
without the finest, which re-encoding and resizing change; and each place counts alike, for otherwise a strong outline
would outweigh a face.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gender_classifier.audit.hashes import THUMB

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
Window = tuple[float, float, float, float]

SAME = 0.93
"""Correlation of details from which two images are one; `benchmarks/duplicates.py` shows how far apart both lie."""

_WORTH = 0.4  # correlation, before the images are laid over one another exactly, below which no copy lies
_FINE, _BROAD = 0.8, 4.0  # standard deviations, pixels of the grey copy
_NOISE = 3.0  # grey values; detail much below it is left as faint as it is
_STEPS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
_ALL = np.full((THUMB, THUMB), 255, np.uint8)  # no part of an image is left out
_MARGIN = 3  # pixels at the border, where filters see what is not there
# Copies are hardly sheared, and turned and cropped by little; other images are made to fit by any of it.
_SHEAR, _TURN, _SCALE = 0.03, 0.1, 0.15


def correlation(whole: Grey, part: Grey, window: Window) -> float:
    """Measure how far the details of `part` are those of `whole` within about `window`.

    Args:
        whole: grey copy of an image, uint8 (THUMB, THUMB).
        part: grey copy of what may be a crop of it, uint8 (THUMB, THUMB).
        window: x0, y0, x1, y1 as shares of the sides of `whole`; where the search for the best place begins.

    Returns:
        Normalised correlation, -1 to 1; 0 where either shows no detail. From `SAME` on both are one image.
    """
    x0, y0, x1, y1 = window
    scale = np.array([x1 - x0, y1 - y0])
    shift = np.array([x0, y0]) * THUMB + (scale - 1) / 2  # pixel centres are at whole numbers
    warp = np.array([[scale[0], 0, shift[0]], [0, scale[1], shift[1]]], np.float32)
    seen = np.asarray(part, np.float32)
    rough = _agreement(_band(_laid(whole, warp)), _band(seen))
    if rough < _WORTH:
        return rough
    try:
        # Evangelidis and Psarakis, "Parametric Image Alignment Using Enhanced Correlation Coefficient", TPAMI 2008.
        _, found = cv2.findTransformECC(part, whole, warp.copy(), cv2.MOTION_AFFINE, _STEPS, _ALL, 5)
    except cv2.error:  # it did not converge
        found = warp
    exact = np.asarray(found, np.float32)
    if not _slight(exact):
        exact = warp
    return _agreement(_even(_band(_laid(whole, exact))), _even(_band(seen)))


def _slight(warp: Floats) -> bool:
    """Whether a copy may have been moved so."""
    shear, turn = abs(warp[0, 1] + warp[1, 0]), abs(warp[0, 1] - warp[1, 0]) / 2
    return bool(shear <= _SHEAR and turn <= _TURN and np.abs(np.diag(warp) - 1).max() <= _SCALE)


def _laid(whole: Grey, warp: Floats) -> Floats:
    """What of `whole` `part` would show."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    laid = cv2.warpAffine(whole, warp, (THUMB, THUMB), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.float32)


def _band(grey: Floats) -> Floats:
    """Detail between the finest and the broad."""
    return np.asarray(cv2.GaussianBlur(grey, (0, 0), _FINE) - cv2.GaussianBlur(grey, (0, 0), _BROAD), np.float32)


def _even(detail: Floats) -> Floats:
    """Detail divided by its own strength round about, so that all places count alike."""
    strength = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), _BROAD))
    return np.asarray(detail / (strength + _NOISE), np.float32)


def _agreement(a: Floats, b: Floats) -> float:
    """Normalised correlation within the margin."""
    inner = slice(_MARGIN, -_MARGIN)
    x, y = a[inner, inner] - a[inner, inner].mean(), b[inner, inner] - b[inner, inner].mean()
    length = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float((x * y).sum()) / length if length > 1e-3 else 0.0
