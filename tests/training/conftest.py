"""A narrow network of the same build, for tests of what surrounds it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gender_classifier.network import efficientnet


@pytest.fixture(scope="module")
def narrow_network() -> Iterator[None]:
    """``EfficientNetB1()`` has one narrow block a stage within the module: thousands of weights, not millions."""
    with pytest.MonkeyPatch.context() as patch:
        narrow = tuple(
            replace(spec, width=8, repeats=2, expansion=min(2, spec.expansion)) for spec in efficientnet.B1_STAGES
        )
        patch.setattr(efficientnet, "B1_STAGES", narrow)
        patch.setattr(efficientnet, "STEM_WIDTH", 8)
        patch.setattr(efficientnet, "HEAD_WIDTH", 16)
        yield
