"""The report of `train` and `evaluate`: all figures of tables, pages and cards; `report.build` makes it from scores."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from pydantic import Field, SerializerFunctionWrapHandler, ValidationError, model_serializer, model_validator

from gender_classifier import PERCEIVED
from gender_classifier.metrics.groups import Groups, Share
from gender_classifier.metrics.majority import Majority
from gender_classifier.metrics.selective import Kept
from gender_classifier.metrics.thresholds import OfEquals
from gender_classifier.runs.context import Context
from gender_classifier.runs.records import Number, Record

Interval = tuple[float, float]


class Part(Record):
    """Which faces a row is about.

    Attributes:
        phase: the split as tables name it.
        split: `train`, `choose` or `val`.
        tta: `enabled`: mean logit over several views; `disabled`: single view.
    """

    phase: str
    split: str
    tta: str

    @property
    def key(self) -> tuple[str, str]:
        """Split and mode."""
        return self.split, self.tta


class Intervals(Record):
    """Wilson's intervals at 95 %; None where nothing was counted."""

    accuracy: Interval
    precision: Interval | None
    recall: Interval | None
    recall_female: Interval | None


class Measured(Record):
    """Metrics at one threshold, male positive, 0 to 1; None where the classes at hand do not define them."""

    count: int
    accuracy: float
    precision: Number
    recall: Number
    f1: Number
    f1_macro: Number
    recall_female: Number
    balanced_accuracy: Number
    tp: int
    fp: int
    tn: int
    fn: int
    roc_auc: Number
    intervals: Intervals

    @property
    def counts(self) -> dict[str, int]:
        """The confusion matrix by `tp`, `fp`, `tn`, `fn`."""
        return {"tp": self.tp, "fp": self.fp, "tn": self.tn, "fn": self.fn}

    def share(self, name: str) -> tuple[float | None, Interval | None]:
        """Give one of the metrics that have an interval: the value and that interval, each None where it is undefined.

        Args:
            name: of a field of `Intervals`.
        """
        return getattr(self, name), getattr(self.intervals, name)


class Row(Measured, Part):
    """Metrics of a part at the chosen threshold.

    Attributes:
        threshold: the same as a probability.
        threshold_logit: male from this logit on.
        chosen_on: the split that it was chosen on; `fixed`: elsewhere.
        at_half: the same at a logit of 0.
        majority: beside always saying the larger class.
    """

    threshold: float
    threshold_logit: float
    chosen_on: str
    at_half: Measured
    majority: Majority | None = None


class Cut(Record):
    """A threshold, as a logit and as a probability."""

    logit: float
    probability: float


class PairedTest(Record):
    """McNemar's exact test: faces right only without and only with TTA; None where it was not made."""

    only_without: int | None = None
    only_with: int | None = None
    p: Number = None


class TtaResult(Record):
    """Whether test-time augmentation helps.

    Attributes:
        chosen: whether it is used; None: not decided on these scores.
        split: that it is tested on.
        only_without, only_with, p: as `PairedTest`, each mode at its own threshold.
        at_half: the same with both at a logit of 0.
        value_without, value_with: of the metric that decides, on the split to choose on.
    """

    chosen: bool | None
    split: str = "val"
    only_without: int | None = None
    only_with: int | None = None
    p: Number = None
    at_half: PairedTest = PairedTest()
    value_without: Number = None
    value_with: Number = None


class Errors(Record):
    """Expected calibration error and Brier score, 0 to 1."""

    ece: float
    brier: float


class CalibrationRow(Part):
    """Errors of probabilities of a part: as scored, and calibrated where there is a calibration."""

    raw: Errors
    calibrated: Errors | None = None


class Platt(Record):
    """Platt scaling: logit to `scale * logit + offset`.

    Attributes:
        fitted_on: split; `model file`: it was not fitted here.
        covariance: of scale and offset, (2, 2), where it was fitted here.
    """

    scale: float
    offset: float
    fitted_on: str = "model file"
    covariance: tuple[Interval, Interval] | None = None


