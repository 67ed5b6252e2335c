"""How reading a film ended: how far it goes, and whether that is all of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gender_classifier.video.coverage import BETWEEN, Coverage

_SHORT_OF = 1.0
"""Seconds by which a film may end before the length that it states."""


@dataclass
class Ending:
    """How reading ended.

    Attributes:
        covered: until when frames covered the film, seconds.
        cuts: times of cuts after the last frame taken, seconds.
        fault: why the film could not be read to its end; empty: it could.
        notes: what is no error but should be known.
    """

    covered: float = 0.0
    cuts: tuple[float, ...] = ()
    fault: str = ""
    notes: list[str] = field(default_factory=list)

    def close(self, coverage: Coverage, own: float | None, whole: float | None, until: float | None) -> None:
        """Set `covered` and `fault` when all packets are through.

        Args:
            coverage: that has seen all of them, and all frames.
            own: when the image ends by its track's own account, seconds; None: that does not tell.
            whole: the container's length, which may be that of the sound, seconds; None: it does not tell.
            until: seconds of film to stop before; None: the film's end.
        """
        last, reached, broken = coverage.end()
        covered, end = max(reached, self.covered), own if own is not None else whole
        if end is not None and covered > end - BETWEEN:
            covered = covered if last >= end else end  # how long the last frame stands is told there alone
        elif end is not None and not self.fault:
            short = own is not None or broken or coverage.others < end - _SHORT_OF
            wanted = end if until is None else min(end, until)
            self.fault = "cut off" if short and covered < wanted - _SHORT_OF else ""
        self.covered = covered if until is None else min(covered, until)
        if self.fault:
            of = "" if end is None else f" of {end:.1f}"
            self.fault += f": the image ends at {self.covered:.1f}{of} s"
