"""What `robustness` writes as JSON: every model under every degradation."""

from __future__ import annotations

from pydantic import Field

from gender_classifier import PERCEIVED
from gender_classifier.metrics.robustness import CellResult, Mean
from gender_classifier.runs.context import Counts
from gender_classifier.runs.records import Number, Record


class Anchor(Record):
    """A published figure to stand beside.

    Example:
        >>> Anchor(accuracy=0.989, corrupted=0.968, kept=0.979, source="Greco and others, 2020").kept
        0.979

    Attributes:
        accuracy: on clean images, 0 to 1.
        corrupted: on corrupted images, 0 to 1.
        kept: the second as a share of the first.
        source: where it was published.
    """

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
    """One model: as `metrics.robustness.Robustness`, with means by part and the five worst cells.

    Attributes:
        count: images in each cell.
        clean: results on the images as they are.
        cells: kinds in their order, levels rising.
        mean: over all degraded cells.
        by_kind: means over a kind's levels.
        by_level: means over the kinds at a level, from 1.
        ece_by_chance: calibration error that a perfectly calibrated model would show on so many images.
        parts: means over image kinds and over framings.
        worst: the five cells of lowest accuracy, the lowest first.
    """

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
    """All models; `RobustnessReport.read` reads `robustness.json`.

    Example:
        >>> report = RobustnessReport.read(Path("robustness/robustness.json"))  # doctest: +SKIP
        >>> {name: model.mean.accuracy for name, model in report.models.items()}  # doctest: +SKIP
        {'first': 0.9, 'second': 0.875}

    Attributes:
        perceived: what gender means here.
        context: what was measured.
        anchor: a published figure to stand beside.
        models: by name.
        amounts: what each kind does, by level from 1, in its unit.
    """

    perceived: str = PERCEIVED
    context: RobustnessContext
    anchor: Anchor
    models: dict[str, ModelRobustness]
    amounts: dict[str, list[str]]
