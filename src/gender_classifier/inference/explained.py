"""A crop beside the map of its evidence, with the answer and a legend, as a person wants to look at it."""

from __future__ import annotations

import numpy as np

from gender_classifier.images.overlay import (
    legend,
    limits,
    lines_below,
    overlay,
)
from gender_classifier.images.resize import resize
from gender_classifier.images.types import Picture
from gender_classifier.inference.annotate import NOTE, caption
from gender_classifier.inference.occlusion import Maps, wanted_agreement
from gender_classifier.inference.results import Prediction

_LEGIBLE = 300  # pixels; smaller crops are enlarged by a whole number, so that there is room for words
_GAP = 8
_LETTERS = 14


def explained(crop: Picture, values: Maps, agrees: float, row: Prediction) -> Picture:
    """Draw a crop beside its map of evidence, with the answer and a legend below.

    A map with which the mirrored crop's does not agree is not drawn: the crop stands alone, and a line says why.

    Args:
        crop: uint8 (size, size, 3) RGB, as the network saw it.
        values: its map, float32 (h, w); drawn on a scale of its own, whose end the legend names.
        agrees: with the mirrored crop's map, -1 to 1 (`OcclusionMaps.checked`).
        row: the answer.

    Returns:
        uint8 (H, W, 3) RGB, W at least 600.
    """
    side = crop.shape[0] * max(1, -(-_LEGIBLE // crop.shape[0]))
    large, between = resize(crop, (side, side)), np.full((side, _GAP, 3), 255, np.uint8)
    width, wanted = 2 * side + _GAP, wanted_agreement(1)
    answer = f"{caption(row)} ({NOTE})"
    check = f"the mirrored crop's map agrees with it to {agrees:.2f} (1 at best, {wanted:.1f} wanted)"
    if agrees < wanted:
        blank = np.full((side, side, 3), 235, np.uint8)
        below = lines_below(width, (answer, f"No map: {check}."), _LETTERS)
        return np.concatenate([np.concatenate([large, between, blank], axis=1), below])
    end = float(np.abs(values).max())
    drawn = overlay(large, values, end)
    notes = (
        answer,
        f"The colour: by how much the logit falls (blue) or rises (orange) when the place is covered. {limits(values)}",
        f"Check: {check}.",
    )
    key = legend(width, f"female  -{end:.2f}", f"+{end:.2f}  male", notes, _LETTERS)
    return np.concatenate([np.concatenate([large, between, drawn], axis=1), key])
