"""What the classifier says of an image: its faces, or why there are none."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UserError
from gender_classifier.images.types import Box
from gender_classifier.inference.results import NO_FACE, OK, UNREADABLE, Prediction, shown

if TYPE_CHECKING:
    import pandas

Landmarks = tuple[tuple[float, float], ...]
SCHEMA_VERSION = 1


class Status(StrEnum):
    """Whether an image was answered.

    Attributes:
        OK: `"ok"`: it has faces, each with an answer.
        NO_FACE: `"no face"`: none was found in it.
        UNREADABLE: `"unreadable"`: the file or page cannot be read; the result's `message` says why.
    """

    OK = OK
    NO_FACE = NO_FACE
    UNREADABLE = UNREADABLE


@dataclass(frozen=True)
class FaceResult:
    """A face and its answer: perceived gender, as annotators saw it, in two classes.

    Example:
        >>> FaceResult("uncertain", "female", 0.4, -0.4)
        FaceResult(label='uncertain', best_guess='female', probability_male=0.4, logit=-0.4)

    Attributes:
        label: `female`, `male` or `uncertain`.
        best_guess: `female` or `male`, also where the label is `uncertain`.
        probability_male: calibrated, 0 to 1.
        logit: of male, before calibration; the mean over the views with test-time augmentation.
        box: x0, y0, x1, y1, pixels of the upright image; may reach beyond it. None for a crop.
        landmarks: (x, y) of the right eye, left eye, nose, right and left corner of the mouth (the person's), pixels of
            the upright image. None for a crop.
        detection_score: how sure the detector is, 0 to 1. None for a crop.
        face_px: side of the face, pixels: square root of the box's area. None for a crop.
    """

    label: str
    best_guess: str
    probability_male: float
    logit: float
    box: Box | None = None
    landmarks: Landmarks | None = None
    detection_score: float | None = None
    face_px: float | None = None

    def __repr__(self) -> str:
        known = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) is not None}
        known.pop("landmarks", None)  # of no use to who reads along
        return f"FaceResult({', '.join(f'{name}={shown(value)}' for name, value in known.items())})"


@dataclass(frozen=True)
class ImageResult:
    """An image, or a page of a file, and its faces from left to right.

    Example:
        >>> face = FaceResult("female", "female", 0.04, -3.1)
        >>> image = ImageResult("a.jpg", Status.OK, faces=(face,))
        >>> [row.label for row in image.rows()]
        ['female']

    Attributes:
        source: path of the file; None where it came from memory.
        status: whether it was answered.
        message: why it is unreadable; else empty.
        faces: the faces, from left to right.
        size: width and height of the upright image, pixels; None where it is unreadable.
        page: of the file, from 1; None where the file is unreadable.
        turned: clockwise degrees by which the image stood turned: 0, 90, 180 or 270.
        note: what is no error but should be known of the image; mostly empty.
        crops: uint8 (faces, size, size, 3) RGB, as the network saw them; in results of `stream` alone.
    """

    source: str | None
    status: Status
    message: str = ""
    faces: tuple[FaceResult, ...] = ()
    size: tuple[int, int] | None = None
    page: int | None = 1
    turned: int = 0
    note: str = ""
    crops: NDArray[np.uint8] | None = field(default=None, compare=False, repr=False)

    @property
    def ok(self) -> bool:
        """Whether it has a face and an answer."""
        return self.status is Status.OK

    def __repr__(self) -> str:
        known = {f.name: getattr(self, f.name) for f in fields(self) if f.repr and getattr(self, f.name) != f.default}
        return f"ImageResult({', '.join(f'{name}={shown(value)}' for name, value in known.items())})"

    def rows(self) -> list[Prediction]:
        """Give the rows that a table has of the image.

        Returns:
            A row a face, from left to right; without a face one row, whose `status` says why.
        """
        about: dict[str, Any] = {"path": self.source, "page": self.page, "note": self.note}
        if not self.faces:
            said = f"{self.status}: {self.message}" if self.message else str(self.status)
            return [Prediction("", None, None, said, **about)]
        return [
            Prediction(
                face.label,
                face.probability_male,
                face.logit,
                best_guess=face.best_guess,
                face=place,
                box=face.box,
                detection_score=face.detection_score,
                face_px=face.face_px,
                turned=self.turned,
                **about,
            )
            for place, face in enumerate(self.faces)
        ]

    def annotate(self, image: NDArray[np.uint8] | None = None) -> NDArray[np.uint8]:
        """Draw each face's box, label and probability on a copy of the image.

        Args:
            image: uint8 (H, W, 3) RGB, upright; None: the page is read from `source` again.

        Returns:
            uint8 (H', W', 3) RGB, with a strip below that says what the labels mean.

        Raises:
            UserError: no image, and none to read.
            UnreadableError: the file is not there any more, or changed.
        """
        from gender_classifier.images.read import Page, read_pages
        from gender_classifier.inference.annotate import annotate

        if image is None:
            if self.source is None or self.page is None:
                raise UserError("annotate: hand over the image, which did not come from a readable file")
            pages = read_pages(Path(self.source), lambda width, height: 1, most=self.page)
            image = next((p.picture for p in pages if isinstance(p, Page) and p.number == self.page), None)
            if image is None:
                raise UserError(f"{self.source}: has no readable page {self.page}; was it changed?")
        return annotate(image, self.rows())

    def to_dict(self) -> dict[str, Any]:
        """Give the result as plain values, for JSON.

        Returns:
            `schema_version` and the attributes by name, without `crops`; `docs/reference/image-result.schema.json`
            describes them.
        """
        values = asdict(self)
        del values["crops"]
        return {"schema_version": SCHEMA_VERSION, **values, "status": str(self.status)}

    def to_json(self) -> str:
        """Give one line of JSON, in ASCII, for a path may hold bytes that no text has."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> ImageResult:
        """Make a result of what `to_dict` gave; `crops` are None.

        Args:
            values: of `to_dict`, or of JSON that was made of it.

        Returns:
            A result that is equal to the one before.

        Raises:
            UserError: values of another version, or without one.
        """
        version = values.get("schema_version")
        if version != SCHEMA_VERSION:
            raise UserError(f"results of schema version {version}: this release reads version {SCHEMA_VERSION}")
        known = {key: value for key, value in values.items() if key not in ("schema_version", "crops")}
        faces = tuple(_face(face) for face in known.pop("faces"))
        size = known.pop("size")
        status = Status(known.pop("status"))
        return cls(**known, status=status, faces=faces, size=(size[0], size[1]) if size is not None else None)


class Results(list[ImageResult]):
    """Results of several images, in their order.

    Example:
        >>> results = Results([ImageResult("a.jpg", Status.NO_FACE)])
        >>> [row.status for row in results.rows()]
        ['no face']

    Attributes:
        prior: share of men in the population that probabilities were corrected for; None: they were not.
    """

    prior: float | None = None

    def rows(self) -> list[Prediction]:
        """Give the rows of all images, image by image, as in a table of `predict`."""
        return [row for image in self for row in image.rows()]

    @property
    def faces(self) -> list[FaceResult]:
        """All faces, image by image, from left to right."""
        return [face for image in self for face in image.faces]

    def to_pandas(self) -> pandas.DataFrame:
        """Give the table that `predict --out` writes, as a DataFrame of pandas.

        Returns:
            A row a face, or an image without one, in the order of `rows`; the columns are `writers.COLUMNS`,
            and `prior_male` where probabilities were corrected for a population.

        Raises:
            ModuleNotFoundError: pandas is not installed.
        """
        import pandas

        from gender_classifier.inference.writers import COLUMNS, PRIOR, values_of

        table = pandas.DataFrame([values_of(row) for row in self.rows()], columns=list(COLUMNS))
        return table if self.prior is None else table.assign(**{PRIOR: self.prior})


def _face(values: dict[str, Any]) -> FaceResult:
    box, landmarks = values.get("box"), values.get("landmarks")
    return FaceResult(
        **{
            **values,
            "box": tuple(map(float, box)) if box is not None else None,
            "landmarks": tuple((float(x), float(y)) for x, y in landmarks) if landmarks is not None else None,
        }
    )
