"""What a track is answered: from all its faces, with a probability that is a track's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gender_classifier.metrics.decision import UNCERTAIN, DecisionRule
from gender_classifier.video.looks import NO_TRACK, Look

_ENOUGH = 96.0
"""Side of a face, pixels, beyond which it tells no more: the network's crop has as many across a face."""


@dataclass(frozen=True)
class Track:
    """A face from when it is first to when it is last seen without a break or a cut. It is not a person.

    Example:
        >>> from gender_classifier.video.looks import Seen
        >>> look = Look(0.0, 0, 0.0, faces=[Seen((10, 10, 50, 50), score=0.9, logit=2.0, track=0)])
        >>> [track] = answer_tracks([look], [(0.0, 0.2)], [0], DecisionRule(), ("female", "male"))
        >>> track.label, round(track.probability_male, 2), track.seconds
        ('male', 0.88, 0.2)

    Attributes:
        number: from 0, in the order in which they begin.
        shot: number of its shot, from 0.
        begin: seconds from the film's beginning.
        end: the same.
        seconds: on screen.
        faces: frames in which it was found.
        first: place of its first look in the film's looks, from 0.
        last: of its last.
        label: `female`, `male` or `uncertain`: perceived gender as annotators saw it.
        best_guess: `female` or `male` also where the label is `uncertain`.
        probability_male: calibrated, 0 to 1.
        logit: mean over its faces, weighted by size and detection score.
        face_px: median side of its faces, pixels.
        detection_score: mean, 0 to 1.
        changes: times that the answers of its single faces change from one gender to the other.
    """

    number: int
    shot: int
    begin: float
    end: float
    seconds: float
    faces: int
    first: int
    last: int
    label: str
    best_guess: str
    probability_male: float
    logit: float
    face_px: float
    detection_score: float
    changes: int


def answer_tracks(
    looks: Sequence[Look],
    spans: Sequence[tuple[float, float]],
    shots: Sequence[int],
    rule: DecisionRule,
    names: tuple[str, str],
) -> list[Track]:
    """Join the looks' faces by their track numbers, and answer each track by all its faces.

    Args:
        looks: their faces numbered by a `Tracker`; faces without a number are left out.
        spans: from when until when each look stands (`looks.spans`), seconds.
        shots: number of each look's shot.
        rule: from a mean logit to an answer.
        names: of the classes, female first.

    Returns:
        The tracks, in the order of their numbers.
    """
    places: dict[int, list[tuple[int, int]]] = {}
    for place, look in enumerate(looks):
        for position, face in enumerate(look.faces):
            if face.track != NO_TRACK:
                places.setdefault(face.track, []).append((place, position))
    passed = np.concatenate([[0.0], np.cumsum([end - begin for begin, end in spans])])
    tracks = []
    for number, seen in sorted(places.items()):
        faces = [looks[place].faces[position] for place, position in seen]
        logits = np.array([face.logit for face in faces])
        sides = np.array([face.side for face in faces])
        scores = np.array([face.score for face in faces])
        mean = float(np.average(logits, weights=np.maximum(np.minimum(sides, _ENOUGH) * scores, 1e-6)))
        first, last = seen[0][0], seen[-1][0]
        guesses = rule.guesses(logits)[rule.answered(logits)]
        tracks.append(
            Track(
                number=number,
                shot=shots[first],
                begin=spans[first][0],
                end=spans[last][1],
                seconds=float(passed[last + 1] - passed[first]),
                faces=len(faces),
                first=first,
                last=last,
                label=rule.labels([mean], names)[0],
                best_guess=names[int(rule.guesses([mean])[0])],
                probability_male=float(rule.probabilities([mean])[0]),
                logit=mean,
                face_px=float(np.median(sides)),
                detection_score=float(scores.mean()),
                changes=int((np.diff(guesses) != 0).sum()),
            )
        )
    return tracks


def present(tracks: Sequence[Track], looks: int, label: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Count the tracks with a label in each look; a look in which a track's face was missed counts too.

    Args:
        tracks: of the film.
        looks: how many there are.
        label: `female`, `male` or `uncertain`.

    Returns:
        int64 (looks,).
    """
    steps = np.zeros(looks + 1, np.int64)
    for track in tracks:
        if track.label == label:
            steps[track.first] += 1
            steps[track.last + 1] -= 1
    return np.cumsum(steps[:-1])


LABELS = ("female", "male", UNCERTAIN)
"""In the order in which tables and figures show them."""
