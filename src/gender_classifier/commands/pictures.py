"""Pictures by the name that a scores table carries."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.index import Sample
from gender_classifier.data.reading import load_input


class PictureSource:
    """Gives figures the pictures by the name that scores carry, as the network sees them."""

    def __init__(self, samples: Iterable[Sample], size: int, fit: str) -> None:
        self.samples = {sample.name: sample for sample in samples}
        self.size, self.fit = size, fit

    def __call__(self, name: str) -> NDArray[np.uint8]:
        return load_input(self.samples[name], self.size, self.fit)
