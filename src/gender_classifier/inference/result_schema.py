"""The published schema of a result as JSON (`ImageResult.to_dict`): `docs/reference/image-result.schema.json`.

python -m gender_classifier.inference.result_schema > docs/reference/image-result.schema.json
"""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Point = tuple[float, float]


class Face(BaseModel):
    """A face and its answer: perceived gender, as annotators saw it, in two classes."""

    model_config = ConfigDict(extra="forbid")

    label: Literal["female", "male", "uncertain"]
    best_guess: Literal["female", "male"] = Field(description="also where the label is `uncertain`")
    probability_male: float = Field(ge=0, le=1, description="calibrated")
    logit: float = Field(description="of male, before calibration")
    box: tuple[float, float, float, float] | None = Field(
        description="x0, y0, x1, y1, pixels of the upright image; may reach beyond it; null for a crop"
    )
    landmarks: tuple[Point, Point, Point, Point, Point] | None = Field(
        description="right eye, left eye, nose, right and left corner of the mouth, pixels; null for a crop"
    )
    detection_score: float | None = Field(description="how sure the detector is, 0 to 1; null for a crop")
    face_px: float | None = Field(description="side of the face, pixels; null for a crop")


class Image(BaseModel):
    """An image, or a page of a file, and its faces from left to right."""

    model_config = ConfigDict(extra="forbid")

    schema_version: Literal[1]
    source: str | None = Field(description="path of the file; null where it came from memory")
    status: Literal["ok", "no face", "unreadable"]
    message: str = Field(description="why it is unreadable; else empty")
    faces: list[Face]
    size: tuple[int, int] | None = Field(description="width and height of the upright image, pixels")
    page: int | None = Field(description="of the file, from 1; null where the file is unreadable")
    turned: Literal[0, 90, 180, 270] = Field(description="clockwise degrees by which the image stood turned")
    note: str = Field(description="what is no error but should be known of the image; mostly empty")


def json_schema() -> dict[str, Any]:
    """Give the JSON schema, draft 2020-12, of what `ImageResult.to_dict` gives."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Image.model_json_schema()}


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=1))
