"""Settings of the answers: threshold, uncertain band, test-time augmentation, and what the model file says."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from gender_classifier.config.section import Metric, Probability, Section


class ThresholdConfig(Section):
    """The sigmoid threshold sweep."""

    enabled: Annotated[bool, Field(description="false: 0.5")] = True
    metric: Annotated[
        Metric | Literal["precision", "auto"],
        Field(description="auto: balanced_accuracy where the smaller class is below 40 % of `choose`, else accuracy"),
    ] = "auto"
    precision: Annotated[
        Probability | None, Field(description="wanted with `metric: precision`, the cut then has the highest recall")
    ] = None
    answered: Annotated[
        Probability | None,
        Field(description="right among the answers on held-out images; the rest is `uncertain`; null: answer all"),
    ] = 0.98
    tolerance: Annotated[
        float,
        Field(ge=0.0, description="standard errors within which cuts count as equals; 0: only the best do"),
    ] = 2.0
    of_equals: Annotated[
        Literal["middle", "half"], Field(description="of equal cuts the one in the middle, or the one nearest 0.5")
    ] = "middle"

    @model_validator(mode="after")
    def _complete(self) -> ThresholdConfig:
        if (self.metric == "precision") != (self.precision is not None):
            raise ValueError("threshold.precision goes with threshold.metric=precision, and is needed there")
        return self


class TtaConfig(Section):
    """Test-time augmentation: logits averaged over views."""

    enabled: Annotated[bool, Field(description="score the views too; they are used where they are better")] = True
    views: list[str] = Field(
        default=["identity", "hflip"],
        description="identity, hflip, zoom_in, zoom_out, shift_left, _right, _up, _down; joined by +",
    )

    @model_validator(mode="after")
    def _with_identity(self) -> TtaConfig:
        if "identity" not in self.views or len(set(self.views)) < len(self.views):
            raise ValueError(f"tta.views={self.views}: `identity` must be among them, and each only once")
        return self


class ExportConfig(Section):
    """What the model file says and holds."""

    float16: Annotated[bool, Field(description="weights in half the space; arithmetic stays float32")] = False
    licence: Annotated[str | None, Field(description="of the model: an SPDX name, for file and card")] = None
    citation: Annotated[str | None, Field(description="how to cite it, for file and card; BibTeX or text")] = None
