"""Where in a crop the evidence for an answer lies: what covering each place does to the logit.

Source: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.2 (occlusion
sensitivity). A patch covers one place after another; what the logit loses by it is the evidence below it. Patches
overlap, and a cell's evidence is the mean over the patches, each weighted by how much of the cell it covers. The
network is asked and never opened, so any model file will do.

The source's patch is a grey square, which is an object of its own and moves the logit wherever it stands; a patch that
shows the crop blurred leaves some evidence in place. The map is the mean of both, so that it depends less on what
covers. What was measured: docs/explanation/evidence.md.

A map says where evidence lies, not why it is evidence, and no finer than the patch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gender_classifier.images.types import Crops
from gender_classifier.inference.classifier import GenderClassifier

Maps = NDArray[np.float32]


@dataclass(frozen=True)
class Cover:
    """What covers a crop, and where. Lengths are shares of the crop's side.

    Example:
        >>> Cover(cells=4).windows(32).shape
        (16, 32, 32)

    Attributes:
        cells: patches from one side of the crop to the other, and from top to bottom; each lies over the middle of a
            cell of a grid that fills the crop, and reaches beyond it where the cell stands at the border.
        patch: side of the patch.
        edge: width of a soft edge, within which it goes from covering all to nothing; at least a pixel.
        blur: sigma of the Gaussian blur of what it shows; 0: the crop's mean colour.
        grey: the mean of that and of a patch that shows the crop's mean colour.
    """

    cells: int = 8
    patch: float = 0.25
    edge: float = 0.0
    blur: float = 0.125
    grey: bool = False

    def windows(self, size: int) -> NDArray[np.float32]:
        """Compute how much of each pixel each patch covers.

        Args:
            size: side of the crop, pixels.

        Returns:
            float32 (cells ** 2, size, size), 0 to 1; the patches follow one another row by row.
        """
        along = self._along(size)
        both = along[:, None, :, None] * along[None, :, None, :]
        return both.reshape(-1, size, size).astype(np.float32)

    def weights(self) -> NDArray[np.float64]:
        """Compute how much each patch counts in a cell: its share of all that patches cover there.

        Returns:
            float64 (cells ** 2, cells ** 2), a row a cell and a column a patch; each row adds up to 1.
        """
        by_patch = self._along(_FINE * self.cells)
        covered = by_patch.reshape(self.cells, self.cells, _FINE).mean(axis=2).T
        shares = covered / covered.sum(axis=1, keepdims=True)
        return np.kron(shares, shares)

    def _along(self, size: int) -> NDArray[np.float64]:
        """How much of each pixel of a row the patches cover, (cells, size)."""
        middles = (np.arange(size) + 0.5) / size
        centres = (np.arange(self.cells) + 0.5) / self.cells
        distance = np.abs(middles - centres[:, None])
        edge = max(self.edge, 1 / size)
        along: NDArray[np.float64] = np.clip((self.patch / 2 - distance) / edge + 0.5, 0, 1)
        return along

    def fills(self, crop: Crops) -> list[NDArray[np.float32]]:
        """Give what patches show.

        Args:
            crop: uint8 (size, size, 3) RGB.

        Returns:
            One or two images, float32 (size, size, 3), 0 to 255: the crop blurred where `blur` is above 0, then its
            mean colour where `grey` is set or `blur` is 0.
        """
        values = crop.astype(np.float32)
        shown = []
        if self.blur > 0:
            blurred = cv2.GaussianBlur(values, (0, 0), self.blur * crop.shape[0], borderType=cv2.BORDER_REPLICATE)
            shown.append(np.asarray(blurred, np.float32))
        if self.grey or self.blur <= 0:
            shown.append(np.broadcast_to(values.mean(axis=(0, 1)), values.shape).astype(np.float32))
        return shown


_FINE = 32  # points in a cell, along a side, at which it is told whether a patch covers them

COVER = Cover(grey=True)
"""As measured: docs/explanation/evidence.md."""


class OcclusionMaps:
    """Maps of crops by one model; safe to call from several threads.

    Args:
        classifier: the model.
        cover: what covers the crops.

    Example:
        >>> classifier = GenderClassifier()
        >>> size = classifier.metadata.input_size
        >>> OcclusionMaps(classifier)(np.zeros((1, size, size, 3), np.uint8)).shape
        (1, 8, 8)
    """

    def __init__(self, classifier: GenderClassifier, cover: Cover = COVER) -> None:
        self.classifier, self.cover = classifier, cover
        size = classifier.metadata.input_size
        self._windows, self._weights = cover.windows(size)[..., None], cover.weights()

    def __call__(self, crops: Crops) -> Maps:
        """Compute the evidence in each cell.

        Each value is the single view's logit less the logit with a patch over that place: the mean over the patches
        that reach into the cell. A crop costs `cells ** 2` runs of the network for each thing that patches show.

        Args:
            crops: uint8 (N, size, size, 3) RGB, as the network sees them.

        Returns:
            float32 (N, cells, cells), in logits before calibration: positive towards male.

        Raises:
            UserError: another dtype or shape.
        """
        whole = self.classifier.score_crops(crops)[0]
        shape = (len(crops), self.cover.cells, self.cover.cells)
        maps = [self._weights @ self._lost(crop, logit) for crop, logit in zip(crops, whole, strict=True)]
        return np.array(maps, np.float32).reshape(shape)

    def _lost(self, crop: Crops, logit: float) -> NDArray[np.float64]:
        """What the logit loses by each patch, (cells ** 2,): the mean over what patches show."""
        lost = logit - self.classifier.score_crops(self.covered(crop))[0].astype(np.float64)
        mean: NDArray[np.float64] = lost.reshape(-1, self.cover.cells**2).mean(axis=0)
        return mean

    def covered(self, crop: Crops) -> Crops:
        """Give copies of a crop, each with one patch on it.

        Args:
            crop: uint8 (size, size, 3) RGB.

        Returns:
            uint8 (cells ** 2, size, size, 3), patches row by row. Where patches show two things (`Cover.fills`), all
            patches of the one come first: (2 * cells ** 2, size, size, 3).
        """
        values = crop.astype(np.float32)
        parts = [values + self._windows * (fill - values) for fill in self.cover.fills(crop)]
        return np.rint(np.concatenate(parts)).astype(np.uint8)

    def checked(self, crops: Crops) -> tuple[Maps, NDArray[np.float64]]:
        """Compute maps, and check each by the map of the mirrored crop; this costs twice as much.

        A mirrored face shows the same evidence on the other side. The agreement is the correlation between a crop's
        map and its mirrored crop's, mirrored back.

        Args:
            crops: uint8 (N, size, size, 3) RGB, as the network sees them.

        Returns:
            The maps, float32 (N, cells, cells), as by calling, and the agreement of each, float64 (N,), -1 to 1: 1 at
            best, 0 where a map is flat.

        Raises:
            UserError: another dtype or shape.
        """
        maps = self(crops)
        return maps, agreement(maps, self(np.ascontiguousarray(crops[:, :, ::-1]))[:, :, ::-1])


def agreement(maps: Maps, others: Maps) -> NDArray[np.float64]:
    """Compute the correlation of each map with the other map of its place.

    Args:
        maps: (N, h, w).
        others: (N, h, w), in the same order.

    Returns:
        float64 (N,), -1 to 1; 0 where one of the two maps is flat.
    """
    one, other = (v.reshape(len(v), int(np.prod(v.shape[1:]))).astype(np.float64) for v in (maps, others))
    one, other = (values - values.mean(axis=1, keepdims=True) for values in (one, other))
    spread = np.sqrt((one**2).sum(axis=1) * (other**2).sum(axis=1))
    together: NDArray[np.float64] = (one * other).sum(axis=1)
    return np.where(spread > 0, together / np.where(spread > 0, spread, 1.0), 0.0)


def wanted_agreement(faces: int) -> float:
    """Give the least mean agreement with which maps of so many faces are shown.

    0.8 is asked of a model over many faces. Over few of them the mean strays: the standard deviation of one
    face's agreement is taken as 0.1; with the second release it is 0.13 to 0.15 (`benchmarks/explanations.py`).

    Args:
        faces: over which the mean is taken, at least 1.

    Returns:
        0.8 less three standard errors: 0.5 for one face, 0.7 for nine.
    """
    return 0.8 - 0.3 / math.sqrt(faces)
