"""What `video` was asked for, and whether it can be."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from gender_classifier.errors import UserError
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.video.reading import Sampling

NAME = "{name}"
"""Stands for a film's name, without its ending, in the outputs of which each film has its own."""
KINDS = {
    "subtitles": (".ass", ".srt", ".vtt"),
    "annotate": (".mp4",),
    "page": (".html", ".htm"),
    "timeline": (".png",),
    "out": (".csv", ".jsonl", ".parquet"),
    "tracks": (".csv", ".jsonl", ".parquet"),
    "shots": (".csv", ".jsonl", ".parquet"),
    "summary": (".csv", ".jsonl", ".parquet"),
}
EACH = ("subtitles", "annotate", "page", "timeline")
"""Outputs of which each film has its own."""
_CLOCK = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)")


def seconds(name: str, text: str) -> float:
    """Read a place in a film: seconds, minutes and seconds, or hours, minutes and seconds.

    Args:
        name: of the option, for the error.
        text: as it was given: `90`, `90.5`, `1:30` or `1:02:30`.

    Returns:
        Seconds from the film's beginning.

    Raises:
        UserError: the text is none of these.
    """
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise UserError(f"--{name} {text}: seconds, as 90 or 90.5, or 1:30, or 1:02:30")
    hours, minutes, rest = found.groups(default="0")
    return 3600 * int(hours) + 60 * int(minutes) + float(rest)


@dataclass(frozen=True)
class VideoOptions:
    """How films are looked at.

    Women's share goes by the model's own threshold and band, at which its errors were measured: `right`, `answer_all`
    and `prior` change the answers alone.

    Example:
        >>> VideoOptions(rate=2.0, start=90.0).sampling()
        Sampling(rate=2.0, keyframes=False, start=90.0, end=None)

    Attributes:
        rate: frames a second.
        keyframes: key frames alone.
        start: seconds to begin at.
        end: seconds to stop before; None: the end.
        min_face: smallest face sought, pixels; None: 24, or an eighteenth of the film's height.
        right: share of the answers wanted right, as in `predict`; None: the model's own band.
        answer_all: nothing is `uncertain`.
        prior: share of men to correct for; None: as calibrated.
    """

    rate: float = 5.0
    keyframes: bool = False
    start: float = 0.0
    end: float | None = None
    min_face: int | None = None
    right: float | None = None
    answer_all: bool = False
    prior: float | None = None

    def sampling(self) -> Sampling:
        """Give which frames are looked at.

        Returns:
            Rate, key frames, start and end of these options.

        Raises:
            UserError: a rate, start, end or smallest face that cannot be.
        """
        if not 0 < self.rate <= 240:
            raise UserError(f"fps={self.rate:g}: frames a second, more than 0 and at most 240")
        if not 0 <= self.start < math.inf or (self.end is not None and not self.end > self.start):
            raise UserError(f"start={self.start:g}, end={self.end}: the end must come after the start, both from 0 on")
        if self.min_face is not None and self.min_face < 1:
            raise UserError(f"min_face={self.min_face}: at least 1 pixel")
        return Sampling(self.rate, self.keyframes, self.start, self.end)

    def rule(self, classifier: GenderClassifier) -> DecisionRule:
        """Give the rule by which logits become answers.

        Args:
            classifier: whose threshold, calibration and band these options change.

        Returns:
            The rule for single views, without test-time augmentation.

        Raises:
            UserError: the model cannot be corrected for `prior`, does not reach `right`, or both `right` and
                `answer_all` are asked for.
        """
        return classifier.rule(prior=self.prior, right=self.right, answer_all=self.answer_all)


