"""A row of a table of answers: a face, or an image without one."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import Any

from gender_classifier.images.types import Box

OK, NO_FACE, UNREADABLE = "ok", "no face", "unreadable"


@dataclass(frozen=True)
class Prediction:
    """A row: one face's answer, or why an image has none.

    Example:
        >>> Prediction("female", 0.04, -3.1, path="a.jpg", face=0)
        Prediction(label='female', probability_male=0.04, logit=-3.1, path='a.jpg', face=0)

    Attributes:
        label: `female`, `male` or `uncertain`: perceived gender as annotators saw it; empty without a face.
        probability_male: calibrated, 0 to 1.
        logit: as the network gave it (mean over views with test-time augmentation).
        status: `ok`, `no face`, or `unreadable: ` and the reason.
        path: of the image, where it came from a file.
        face: which of the image's faces, from left to right, from 0.
        box: x0, y0, x1, y1, pixels of the upright image; may reach beyond it. None for a crop.
        detection_score: 0 to 1.
        face_px: side of the face, pixels: square root of the box's area.
        page: of the file, from 1, where a page of it was looked at.
        turned: clockwise degrees by which the image stood turned: 0, 90, 180 or 270. None without a face.
        best_guess: `female` or `male` also where the label is `uncertain`; empty without a face.
        note: what is no error but should be known of the image; several are joined by `; `. Mostly empty.
    """

    label: str
    probability_male: float | None
    logit: float | None
    status: str = OK
    path: str | None = None
    face: int | None = None
    box: Box | None = None
    detection_score: float | None = None
    face_px: float | None = None
    page: int | None = None
    turned: int | None = None
    best_guess: str = ""
    note: str = ""

    @property
    def ok(self) -> bool:
        """Whether there is an answer."""
        return self.status == OK

    def __repr__(self) -> str:
        """What is known, with numbers as exact as one reads them."""
        known = {f.name: getattr(self, f.name) for f in fields(self) if getattr(self, f.name) != f.default}
        return f"Prediction({', '.join(f'{name}={shown(value)}' for name, value in known.items())})"

    def to_dict(self) -> dict[str, Any]:
        """Give the attributes by name, as plain values for JSON."""
        values = asdict(self)
        values["box"] = list(self.box) if self.box is not None else None
        return values

    def to_json(self) -> str:
        """Give one line of JSON, in ASCII, for a path may hold bytes that no text has."""
        return json.dumps(self.to_dict())

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Prediction:
        """Make a row of what `to_dict` gave.

        Args:
            values: of `to_dict`; attributes that have a default may be missing.

        Returns:
            A row that is equal to the one before.

        Raises:
            TypeError: an attribute that there is not, or one without a default is missing.
        """
        box = values.get("box")
        return cls(**{**values, "box": tuple(map(float, box)) if box is not None else None})

    @classmethod
    def from_json(cls, text: str) -> Prediction:
        """Make a row of what `to_json` gave.

        Args:
            text: a line of JSON.

        Returns:
            A row that is equal to the one before.

        Raises:
            ValueError: the text is not JSON.
            TypeError: as for `from_dict`.
        """
        return cls.from_dict(json.loads(text))


def shown(value: Any) -> str:
    """Write a value as text, with numbers as exact as one reads them.

    Args:
        value: of an attribute: a number, a text, a tuple of such, or anything else.

    Returns:
        A float with four digits, from 1,000 on without decimals; a text in quotes; a tuple item by item; all else
        as `repr` has it.
    """
    if isinstance(value, tuple):
        return f"({', '.join(map(shown, value))})"
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    return repr(str(value) if isinstance(value, str) else value)
