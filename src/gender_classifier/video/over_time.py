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

    Example:
        >>> OverTime(np.array([0.0, 1.0, 2.0]), {"female": np.array([1.0, 0.5]), "male": np.array([0.0, 2.0])}).most
        2.5

    Attributes:
        edges: of the parts, seconds, float64 (parts + 1,), rising.
        faces: by label (`female`, `male`, `uncertain`), float64 (parts,).
    """

    edges: NDArray[np.float64]
    faces: dict[str, NDArray[np.float64]]

    @property
    def most(self) -> float:
        """The largest mean number of faces of all labels together, at least 1."""
        return max(1.0, float(sum(self.faces.values()).max())) if len(self.edges) > 1 else 1.0  # type: ignore[union-attr]


def over_time(result: VideoResult, parts: int = PARTS) -> OverTime:
    """Average the number of faces on screen over equal parts of a film.

    Args:
        result: of a film.
        parts: how many; fewer where that would be more than four a look.

    Returns:
        Edges of the parts, and faces by label; time that was not looked at counts as time without faces.
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
