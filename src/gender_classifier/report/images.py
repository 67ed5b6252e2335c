"""Images by the name that a scores table carries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.datasets import Sample
from gender_classifier.data.reading import load_input
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.occlusion import OcclusionMaps, wanted_agreement
from gender_classifier.inference.scoring import Load
from gender_classifier.system.console import say

_CHECKED = 8


class PictureSource:
    """Gives figures the images by the name that scores carry, as the network sees them.

    Args:
        samples: the images that can be asked for.
        size: side of what is given, pixels.
        fit: how an image that is not square becomes so (`images.resize.fit`).
        load: reads an image in another way, as its face's crop say, whatever `size` and `fit` are; None: as it is.

    Example:
        >>> from pathlib import Path
        >>> sample = Sample(Path("faces/a.jpg"), "a.jpg", 1)
        >>> black = PictureSource([sample], 224, "pad", load=lambda _: np.zeros((224, 224, 3), np.uint8))
        >>> black("a.jpg").shape
        (224, 224, 3)
    """

    def __init__(self, samples: Iterable[Sample], size: int, fit: str, load: Load | None = None) -> None:
        self.samples = {sample.name: sample for sample in samples}
        self.size, self.fit, self.load = size, fit, load

    def __call__(self, name: str) -> NDArray[np.uint8]:
        """Read an image, uint8 (H, W, 3), RGB.

        Args:
            name: of one of the samples.

        Raises:
            UnreadableError: the file cannot be read.
        """
        sample = self.samples[name]
        return self.load(sample) if self.load is not None else load_input(sample, self.size, self.fit)


class MapSource:
    """Gives figures where the evidence in images lies, by the names that scores carry, if the maps hold.

    They hold where the maps of the mirrored images agree with them: over at most eight of the images, evenly
    chosen, for each costs as much again as its map.

    Args:
        maps: makes them, of one model.
        pictures: gives the crops as that model takes them.

    Example:
        >>> maps, known = maps_of(GenderClassifier(), pictures)(["a.jpg", "b.jpg"])  # doctest: +SKIP
        >>> [one.shape for one in maps]  # doctest: +SKIP
        [(8, 8), (8, 8)]
    """

    def __init__(self, maps: OcclusionMaps, pictures: PictureSource) -> None:
        self.maps, self.pictures = maps, pictures

    def __call__(self, names: Sequence[str]) -> tuple[list[NDArray[np.float32]], str]:
        """Make maps, or say why there are none.

        Args:
            names: of images, one at least.

        Returns:
            Maps, float32 (h, w) each, positive towards male: one for each image, or none at all where they do not hold.
            And a sentence for readers: what to know of the maps, or why there are none.

        Raises:
            UnreadableError: an image cannot be read.
        """
        crops = [self.pictures(name) for name in names]
        chosen = sorted(set(np.linspace(0, len(crops) - 1, min(_CHECKED, len(crops))).round().astype(int).tolist()))
        drawn, agreement = self.maps.checked(np.stack([crops[place] for place in chosen]))
        mean, wanted = float(agreement.mean()), wanted_agreement(len(chosen))
        figures = f"(mean correlation {mean:.2f}, {wanted:.2f} wanted)"
        if mean < wanted:
            why = f"No maps of evidence: those of mirrored images differ from them {figures}."
            say(why)
            return [], why
        found = dict(zip(chosen, drawn, strict=True))
        maps = [found[i] if i in found else self.maps(crop[None])[0] for i, crop in enumerate(crops)]
        return maps, f"Mirrored images give like maps {figures}."


def maps_of(classifier: GenderClassifier, pictures: PictureSource) -> MapSource:
    """Make the source of the maps of evidence that figures show of a model.

    Args:
        classifier: the model.
        pictures: gives the crops as that model takes them.

    Returns:
        A source to hand to `write_figures`.
    """
    return MapSource(OcclusionMaps(classifier), pictures)
