"""What answers images: models, threads that find faces, and the batches that requests share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.images.undecoded import pixels_declared
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.image_result import FaceResult, ImageResult
from gender_classifier.inference.pipeline import BATCH, result_of
from gender_classifier.inference.preparation import Photo
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.model_files.registry import is_name
from gender_classifier.server.batching import Batcher
from gender_classifier.server.gate import Gate
from gender_classifier.server.metrics import Metrics
from gender_classifier.server.problems import ProblemError
from gender_classifier.server.schemas import Model
from gender_classifier.server.settings import ServerSettings
from gender_classifier.server.uploads import Memory, Upload
from gender_classifier.system.files import sha256_of

_BODIES = 8
"""Largest bodies that may be held at a time."""
_DETECTION_PIXELS = 8_000_000
"""Of the detector's input: what a small `min_face` in a large image would take beyond is refused."""
_DETECTED_AT = 20
"""Pixels to which the detector scales the smallest face that is sought."""


@dataclass(frozen=True)
class Options:
    """Parameters of a request; those of `GenderClassifier.predict`.

    Example:
        >>> Options(min_face=40).rotate
        True

    Attributes:
        faces_only: each image is a crop already, and nothing is sought in it.
        tta: average over the model's views.
        min_face: smallest face sought, pixels; None: by the image's size.
        prior: share of men in a population to correct for, between 0 and 1; None: as calibrated.
        right: share of the answers wanted right, 0.5 to 1; None: the model's own band.
        answer_all: no face is `uncertain`.
        rotate: seek turned faces too.
    """

    faces_only: bool = False
    tta: bool = False
    min_face: int | None = None
    prior: float | None = None
    right: float | None = None
    answer_all: bool = False
    rotate: bool = True


@dataclass(frozen=True, eq=False)
class Served:
    """A model that answers, with its batches; `Service.named` gives it.

    Attributes:
        about: what clients are told of it.
        classifier: decodes, finds faces and scores.
        batches: share the network among requests.
    """

    about: Model
    classifier: GenderClassifier
    batches: Batcher


