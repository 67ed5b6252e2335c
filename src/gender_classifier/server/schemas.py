"""The answers' schema, for OpenAPI; of an image it is the library's own (`inference.result_schema`)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from gender_classifier import PERCEIVED
from gender_classifier.inference.result_schema import Image


class Model(BaseModel):
    """A model that answers."""

    name: str
    sha256: str = Field(description="of its file")
    engine: str = Field(description="that runs it")
    input_size: int = Field(description="side of a crop, pixels")
    licence: str | None = Field(description="of its weights")
    uncertain_band: tuple[float, float] | None = Field(
        description="calibrated probabilities between which the answer is `uncertain`"
    )


class Models(BaseModel):
    """The models that answer, the default first."""

    models: list[Model]


class Answers(BaseModel):
    """Answers to a request, images in their order."""

    request_id: str
    model: str = Field(description="name of the model that answered")
    sha256: str = Field(description="of its file")
    about: str = PERCEIVED
    images: list[Image] = Field(description="`source` is the name that the client gave the file, or null")


class Ready(BaseModel):
    """Whether images are answered yet."""

    status: Literal["ready"] = "ready"
    models: list[Model]


class Alive(BaseModel):
    """That the process answers."""

    status: Literal["ok"] = "ok"