@dataclass(frozen=True)
class Outputs:
    """What is written; None: that is not. Those of `EACH` may have `{name}` in them.

    Example:
        >>> Outputs(page=Path("{name}.html")).of("page", Path("films/first.mp4")).name
        'first.html'

    Attributes:
        out: table with a row a face; like all tables `.csv`, `.jsonl` or `.parquet`.
        tracks: table with a row a track.
        shots: table with a row a shot.
        summary: table with a row a film.
        subtitles: `.ass` (frames and answers in place), `.srt` or `.vtt` (answers as text).
        annotate: the film with faces framed and its sound, `.mp4`.
        page: timeline, tracks and totals on one page, `.html`.
        timeline: image of the timeline, `.png`.
        ina: `out` has the columns of inaFaceAnalyzer.
        resume: go on with what an interrupted run kept; the outputs that it named are replaced.
        overwrite: files that are there already are replaced; with `resume` those too that it did not name.
    """

    out: Path | None = None
    tracks: Path | None = None
    shots: Path | None = None
    summary: Path | None = None
    subtitles: Path | None = None
    annotate: Path | None = None
    page: Path | None = None
    timeline: Path | None = None
    ina: bool = False
    resume: bool = False
    overwrite: bool = False

    def named(self) -> dict[str, Path]:
        """Give the paths that are wanted, by option; `{name}` still stands in them."""
        return {name: path for name in KINDS if (path := getattr(self, name)) is not None}

    @property
    def kept_for(self) -> Path | None:
        """The table beside which an interrupted run keeps what it has; None: nothing is kept."""
        return self.out or self.tracks or self.shots or self.summary

    def of(self, option: str, film: Path) -> Path | None:
        """Say where a film's own output goes.

        Args:
            option: one of `EACH`.
            film: whose name, without its ending, stands for `{name}`.

        Returns:
            The file to write; None: this output is not wanted.
        """
        path: Path | None = getattr(self, option)
        return None if path is None else Path(os.fspath(path).replace(NAME, film.stem))

    def targets(self, films: Sequence[Path]) -> list[str]:
        """Give all files that are written, as they really lie.

        Args:
            films: that will be read.

        Returns:
            Their paths, without links, sorted.
        """
        found: set[str] = set()
        for option, path in self.named().items():
            each = [self.of(option, film) or path for film in films] if option in EACH else [path]
            found.update(os.path.realpath(target) for target in each)
        return sorted(found)

    def check(self, films: Sequence[Path], kept: Collection[str]) -> None:
        """Refuse what could not be written in the end.

        Args:
            films: that will be read.
            kept: outputs of an interrupted run, as its `targets` gave them, which may be replaced.

        Raises:
            UserError: a name that tells no format, no such folder, a file that is there, two outputs in one file, or
                options that do not go together.
        """
        if self.resume and self.kept_for is None:
            raise UserError("--resume goes on with an --out (or another table) that was interrupted; name it")
        if self.ina and self.out is None:
            raise UserError("--format ina is of --out; name it")
        if self.ina and len(films) > 1:
            raise UserError("--format ina has no column for the film; one film at a time")
        seen: dict[str, str] = {os.path.realpath(film): "a film that is read" for film in films}
        for option, path in self.named().items():
            if option in EACH and len(films) > 1 and NAME not in os.fspath(path):
                raise UserError(f"--{option} {path}: of several films; put {NAME} in it, which stands for each one's")
            for film in films if option in EACH else films[:1]:
                target = self.of(option, film) if option in EACH else path
                assert target is not None
                self._check_one(option, target, kept)
                if (other := seen.setdefault(os.path.realpath(target), f"--{option}")) != f"--{option}" or (
                    option in EACH and NAME in os.fspath(path) and [f.stem for f in films].count(film.stem) > 1
                ):
                    raise UserError(f"--{option} {target}: is also {other}, or of two films; choose other names")

    def _check_one(self, option: str, path: Path, kept: Collection[str]) -> None:
        kinds = KINDS[option]
        if path.suffix.lower() not in kinds:
            raise UserError(f"--{option} {path}: its name must end in {' or '.join(kinds)}")
        if path.is_dir() or not path.parent.is_dir():
            raise UserError(f"--{option} {path}: no file can be written there; name one in a folder that is there")
        if path.exists() and not (self.overwrite or os.path.realpath(path) in kept):
            begun = ", and what is kept of an interrupted run does not name it" if self.resume and kept else ""
            raise UserError(
                f"--{option} {path}: is there already{begun}; --overwrite replaces it, or choose another name"
            )