class Service:
    """Answers images of many requests at a time.

    Example:
        >>> service = Service(ServerSettings())
        >>> service.ready
        False
        >>> service.load()  # doctest: +SKIP
        >>> service.named(None).about.name  # doctest: +SKIP

    Args:
        settings: models and limits.

    Attributes:
        gate: bounds the images in progress.
        metrics: what is counted.
        memory: bounds the bytes of bodies.
        models: by name, the default first; empty until `load`.
    """

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.gate = Gate(settings.queue)
        self.metrics = Metrics(lambda: self.gate.used)
        self.memory = Memory(_BODIES * settings.max_bytes)
        self.models: dict[str, Served] = {}
        self._pool: ThreadPoolExecutor | None = None

    @property
    def ready(self) -> bool:
        """Whether models are loaded and warm."""
        return self._pool is not None

    def check(self) -> None:
        """Open the models and let them go again.

        Raises:
            UnreadableError: a model file is missing or broken.
            UserError: an engine is missing, or two models have one name.
        """
        names: list[str] = []
        for source in self.settings.models:
            classifier = GenderClassifier(source, self.settings.threads, engine=self.settings.engine)
            names.append(_new_name(source, classifier.path, names))

    def load(self) -> None:
        """Open the models and run each once, so that the first request waits no longer than others.

        Raises:
            UnreadableError: a model file is missing or broken.
            UserError: an engine is missing, or two models have one name.
        """
        cv2.setNumThreads(1)  # several images are read side by side
        for source in self.settings.models:
            served = self._served(source)
            self.models[served.about.name] = served
        first = next(iter(self.models.values())).classifier
        self._pool = ThreadPoolExecutor(first.threads, thread_name_prefix="images")

    def _served(self, source: str | Path) -> Served:
        classifier = GenderClassifier(source, self.settings.threads, engine=self.settings.engine)
        metadata = classifier.metadata
        about = Model(
            name=_new_name(source, classifier.path, self.models),
            sha256=sha256_of(classifier.path),
            engine=classifier.engine,
            input_size=metadata.input_size,
            licence=metadata.licence,
            uncertain_band=metadata.uncertain_band,
        )
        size = metadata.input_size
        for count in (1, BATCH):  # memory is allotted at the first run of each
            classifier.logits(np.zeros((count, size, size, 3), np.uint8))
        classifier.predict(np.zeros((size, size, 3), np.uint8))
        self.metrics.model.labels(about.name, about.sha256, about.engine).set(1)
        watch = self.metrics.batches.observe
        return Served(about, classifier, Batcher(classifier.logits, BATCH, self.settings.batch_wait, watch))

    def close(self) -> None:
        """End, with all that was begun done."""
        if self._pool is not None:
            self._pool.shutdown()
        for served in self.models.values():
            served.batches.close()

    def named(self, name: str | None) -> Served:
        """Give a model by its name.

        Args:
            name: as `/v1/models` tells it; None or empty: the first.

        Returns:
            The model, loaded.

        Raises:
            ProblemError: no such model (422), or none is loaded yet (503).
        """
        if not self.ready:
            raise ProblemError(503, "the model is being loaded; ask again in 1 s", "not_ready", retry=1)
        served = self.models.get(name or next(iter(self.models)))
        if served is None:
            raise ProblemError(422, f"model: one of {', '.join(self.models)}")
        return served

    async def answer(self, served: Served, uploads: Sequence[Upload], options: Options) -> list[ImageResult]:
        """Answer images.

        Args:
            served: the model.
            uploads: the files that were sent.
            options: of the request.

        Returns:
            A result an image, in their order, without crops; `source` is the name that the client gave, or None.

        Raises:
            ProblemError: too much to do (503), a parameter that cannot be (422), a file that is no image (415) or too
                large (413).
        """
        try:
            rule = served.classifier.rule(options.tta, options.prior, options.right, options.answer_all)
        except UserError as error:
            raise ProblemError(422, str(error)) from None
        self.gate.enter(len(uploads))
        tasks = [
            asyncio.ensure_future(self._one(served, place, upload, options, rule))
            for place, upload in enumerate(uploads)
        ]
        try:
            answers = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
        for answer in answers:
            self.metrics.images.labels(str(answer.status)).inc()
            for face in answer.faces:
                self.metrics.faces.labels(face.label).inc()
        return answers

    async def _one(
        self, served: Served, place: int, upload: Upload, options: Options, rule: DecisionRule
    ) -> ImageResult:
        assert self._pool is not None
        began = time.perf_counter()
        made: Future[Photo] = self._pool.submit(_prepare, served.classifier, place, upload, options, self.settings)
        try:
            photo = await asyncio.wrap_future(made)
            self.metrics.stages.labels("prepare").observe(time.perf_counter() - began)
            said: list[FaceResult] = []
            if photo.crops is not None:
                began = time.perf_counter()
                logits = await asyncio.wrap_future(served.batches.submit(photo.crops, options.tta))
                self.metrics.stages.labels("network").observe(time.perf_counter() - began)
                said = served.classifier.said(logits, rule)
            return replace(result_of(photo, said), source=upload.name or None, crops=None)
        finally:
            # A thread that works on it goes on when the client has left; the image counts until it is done.
            made.add_done_callback(lambda _: self.gate.leave())


def _prepare(
    classifier: GenderClassifier, place: int, upload: Upload, options: Options, settings: ServerSettings
) -> Photo:
    """Decode an image and find its faces.

    Raises:
        ProblemError: no image (415), or too large (413).
    """
    try:
        pixels = pixels_declared(upload.content)
    except UnreadableError as error:
        reason = str(error).removeprefix("image: ")
        raise ProblemError(415, f"file {place}: {reason}") from None
    if pixels > settings.max_pixels:
        raise ProblemError(413, f"file {place}: more than {settings.max_pixels:,} pixels")
    if options.min_face is not None and not options.faces_only:
        scale = min(1.0, _DETECTED_AT / options.min_face)
        if pixels * scale**2 > _DETECTION_PIXELS:
            least = int(_DETECTED_AT * (pixels / _DETECTION_PIXELS) ** 0.5) + 1
            raise ProblemError(413, f"file {place}: min_face={options.min_face} in so large an image; take {least}")
    prepare = classifier.preparation(
        options.faces_only, options.min_face, options.rotate, max_pixels=settings.max_pixels
    )
    return prepare(upload.content)


def _new_name(source: str | Path, path: Path, others: Collection[str]) -> str:
    """A model's name, by which clients ask for it and which no other one has.

    Raises:
        UserError: another one has it.
    """
    name = str(source) if is_name(source) else _name_of(path)
    if name in others:
        raise UserError(f"{source}: two models are named {name}; leave one out, or rename its file or run folder")
    return name


def _name_of(path: Path) -> str:
    """Of a run's model the run's name, else the file's."""
    return path.parent.name if path.stem == "model" and path.parent.name else path.stem
