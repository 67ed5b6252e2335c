"""How many women and men are seen over a film's time, in parts of it that an image can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gender_classifier.video.answers import LABELS, present
from gender_classifier.video.result import VideoResult

PARTS = 600


@dataclass(frozen=True)
class OverTime:
    """Mean number of faces in each part of a film.

    Attributes:
        edges: of the parts, seconds, (parts + 1,).
        faces: by label, float64 (parts,).
    """

    edges: NDArray[np.float64]
    faces: dict[str, NDArray[np.float64]]

    @property
    def most(self) -> float:
        """The largest number of faces at a time, at least 1."""
        return max(1.0, float(sum(self.faces.values()).max())) if len(self.edges) > 1 else 1.0  # type: ignore[union-attr]


def over_time(result: VideoResult, parts: int = PARTS) -> OverTime:
    """Average the faces seen over `parts` parts of a film, or as many as there were looks.

    Args:
        result: of a film.
        parts: at most.
    """
    begin = result.spans[0][0] if result.spans else 0.0
    end = max(result.spans[-1][1], begin + 1e-6) if result.spans else 1.0
    edges = np.linspace(begin, end, max(1, min(parts, 4 * len(result.spans))) + 1)
    faces = {}
    begins = np.array([span[0] for span in result.spans])
    ends = np.array([span[1] for span in result.spans])
    for label in LABELS:
        count = present(result.tracks, len(result.spans), label)
        # Face-seconds up to each edge, by linear interpolation of their running sum; gaps of the film add none.
        at = np.stack([begins, ends], 1).reshape(-1) if len(begins) else np.array([begin, end])
        added = (
            np.stack([np.zeros(len(begins)), (ends - begins) * count], 1).reshape(-1) if len(begins) else np.zeros(2)
        )
        running = np.interp(edges, at, np.cumsum(added))
        faces[label] = np.diff(running) / np.diff(edges)
    return OverTime(edges, faces)
