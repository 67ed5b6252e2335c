"""What `predict` found, in a line for the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gender_classifier.errors import ExitCode
from gender_classifier.inference.results import NO_FACE, UNREADABLE, Prediction
from gender_classifier.metrics.decision import UNCERTAIN


@dataclass
class Tally:
    """Counts rows as they pass; an image's rows follow one another.

    Example:
        >>> tally = Tally()
        >>> rows = list(tally.counted([Prediction("female", 0.04, -3.1, path="a.jpg", face=0)]))
        >>> tally.faces
        1

    Attributes:
        band: probabilities between which answers are uncertain, for the sentence; None: there is no band.
        images: files, however many pages each has.
        faces: with an answer, the uncertain ones too.
        uncertain: faces within the band.
        without_face: images or pages in which none was found.
        unreadable: images or pages.
    """

    band: tuple[float, float] | None = None
    images: int = 0
    faces: int = 0
    uncertain: int = 0
    without_face: int = 0
    unreadable: int = 0
    _last: str | None = None

    def counted(self, rows: Iterable[Prediction]) -> Iterator[Prediction]:
        """Count rows as they pass.

        Args:
            rows: of images, one image after the other.

        Yields:
            The same rows.
        """
        for row in rows:
            kind = row.status.partition(":")[0]
            self.images += row.path != self._last
            self._last = row.path
            self.faces += row.ok
            self.uncertain += row.label == UNCERTAIN
            self.without_face += kind == NO_FACE
            self.unreadable += kind == UNREADABLE
            yield row

    def sentence(self, seconds: float, where: str = "") -> str:
        """Say in a line what was counted.

        Args:
            seconds: that it took.
            where: the rows were written to; empty: it is not said.

        Returns:
            `4 images, 6 faces (1 uncertain), 1 without a face, 0 unreadable; 2.1 s; faces.csv`, say.
        """
        between = "" if self.band is None else f", between {self.band[0]:.3f} and {self.band[1]:.3f}"
        found = f"{_many(self.images, 'image')}, {_many(self.faces, 'face')} ({self.uncertain} uncertain{between})"
        left = f"{self.without_face} without a face, {self.unreadable} unreadable"
        return f"{found}, {left}; {seconds:.1f} s" + (f"; {where}" if where else "")

    def code(self) -> ExitCode:
        """Give the exit code.

        Returns:
            FINE; FOUND_WRONG where some image could not be read; UNREADABLE where none could.
        """
        if not self.unreadable:
            return ExitCode.FINE
        others = self.faces + self.without_face
        return ExitCode.FOUND_WRONG if others else ExitCode.UNREADABLE


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