class CalibrationResult(Record):
    """A calibration, and what probabilities are worth with and without it."""

    platt: Platt | None
    rows: list[CalibrationRow] = Field(default=[])


class UncertainRow(Part):
    """Faces of a part under the band.

    Attributes:
        unanswered: share within it.
        right: among the answers.
        aurc: mean risk over all coverages, 0 to 1.
        promise: whether the answers are right as often as the band promises; None: it promises nothing.
    """

    unanswered: Share
    right: Share
    aurc: Number = None
    promise: Kept | None = None


class UncertainResult(Record):
    """Calibrated probabilities strictly between which there is no answer, and what that does."""

    band: Interval
    rows: list[UncertainRow]


class ProtocolResult(Record):
    """Results under one protocol (`report.protocol.Protocol`).

    Attributes:
        name, note: as shown.
        chosen_on: split that thresholds and TTA were chosen on; None: elsewhere.
        swept: whether thresholds were chosen on these scores.
        threshold_metric: what the sweep was for; `threshold_asked`: as the settings have it, `auto` say.
        threshold_tolerance: standard errors within which cuts count as equals; `threshold_of_equals`: which is taken.
        thresholds: by mode.
        views: that TTA averages over.
        unlabelled: rows left out for want of a label.
        rows: a row a split and mode, in the order of tables.
        tta: None without TTA.
        calibration: what probabilities are worth.
        uncertain: None without a band.
    """

    name: str
    note: str = ""
    chosen_on: str | None
    swept: bool
    threshold_metric: str
    threshold_asked: str | None = None
    threshold_tolerance: float = 0.0
    threshold_of_equals: OfEquals = "half"
    thresholds: dict[str, Cut]
    views: list[str] = Field(default=[])
    unlabelled: int = 0
    rows: list[Row]
    tta: TtaResult | None = None
    calibration: CalibrationResult
    uncertain: UncertainResult | None = None

    def row(self, split: str, tta: str = "disabled") -> Row | None:
        """Find the row of a split and mode; None where there is none.

        Args:
            split: `train`, `choose` or `val`.
            tta: `enabled` or `disabled`, as in `Part`.
        """
        return next((row for row in self.rows if row.key == (split, tta)), None)

    @property
    def validation(self) -> list[Row]:
        """The rows that are reported, single view first."""
        return [row for row in self.rows if row.split == "val"]


class GroupReport(Record):
    """Results by group of one protocol's validation faces, single view; in the file they stand beside the rest."""

    protocol: str
    split: str
    phase: str
    tta: str
    calibrated: bool
    results: Groups

    @model_validator(mode="before")
    @classmethod
    def _nested(cls, content: Any) -> Any:
        if not isinstance(content, dict) or "results" in content:
            return content
        return {**content, "results": {f.name: content[f.name] for f in fields(Groups) if f.name in content}}

    @model_serializer(mode="wrap")
    def _flat(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        content: dict[str, Any] = handler(self)
        results: dict[str, Any] = content.pop("results")
        return content | results


class Report(Record):
    """One model under one or more protocols; ratios from 0 to 1.

    Attributes:
        perceived: what gender means here.
        positive: the class that recall and precision are of.
        context: the images and their labels, the training, the model.
        protocols: the first is the one that figures and results by group show.
        groups: None where no column groups.
        figures: file names of those that were drawn.

    Example:
        >>> Report(context=Context(), protocols=[]).document()
        {'context': {}, 'protocols': []}
    """

    schema_version: int = 1
    perceived: str = PERCEIVED
    positive: str = "male"
    context: Context
    protocols: list[ProtocolResult]
    groups: GroupReport | None = None
    figures: list[str] = Field(default=[])

    @classmethod
    def fault(cls, content: Any, error: ValidationError) -> str:
        """Say why something is no report, for `read`'s error.

        Args:
            content: what was read, in JSON's types.
            error: what pydantic found wrong with it.
        """
        if not isinstance(content, dict) or not {"context", "protocols"} <= set(content):
            return "not a report that `train` or `evaluate` wrote"
        return f"{super().fault(content, error)}; make it again with `gender-classifier evaluate`"
