"""What is known of a film in the end: frames, tracks, shots, screen time."""

from __future__ import annotations

import bisect
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from gender_classifier.inference.results import OK, Prediction
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.names import to_text
from gender_classifier.video.answers import Track, answer_tracks
from gender_classifier.video.ending import Ending
from gender_classifier.video.looks import Look
from gender_classifier.video.reading import Film
from gender_classifier.video.screen_time import Errors, ScreenTime, share_of_women, totals

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class VideoFrame:
    """One frame that was looked at.

    Example:
        >>> from gender_classifier.video.looks import Seen
        >>> look = Look(0.2, 5, 0.2, faces=[Seen((10, 10, 50, 50), score=0.9, logit=2.0, track=0)])
        >>> frame = VideoFrame.of(look, DecisionRule(), ("female", "male"), "film.mp4")
        >>> frame.faces[0].label, frame.tracks
        ('male', [0])

    Attributes:
        time: seconds from the film's beginning.
        number: of the frame, from 0.
        shot_begins: a shot began since the frame before.
        faces: from left to right, each by itself; a track's answer is another.
        tracks: number of each face's track.
    """

    time: float
    number: int
    shot_begins: bool
    faces: list[Prediction]
    tracks: list[int]

    @classmethod
    def of(cls, look: Look, rule: DecisionRule, names: tuple[str, str], path: str) -> VideoFrame:
        """Answer a look's faces.

        Args:
            look: its faces numbered by a `Tracker`.
            rule: how logits become answers.
            names: of the classes, female first.
            path: of the film, for the answers.

        Returns:
            The frame, with an answer to each face by its own logit.
        """
        logits = [face.logit for face in look.faces]
        said = zip(rule.labels(logits, names), rule.probabilities(logits), rule.guesses(logits), strict=True)
        faces = [
            Prediction(
                label,
                float(probability),
                face.logit,
                path=path,
                face=place,
                box=face.box,
                detection_score=face.score,
                face_px=face.side,
                best_guess=names[guess],
            )
            for place, (face, (label, probability, guess)) in enumerate(zip(look.faces, said, strict=True))
        ]
        return cls(look.time, look.number, bool(look.cuts), faces, [face.track for face in look.faces])


@dataclass(frozen=True)
class Shot:
    """From one cut to the next.

    Example:
        >>> Shot(number=0, begin=0.0, end=2.0, screen_time=totals([], [(0.0, 2.0)])).screen_time.with_nobody
        2.0

    Attributes:
        number: from 0, in the order of time.
        begin: seconds from the film's beginning.
        end: the same.
        screen_time: totals within, without a share.
    """

    number: int
    begin: float
    end: float
    screen_time: ScreenTime


@dataclass(frozen=True)
class VideoResult:
    """All that is known of a film. Gender is what annotators perceived; a track is not a person.

    Example:
        >>> result = classifier.analyse_video("film.mp4")  # doctest: +SKIP
        >>> result.screen_time.line()  # doctest: +SKIP
        >>> result.to_pandas("tracks")  # doctest: +SKIP

    Attributes:
        path: of the film.
        width: of the upright image with square pixels, in which boxes are.
        height: of it.
        rate: mean frames a second that the file states.
        length: seconds of film until the last frame that could be read.
        looks: frames that were looked at.
        spans: from when until when each of them stands, seconds.
        shots: in their order.
        tracks: in the order in which they begin.
        screen_time: totals, and women's share.
        status: `ok`, or why the film could not be read to its end.
        note: what is no error but should be known; mostly empty.
        rule: by which logits became answers.
        names: of the classes.
    """

    path: str
    width: int
    height: int
    rate: float
    length: float
    looks: list[Look] = field(repr=False)
    spans: list[tuple[float, float]] = field(repr=False)
    shots: list[Shot] = field(repr=False)
    tracks: list[Track] = field(repr=False)
    screen_time: ScreenTime
    status: str = OK
    note: str = ""
    rule: DecisionRule = field(default_factory=DecisionRule, repr=False)
    names: tuple[str, str] = ("female", "male")

    @property
    def frames(self) -> list[VideoFrame]:
        """The looks with each face's own answer."""
        return [VideoFrame.of(look, self.rule, self.names, self.path) for look in self.looks]

    def to_pandas(self, what: str = "faces") -> pandas.DataFrame:
        """Give a table as in the command's files.

        Args:
            what: `faces`, `tracks`, `shots`, `summary` (one row), or `ina` (faces in the columns of inaFaceAnalyzer).

        Returns:
            A row a face, track or shot, with the columns that `video.tables.TABLES` tells.

        Raises:
            KeyError: another table.
            ModuleNotFoundError: pandas is not installed.
        """
        import pandas

        from gender_classifier.video.tables import TABLES

        columns, rows = TABLES[what]
        return pandas.DataFrame([dict(row) for row in rows(self)], columns=list(columns))


def put_together(
    film: Film,
    ending: Ending,
    looks: list[Look],
    spans: list[tuple[float, float]],
    rule: DecisionRule,
    names: tuple[str, str],
    errors: Errors | None,
    own: DecisionRule | None = None,
) -> VideoResult:
    """Make tracks, shots and totals of what was seen.

    Args:
        film: size, rate and path of it.
        ending: how reading ended.
        looks: all of them, their faces numbered by a `Tracker`.
        spans: from when until when each stands, seconds.
        rule: how logits become answers.
        names: of the classes, female first.
        errors: of the model; None: not known, and then no share is told.
        own: the model's rule, at which its errors were measured and by which the share goes; None: `rule`.

    Returns:
        All that is known of the film.

    Raises:
        UserError: by these errors no share can be corrected (`metrics.counting.adjusted_count`).
    """
    begins = [spans[0][0] if spans else 0.0]
    # A cut before anything was seen begins no second shot.
    begins += sorted({cut for look in looks for cut in look.cuts if cut > begins[0]} | set(ending.cuts))
    shot_of = [max(0, bisect.bisect_right(begins, begin) - 1) for begin, _ in spans]
    tracks = answer_tracks(looks, spans, shot_of, rule, names)
    time = totals(tracks, spans)
    if time.female + time.male + time.uncertain > 0 and errors is not None:
        women, against = share_of_women(tracks, errors, own)
        time = replace(time, share_female=women.share, interval=women.interval, against=against)
    return VideoResult(
        path=to_text(os.fspath(film.path)),
        width=film.width,
        height=film.height,
        rate=film.rate,
        length=ending.covered,
        looks=looks,
        spans=spans,
        shots=_shots(begins, ending.covered, shot_of, tracks, spans),
        tracks=tracks,
        screen_time=time,
        status=ending.fault or OK,
        note="; ".join(ending.notes),
        rule=rule,
        names=names,
    )


def _shots(
    begins: Sequence[float],
    covered: float,
    shot_of: Sequence[int],
    tracks: Sequence[Track],
    spans: Sequence[tuple[float, float]],
) -> list[Shot]:
    ends = [*begins[1:], max(covered, begins[-1])]
    own: dict[int, list[Track]] = {}
    for track in tracks:
        own.setdefault(track.shot, []).append(track)
    shots = []
    for number, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        first, last = bisect.bisect_left(shot_of, number), bisect.bisect_right(shot_of, number)
        within = [replace(t, first=t.first - first, last=t.last - first) for t in own.get(number, [])]
        shots.append(Shot(number, begin, end, totals(within, spans[first:last])))
    return shots
