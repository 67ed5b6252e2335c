"""What a model file says of itself: JSON in one metadata key, so that the file alone is enough."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gender_classifier import CLASS_NAMES
from gender_classifier.errors import UnreadableError

METADATA_KEY = "gender_classifier"
SCHEMA_VERSION: Final = 1

Probability = Annotated[float, Field(ge=0, le=1)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    # Metrics may be NaN (one class only), which JSON has no number for: written as text, read back as numbers where
    # a number is due.
    model_config = ConfigDict(extra="forbid", validate_assignment=True, ser_json_inf_nan="strings")


class CalibrationPart(_Part):
    """Platt scaling: probability = sigmoid(scale * logit + offset).

    Example:
        >>> CalibrationPart(scale=1.2, fitted_on="choose").acts
        True

    Attributes:
        scale: above 0; 1 without a fit.
        offset: in logits; 0 without a fit.
        fitted_on: the split it was fitted on; None: it was not fitted.
    """

    scale: Annotated[Finite, Field(gt=0)] = 1.0
    offset: Finite = 0.0
    fitted_on: str | None = None

    @property
    def acts(self) -> bool:
        """Whether probabilities are other than as scored, or are so because a fit said so."""
        return self.fitted_on is not None or (self.scale, self.offset) != (1.0, 0.0)


class ThresholdPart(_Part):
    """Where the answer becomes male, with a single view.

    Example:
        >>> ThresholdPart(logit=-0.4, chosen_on="choose").metric
        'accuracy'

    Attributes:
        logit: male from here on, before calibration.
        metric: by which it was chosen.
        chosen_on: the split; None: it was not chosen.
    """

    logit: Finite = 0.0
    metric: str = "accuracy"
    chosen_on: str | None = None


class AbstentionPart(_Part):
    """What the uncertain band promises, and what it reached where it was chosen.

    Example:
        >>> AbstentionPart(wanted=0.98, accuracy=0.981, coverage=0.83, chosen_on="choose").wanted
        0.98

    Attributes:
        wanted: share of the answers that is to be right, 0 to 1.
        accuracy: share of the answers that was right.
        coverage: share of the faces that got an answer.
        chosen_on: the split.
    """

    wanted: Probability
    accuracy: Probability
    coverage: Probability
    chosen_on: str


class CurvePart(_Part):
    """One more band that can be asked for: what it promises, its ends, and what it reached where it was chosen.

    Example:
        >>> CurvePart(wanted=0.95, low=0.3, high=0.7, accuracy=0.951, coverage=0.93).low
        0.3

    Attributes:
        wanted: share of the answers that is to be right, 0 to 1.
        low: calibrated probability of male at the lower end; answers strictly between the ends are `uncertain`.
        high: at the upper end.
        accuracy: share of the answers that was right.
        coverage: share of the faces that got an answer.
    """

    wanted: Probability
    low: Probability
    high: Probability
    accuracy: Probability
    coverage: Probability


class TtaPart(_Part):
    """Views whose mean logit replaces the single one when asked for, with a threshold of its own.

    Example:
        >>> TtaPart(views=["identity", "hflip"]).threshold_logit
        0.0

    Attributes:
        views: names as in `inference.test_time`, at least one.
        threshold_logit: male from this mean logit on, before calibration.
    """

    views: Annotated[list[str], Field(min_length=1)] = ["identity"]
    threshold_logit: Finite = 0.0


class ModelMetadata(_Part):
    """Everything that using a model file takes besides its graph.

    Example:
        >>> metadata = ModelMetadata(input_size=128, threshold=ThresholdPart(logit=-0.4))
        >>> metadata.threshold.logit, metadata.uncertain_band
        (-0.4, None)

    Attributes:
        schema_version: of this layout; readers refuse what they do not know.
        class_names: names by label, 0 and 1: `CLASS_NAMES`, no others.
        positive: the class that a positive logit speaks for, the second.
        input_size: side of a crop, pixels.
        fit: how a crop that is not square becomes so (`images.resize.fit`).
        geometry: where the five landmarks lie in a crop (`faces.geometry`), if trained on aligned crops.
        calibration: from logit to calibrated logit.
        threshold: male from this logit on.
        tta: views, and their own threshold.
        uncertain_band: calibrated probabilities between which the answer is `uncertain`.
        abstention: what that band promises.
        curve: bands for other shares of right answers, rising, chosen where that band was.
        training: recipe, counts, starting weights with their SHA-256, epochs, metrics.
        manifest_sha256: of the list of images trained on.
        licence: terms of the weights.
        citation: how to cite them.
    """

    schema_version: Literal[1] = SCHEMA_VERSION
    class_names: tuple[str, str] = CLASS_NAMES
    positive: str = CLASS_NAMES[1]
    input_size: Annotated[int, Field(ge=32)] = 224
    fit: Literal["stretch", "crop", "pad"] = "stretch"
    geometry: dict[str, Any] | None = None
    calibration: CalibrationPart = CalibrationPart()
    threshold: ThresholdPart = ThresholdPart()
    tta: TtaPart = TtaPart()
    uncertain_band: tuple[Probability, Probability] | None = None
    abstention: AbstentionPart | None = None
    curve: list[CurvePart] = []
    training: dict[str, Any] = {}
    manifest_sha256: str | None = None
    licence: str | None = None
    citation: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.class_names != CLASS_NAMES:  # tables, totals and pages have these two alone
            raise ValueError(f"class_names are {self.class_names}, not {CLASS_NAMES}")
        if self.positive != self.class_names[1]:
            raise ValueError(f"positive is {self.positive!r}, not the second of {self.class_names}")
        if self.uncertain_band is not None and self.uncertain_band[0] > self.uncertain_band[1]:
            raise ValueError(f"uncertain_band {self.uncertain_band} does not rise")
        return self

    def calibrated_on(self) -> tuple[int, int] | None:
        """Give how many women and men the calibration was fitted on.

        Returns:
            Women, then men, each at least 1; None where nothing was fitted, or the file does not tell.
        """
        try:
            split = self.training["counts"][self.calibration.fitted_on]
            women, men = (int(split[name]) for name in self.class_names)
        except (KeyError, TypeError, ValueError):  # another program's note, in a form of its own
            return None
        return (women, men) if women > 0 and men > 0 else None


def parse_metadata(text: str | None, source: str) -> ModelMetadata:
    """Read the metadata of a model file from its JSON.

    Args:
        text: JSON; None: the file has none.
        source: names the file in errors.

    Returns:
        The metadata; what the JSON leaves out has its default.

    Example:
        >>> parse_metadata('{"input_size": 128}', "model.onnx").input_size
        128

    Raises:
        UnreadableError: there is none, it is not ours, or a newer version's.
    """
    if not text:
        raise UnreadableError(f"{source}: a model file without our metadata; write it with `gender-classifier export`")
    try:
        content = json.loads(text)
        version = content.get("schema_version", SCHEMA_VERSION) if isinstance(content, dict) else None
        if isinstance(version, int) and version > SCHEMA_VERSION:
            raise UnreadableError(f"{source}: written by a newer version (metadata schema {version}); update this one")
        return ModelMetadata.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "as a whole"
        raise UnreadableError(f"{source}: metadata `{key}`: {first['msg']}") from None
    except ValueError as error:
        raise UnreadableError(f"{source}: metadata is not JSON ({error})") from None
