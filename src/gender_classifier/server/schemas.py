"""The answers' schema, for OpenAPI, and the one place that makes them of the library's results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, Field

from gender_classifier import PERCEIVED
from gender_classifier.inference.preparation import Photo
from gender_classifier.inference.results import NO_FACE, OK, Prediction

SCHEMA_VERSION = 1


class FaceAnswer(BaseModel):
    """A face and its answer: perceived gender, as annotators saw it, in two classes."""

    face: int = Field(ge=0, description="which of the image's faces, from left to right, from 0")
    box: tuple[float, float, float, float] | None = Field(
        description="x0, y0, x1, y1, pixels of the upright image; may reach beyond it; null for a crop"
    )
    detection_score: float | None = Field(description="how sure the detector is, 0 to 1; null for a crop")
    face_px: float | None = Field(description="side of the face, pixels; null for a crop")
    label: Literal["female", "male", "uncertain"]
    best_guess: Literal["female", "male"] = Field(description="also where the label is `uncertain`")
    probability_male: float = Field(ge=0, le=1, description="calibrated")
    logit: float = Field(description="as the network gave it")


class ImageAnswer(BaseModel):
    """An image and its faces."""

    index: int = Field(ge=0, description="its place in the request, from 0")
    name: str = Field(description="as the client named it; may be empty")
    status: Literal["ok", "undetected", "unreadable"]
    message: str = Field(description="why it is unreadable, else empty")
    note: str = Field(description="what is no error but should be known of it; mostly empty")
    turned: int = Field(description="clockwise degrees by which it stood turned: 0, 90, 180 or 270")
    faces: list[FaceAnswer]


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

    schema_version: int = SCHEMA_VERSION
    request_id: str
    model: str = Field(description="name of the model that answered")
    sha256: str = Field(description="of its file")
    about: str = PERCEIVED
    images: list[ImageAnswer]


class Ready(BaseModel):
    """Whether images are answered yet."""

    status: Literal["ready"] = "ready"
    models: list[Model]


class Alive(BaseModel):
    """That the process answers."""

    status: Literal["ok"] = "ok"


def image_answer(index: int, name: str, photo: Photo, rows: Sequence[Prediction]) -> ImageAnswer:
    """Make the answer for an image of what the library says of it, a row a face."""
    kind, _, message = photo.status.partition(": ")
    status: Literal["ok", "undetected", "unreadable"] = (
        "ok" if kind == OK else "undetected" if kind == NO_FACE else "unreadable"
    )
    faces = [_face(row) for row in rows if row.ok]
    return ImageAnswer(
        index=index, name=name, status=status, message=message, note=photo.note, turned=photo.turned, faces=faces
    )


def _face(row: Prediction) -> FaceAnswer:
    return FaceAnswer.model_validate(
        {
            "face": row.face,
            "box": row.box,
            "detection_score": row.detection_score,
            "face_px": row.face_px,
            "label": row.label,
            "best_guess": row.best_guess,
            "probability_male": row.probability_male,
            "logit": row.logit,
        }
    )
