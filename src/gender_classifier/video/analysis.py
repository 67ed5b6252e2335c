"""A film's way: read, find, classify, number, and in the end add up."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path

import cv2

from gender_classifier.errors import UserError
from gender_classifier.evaluation.counted import HeldOut, Model, held_out
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.image_result import FaceResult
from gender_classifier.inference.pipeline import answered, prepared
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.known_errors import rates_of
from gender_classifier.video.ending import Ending
from gender_classifier.video.finding import Finder, smallest_face
from gender_classifier.video.looks import Look, Seen, spans
from gender_classifier.video.options import VideoOptions
from gender_classifier.video.reading import Film, Moment, Taken
from gender_classifier.video.result import VideoFrame, VideoResult, put_together
from gender_classifier.video.screen_time import Errors
from gender_classifier.video.thumbs import Thumbs
from gender_classifier.video.tracks import Tracker


def looks_of(
    film: Film,
    classifier: GenderClassifier,
    options: VideoOptions,
    tracker: Tracker,
    after: float | None = None,
    thumbs: Thumbs | None = None,
) -> Generator[Look, None, None]:
    """Look at a film's frames; faces carry their tracks' numbers.

    Reading and finding go ahead in other threads, and faces of several frames share a batch.

    Args:
        film: open.
        classifier: the model.
        options: which frames and faces.
        tracker: numbers the faces; it has seen the looks up to `after`.
        after: go on after this time, seconds; None: from the start.
        thumbs: gathers each track's best face; None: none are wanted.

    Yields:
        Each frame that was looked at, in their order; when they are through, `film.ending` tells how reading ended.

    Raises:
        UserError: options that cannot be.
    """
    cv2.setNumThreads(1)  # several frames are looked at side by side
    smallest = smallest_face(film.height, options.min_face)
    finder = Finder(film, classifier.face_detector(), classifier.geometry, smallest)
    moments: deque[Moment] = deque()  # of the frames that wait for an answer, in their order

    def frames() -> Iterator[Taken]:
        for taken in film.frames(options.sampling(), after):
            moments.append(taken.moment)
            yield taken
            del taken  # the thread that looks at it lets go of it

    photos, rule = prepared(finder, frames(), classifier.threads, _held), classifier.rule()
    with closing(answered(photos, lambda crops: classifier.said(classifier.logits(crops), rule))) as answers:
        for image in answers:
            look = _look(moments.popleft(), image.faces)
            tracker.step(look)
            if thumbs is not None and image.crops is not None:
                thumbs.see(look, image.crops)
            yield look


def _held(taken: Taken) -> int:
    return sum(plane.buffer_size for plane in taken.frame.planes)


def _look(moment: Moment, found: Iterable[FaceResult]) -> Look:
    faces = [Seen(face.box, face.detection_score or 0.0, face.logit) for face in found if face.box is not None]
    return Look(moment.time, moment.number, moment.since, moment.cuts, faces)


def stream_video(
    classifier: GenderClassifier, path: str | os.PathLike[str], options: VideoOptions
) -> Generator[VideoFrame, None, None]:
    """Look at a film's frames, as `GenderClassifier.stream_video`; errors come when the first frame is asked for.

    Args:
        classifier: the model.
        path: of the film.
        options: which frames and faces, and the decision rule.

    Yields:
        Each frame that was looked at, in their order, with its faces' answers.

    Raises:
        UnreadableError: no film, or one without an image track.
        UserError: options that cannot be.
    """
    rule, names = options.rule(classifier), classifier.metadata.class_names
    with Film(path, classifier.threads) as film:
        for look in looks_of(film, classifier, options, Tracker()):
            yield VideoFrame.of(look, rule, names, os.fspath(path))


def analyse_video(
    classifier: GenderClassifier,
    path: str | os.PathLike[str],
    options: VideoOptions,
    *,
    errors: Errors | None = None,
    tick: Callable[[float], None] | None = None,
    thumbs: Thumbs | None = None,
) -> VideoResult:
    """Add up a film, as `GenderClassifier.analyse_video`.

    Args:
        classifier: the model.
        path: of the film.
        options: which frames and faces, and the decision rule.
        errors: of the model; None: as the report beside it tells.
        tick: called with the time of each look, seconds of film.
        thumbs: gathers each track's best face; None: none are wanted.

    Returns:
        Tracks, shots and screen time; its `status` tells whether the film was read to its end.

    Raises:
        UnreadableError: no film, or one without an image track.
        UserError: options that cannot be, or errors by which no share can be corrected.
    """
    if errors is not None:
        rates_of(errors.confusion)  # asked now, as `errors_of` does
    known = errors if errors is not None else errors_of(classifier)
    looks = []
    with Film(path, classifier.threads) as film:
        for look in looks_of(film, classifier, options, Tracker(), thumbs=thumbs):
            looks.append(look)
            if tick is not None:
                tick(look.time)
        return finished(film, film.ending, looks, classifier, options, known)


def finished(
    film: Film,
    ending: Ending,
    looks: list[Look],
    classifier: GenderClassifier,
    options: VideoOptions,
    errors: Errors | None,
) -> VideoResult:
    """Add up what was seen of a film.

    Args:
        film: open.
        ending: how reading ended.
        looks: all of them, their faces numbered by a `Tracker`.
        classifier: the model.
        options: of the decision rule.
        errors: of the model; None: not known.

    Returns:
        Tracks, shots and screen time; without errors no share.

    Raises:
        UserError: options that cannot be, or errors by which no share can be corrected.
    """
    return put_together(
        film,
        ending,
        looks,
        spans(looks, ending.covered, ending.cuts),
        options.rule(classifier),
        classifier.metadata.class_names,
        errors,
        DecisionRule.of_model(classifier.metadata),
    )


def errors_of(classifier: GenderClassifier, confusion: Path | None = None) -> Errors | None:
    """Read how often the model errs: from labelled faces of the user, or from the report beside the model.

    Args:
        classifier: the model.
        confusion: scores table of labelled faces like the film's; None: the report beside the model.

    Returns:
        The errors; None: no table was named, and no report tells errors by which a share can be corrected.

    Raises:
        UnreadableError: the scores table cannot be read.
        UserError: it has no labelled faces of both genders, or its answers hardly depend on gender.
    """
    model = Model(classifier.path, classifier.metadata, tta=False)
    try:
        known: HeldOut = held_out(model, confusion)
        rates_of(known.confusion)  # asked now, not when a film was read to its end
    except UserError:
        if confusion is not None:
            raise
        return None
    source = known.source if known.own else "held-out faces of the model's report"
    return Errors(known.confusion, known.uncertain, known.own, source)
