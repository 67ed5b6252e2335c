"""What `robustness` writes as JSON: every model under every degradation."""

from __future__ import annotations

from pydantic import Field

from gender_classifier import PERCEIVED
from gender_classifier.metrics.robustness import CellResult, Mean
from gender_classifier.runs.context import Counts
from gender_classifier.runs.records import Number, Record


class Anchor(Record):
    """A published figure to stand beside: accuracy on clean and on corrupted images, 0 to 1, and their ratio."""

    accuracy: float
    corrupted: float
    kept: float
    source: str


class RobustnessContext(Record):
    """What was measured.

    Attributes:
        data: name of the images.
        counts: of those that could be read.
        digest: of the list of images and labels.
        side: of the crops that are changed, pixels.
        strengths: by level from 1, 0 to 1.
        framings: kinds that are wrong framings; the others change the image.
        models: SHA-256 by name.
        drawn: whether the images are some of all, drawn by a hash of their names.
        unreadable: why images were left out, by name.
        seed: of what is random.
    """

    data: str
    counts: Counts
    digest: str = ""
    side: int
    strengths: list[float] = Field(default=[])
    framings: list[str]
    models: dict[str, str] = Field(default={})
    drawn: bool
    unreadable: dict[str, str]
    seed: int


class Parts(Record):
    """Means over the kinds that change the image, and over wrong framings; None where there were none."""

    pictures: Mean | None = None
    framings: Mean | None = None


class ModelRobustness(Record):
    """One model: as `metrics.robustness.Robustness`, with means by part and the five worst cells."""

    count: int
    clean: CellResult
    cells: list[CellResult]
    mean: Mean
    by_kind: dict[str, Mean]
    by_level: dict[int, Mean]
    ece_by_chance: Number
    parts: Parts
    worst: list[CellResult]


class RobustnessReport(Record):
    """All models.

    Attributes:
        perceived: what gender means here.
        models: by name.
        amounts: what each kind does, by level from 1, in its unit.
    """

    perceived: str = PERCEIVED
    context: RobustnessContext
    anchor: Anchor
    models: dict[str, ModelRobustness]
    amounts: dict[str, list[str]]
