"""What a model file says of itself: JSON in one metadata key, so that the file alone is enough."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gender_classifier import CLASS_NAMES
from gender_classifier.errors import UnreadableError

METADATA_KEY = "gender_classifier"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class CalibrationPart(_Part):
    """Platt scaling: probability = sigmoid(scale * logit + offset)."""

    scale: float = 1.0
    offset: float = 0.0
    fitted_on: str | None = None


class ThresholdPart(_Part):
    """Male from this logit on, single view; where it was chosen and by what metric."""

    logit: float = 0.0
    metric: str = "accuracy"
    chosen_on: str | None = None


class TtaPart(_Part):
    """Views whose mean logit replaces the single one when asked for, with a threshold of its own."""

    views: list[str] = ["identity"]
    threshold_logit: float = 0.0


class ModelMetadata(_Part):
    """Everything that using a model file takes besides its graph."""

    schema_version: Literal[1] = 1
    class_names: tuple[str, str] = CLASS_NAMES
    positive: str = CLASS_NAMES[1]
    input_size: int = Field(224, ge=32)
    fit: Literal["stretch", "crop", "pad"] = "stretch"
    geometry: dict[str, Any] | None = None
    calibration: CalibrationPart = CalibrationPart()
    threshold: ThresholdPart = ThresholdPart()
    tta: TtaPart = TtaPart()
    uncertain_band: tuple[float, float] | None = None
    training: dict[str, Any] = {}
    manifest_sha256: str | None = None
    licence: str | None = None
    citation: str | None = None


def parse_metadata(text: str | None, source: str) -> ModelMetadata:
    """Metadata of a model file from its JSON.

    Raises:
        UnreadableError: there is none, or it is not ours.
    """
    if not text:
        raise UnreadableError(
            f"{source}: a model file without our metadata; write it with `gender-classifier export`"
        )
    try:
        return ModelMetadata.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise UnreadableError(f"{source}: metadata `{key}`: {first['msg'].lower()}") from None
