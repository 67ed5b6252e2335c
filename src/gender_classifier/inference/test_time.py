"""Views of a crop for test-time augmentation, by name."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from gender_classifier.errors import UserError
from gender_classifier.images.types import Crops

# Scale about the centre, and shift to the right and down as shares of the side.
_MOVES: dict[str, tuple[float, float, float]] = {
    "zoom_in": (1.08, 0.0, 0.0),
    "zoom_out": (0.92, 0.0, 0.0),
    "shift_left": (1.0, -0.03, 0.0),
    "shift_right": (1.0, 0.03, 0.0),
    "shift_up": (1.0, 0.0, -0.03),
    "shift_down": (1.0, 0.0, 0.03),
}
VIEW_NAMES: tuple[str, ...] = ("identity", "hflip", *_MOVES)
DEFAULT_VIEWS: tuple[str, ...] = ("identity", "hflip")


def check_views(names: Sequence[str]) -> None:
    """Refuse unknown views.

    Args:
        names: of views; each is one of `VIEW_NAMES`, or several joined by `+`.

    Raises:
        UserError: a name with an unknown part; the message lists the known ones.
    """
    for name in names:
        for part in name.split("+"):
            if part not in VIEW_NAMES:
                raise UserError(f"view `{part}` is not known; known are {', '.join(VIEW_NAMES)}, joined by +")


def apply_view(crops: Crops, name: str) -> Crops:
    """Give a view of crops: mirrored, zoomed or shifted.

    Args:
        crops: uint8 (N, H, W, 3).
        name: of the view, as in a model's metadata; parts joined by `+` apply in turn.

    Returns:
        uint8 (N, H, W, 3), contiguous; of `identity` it may be `crops` itself.

    Raises:
        UserError: an unknown view.
    """
    check_views([name])
    for part in name.split("+"):
        if part == "hflip":
            crops = crops[:, :, ::-1]
        elif part in _MOVES:
            crops = _move(crops, *_MOVES[part])
    return np.ascontiguousarray(crops)


def _move(crops: Crops, scale: float, right: float, down: float) -> Crops:
    height, width = crops.shape[1:3]
    cx, cy = (width - 1) / 2, (height - 1) / 2
    matrix = np.array([[scale, 0.0, cx * (1 - scale) + right * width], [0.0, scale, cy * (1 - scale) + down * height]])
    moved = [
        cv2.warpAffine(crop, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for crop in crops
    ]
    return np.stack(moved).astype(np.uint8, copy=False) if moved else crops
