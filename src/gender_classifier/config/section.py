"""What all sections of the settings have in common: unknown keys and values that cannot work are refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]
Positive = Annotated[float, Field(gt=0.0)]
Metric = Literal["balanced_accuracy", "f1", "f1_macro", "accuracy", "youden_j", "worst_recall"]


class Section(BaseModel):
    """A part of the configuration: unknown keys are refused, values are checked."""

    model_config = ConfigDict(extra="forbid", validate_default=True, allow_inf_nan=False)
