"""Pictures by the name that a scores table carries."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gender_classifier.commands.progress import say
from gender_classifier.data.index import Sample
from gender_classifier.data.reading import load_input
from gender_classifier.errors import UnreadableError
from gender_classifier.inference.activation import ActivationMaps
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.scoring import Load


class PictureSource:
    """Gives figures the pictures by the name that scores carry, as the network sees them."""

    def __init__(self, samples: Iterable[Sample], size: int, fit: str, load: Load | None = None) -> None:
        self.samples = {sample.name: sample for sample in samples}
        self.size, self.fit, self.load = size, fit, load

    def __call__(self, name: str) -> NDArray[np.uint8]:
        sample = self.samples[name]
        return self.load(sample) if self.load is not None else load_input(sample, self.size, self.fit)


class MapSource:
    """Gives figures where the evidence in a picture lies, by the name that scores carry: float32 (h, w)."""

    def __init__(self, maps: ActivationMaps, pictures: PictureSource) -> None:
        self.maps, self.pictures = maps, pictures

    def __call__(self, name: str) -> NDArray[np.float32]:
        values: NDArray[np.float32] = self.maps(self.pictures(name)[None])[0]
        return values


def maps_of(classifier: GenderClassifier, pictures: PictureSource) -> MapSource | None:
    """Activation maps of a model; none, and a line that says why, where its file does not allow them."""
    try:
        return MapSource(ActivationMaps(classifier), pictures)
    except UnreadableError as error:
        say(f"{error}")
        return None
