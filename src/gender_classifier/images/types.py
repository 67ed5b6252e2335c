"""What an image and a place in it are, for type annotations."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
"""An image's pixels, uint8 (H, W, 3), RGB, upright."""
Crops = NDArray[np.uint8]
"""Crops of faces, uint8 (N, size, size, 3), RGB."""
Box = tuple[float, float, float, float]
"""x0, y0, x1, y1, pixels of an upright image; may reach beyond it."""
