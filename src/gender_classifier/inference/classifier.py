"""The classifier that anyone can use: a model file, no torch."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import CANONICAL, Geometry
from gender_classifier.images.pages import MOST_PAGES
from gender_classifier.images.read import MAX_PIXELS
from gender_classifier.inference.abstention import band_of
from gender_classifier.inference.backends.registry import DEFAULT, check_name, open_network
from gender_classifier.inference.checks import text_or_path, whole_number
from gender_classifier.inference.image_result import ImageResult, Results
from gender_classifier.inference.items import Source, items
from gender_classifier.inference.pipeline import answered, prepared, results
from gender_classifier.inference.preparation import Preparation
from gender_classifier.inference.results import Prediction
from gender_classifier.inference.test_time import apply_view, check_views
from gender_classifier.metrics.decision import DecisionRule, prior_shift
from gender_classifier.model_files.hub import download_model
from gender_classifier.model_files.metadata import METADATA_KEY, ModelMetadata, parse_metadata
from gender_classifier.model_files.registry import (
    SHIPPED,
    is_name,
    missing,
    model_file,
)
from gender_classifier.system.cores import checked_threads
from gender_classifier.system.engine import open_session

if TYPE_CHECKING:
    from gender_classifier.video.result import VideoFrame, VideoResult


class GenderClassifier:
    """Perceived gender of faces from one ONNX file; safe to call from several threads.

    Args:
        model: model file that `export` wrote, a run folder, or the name of a model that comes with the package,
            `"release"` (a text without separator or suffix; a file of that name is `"./release"`). None: the
            released one.
        threads: of the engine and of reading; None for all cores that this process may use, and never more than those.
        detector: another YuNet file; None for the bundled one. Loaded when first needed.
        engine: one of `inference.backends.registry.NAMES`; `"auto"` takes the fastest that is there.

    Attributes:
        engine: that runs the network; with `"auto"` the one that was chosen.

    Raises:
        UnreadableError: no such file, or not one of ours.
        UserError: `threads` below 1, another engine, or one that is not installed or has no device here.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | None = None,
        threads: int | None = None,
        detector: str | os.PathLike[str] | None = None,
        engine: str = DEFAULT,
    ) -> None:
        if model is None:
            model = SHIPPED[0].name
        self.path = model_file(text_or_path("model", model))
        if not self.path.is_file():
            raise missing(self.path)
        if threads is not None:
            threads = whole_number("threads", threads)
        check_name(engine)
        self.threads = checked_threads(threads)
        self._detector_file = Path(text_or_path("detector", detector)) if detector is not None else None
        # A shipped model has its place in each installation, and another process may work in another folder.
        self._asked: dict[str, Any] = {
            "model": model if is_name(model) else os.path.abspath(self.path),
            "threads": threads,
            "detector": os.path.abspath(self._detector_file) if self._detector_file is not None else None,
            "engine": engine,
        }
        self._detector: FaceDetector | None = None
        self._lock = Lock()
        try:
            self._session = open_session(self.path, self.threads)
        except Exception as error:  # onnxruntime raises its own undocumented types
            raise UnreadableError(f"{self.path}: not a model file ({str(error).splitlines()[0]})") from None
        text = self._session.get_modelmeta().custom_metadata_map.get(METADATA_KEY)
        self.metadata: ModelMetadata = parse_metadata(text, str(self.path))
        if "logit" not in [output.name for output in self._session.get_outputs()]:
            raise UnreadableError(f"{self.path}: not a model file of ours (it has no output `logit`)")
        self.engine, self._logits = open_network(engine, self._session, self.path, self.threads)

    @classmethod
    def from_hub(cls, repository: str, revision: str | None = None, **how: Any) -> GenderClassifier:
        """Make a classifier of a model on the Hugging Face hub, laid out by ``export --hub``.

        Downloads one file, ``model.onnx``, into the hub's cache; nothing else here opens a connection.

        Args:
            repository: ``"owner/name"``.
            revision: branch, tag or commit; name a commit where answers must stay the same.
            **how: ``threads``, ``detector`` and ``engine``, as of the class.

        Raises:
            ModuleNotFoundError: the extra ``[hub]`` is not installed.
            UserError: no name of a repository.
            UnreadableError: no network, no such repository or revision, or no model file of ours in it.

        Example:
            >>> GenderClassifier.from_hub("someone/faces", revision="v1")  # doctest: +SKIP
        """
        return cls(download_model(repository, revision), **how)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({os.fspath(self.path)!r}, threads={self.threads}, engine={self.engine!r})"

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs to make the same classifier: where its files lie, and what was asked for."""
        return {"asked": self._asked, "metadata": self.metadata}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state["asked"])  # type: ignore[misc]
        self.metadata = state["metadata"]  # a caller may have changed it

    @property
    def geometry(self) -> Geometry:
        """Of the crops that the network takes; models trained on tight crops without a note of theirs: canonical."""
        given = self.metadata.geometry
        geometry = Geometry.from_dict(given) if given is not None else CANONICAL
        return geometry.scaled(self.metadata.input_size)

    def predict(
        self,
        images: Source | Iterable[Source],
        *,
        faces_only: bool = False,
        tta: bool = False,
        min_face: int | None = None,
        prior: float | None = None,
        pages: bool = False,
        rotate: bool = True,
        right: float | None = None,
        answer_all: bool = False,
    ) -> Results:
        """Answer images, in their order: their faces from left to right, or why there are none.

        Args:
            images: paths, bytes of files, files opened with `"rb"`, PIL images, arrays or tensors of uint8
                (H, W, 3) RGB or (H, W), or any mixture in a list, a Series or an iterator; or one of them. What an
                iterator gives is taken before the next is asked for, so it may close or refill it then.
            faces_only: each image is a crop already, and nothing is sought in it.
            tta: average over the model's views.
            min_face: smallest face sought, pixels; None: 24 in a photo of up to 1,280 pixels, larger in proportion.
            prior: share of men, between 0 and 1, of a population to correct probabilities for; None: as calibrated.
            rotate: seek faces at quarter turns too, where none or only a poor one is found (column `turned`).
            pages: look at all pages or frames of a file (up to 1,000); else at the first, and `note` says of more.
            right: share of the answers that is wanted right, 0.5 to 1: faces are `uncertain` in the band that
                reached it on the model's held-out images; None: the model's own band.
            answer_all: no face is `uncertain`.

        Raises:
            UserError: what is no image at all, `min_face` below 1, a model that no prior can correct, or a share
                that it does not reach. A file that cannot be read is a row.
        """
        how: dict[str, Any] = {
            "prior": prior,
            "pages": pages,
            "rotate": rotate,
            "right": right,
            "answer_all": answer_all,
        }
        stream = self.stream(images, faces_only=faces_only, tta=tta, min_face=min_face, **how)
        return Results(replace(image, crops=None) for image in stream)

    def stream(
        self,
        images: Source | Iterable[Source],
        *,
        faces_only: bool = False,
        tta: bool = False,
        min_face: int | None = None,
        prior: float | None = None,
        pages: bool = False,
        rotate: bool = True,
        right: float | None = None,
        answer_all: bool = False,
    ) -> Generator[ImageResult, None, None]:
        """Answer images one by one, as `predict` does, each with its crops. Memory does not grow.

        With `pages` each page is an image.
        """
        prepare = self.preparation(faces_only, min_face, rotate, MOST_PAGES if pages else 1)
        rule = self.rule(tta, prior, right, answer_all)
        taken = items(images, pages)
        files = prepared(prepare.ahead, taken, self.threads, lambda item: item.held)
        photos = (photo for file in files for photo in file)
        return results(answered(photos, lambda crops: self._answers(crops, tta, rule)))

    def stream_video(self, path: str | os.PathLike[str], **how: Any) -> Generator[VideoFrame, None, None]:
        """Look at a film's frames, in their order, each with its faces' answers; memory does not grow.

        Args:
            path: of the film.
            **how: the fields of ``video.options.VideoOptions``: ``rate`` (frames a second, 5), ``keyframes``,
                ``start`` and ``end`` (seconds), ``min_face``, ``right``, ``answer_all``, ``prior``.

        Raises:
            ModuleNotFoundError: the extra ``[video]`` is not installed.
            UnreadableError: no film, or one without a picture track.
            UserError: options that cannot be.
        """
        from gender_classifier.video.analysis import stream_video
        from gender_classifier.video.options import VideoOptions

        return stream_video(self, path, VideoOptions(**how))

    def analyse_video(self, path: str | os.PathLike[str], **how: Any) -> VideoResult:
        """Say how long women and men are on screen in a film: frames, tracks, shots and screen time.

        The arguments and errors are those of `stream_video`. The share of women is corrected by the errors that
        the report beside the model tells.
        """
        from gender_classifier.video.analysis import analyse_video
        from gender_classifier.video.options import VideoOptions

        return analyse_video(self, path, VideoOptions(**how))

    def preparation(
        self,
        faces_only: bool = False,
        min_face: int | None = None,
        rotate: bool = True,
        most: int = 1,
        max_pixels: int = MAX_PIXELS,
    ) -> Preparation:
        """Give what makes an image ready: the arguments are those of `predict`.

        Args:
            faces_only: each image is a crop already.
            min_face: smallest face sought, pixels.
            rotate: seek faces at quarter turns too.
            most: pages of a file that are looked at.
            max_pixels: larger images are refused before they are decoded.

        Raises:
            UserError: ``min_face`` below 1.
        """
        if min_face is not None:
            min_face = whole_number("min_face", min_face, " pixel")
        detector = None if faces_only else self.face_detector()
        return Preparation(self.geometry, self.metadata.fit, detector, min_face, most, rotate, max_pixels)

    def face_detector(self) -> FaceDetector:
        """Give the detector, loaded when first asked for."""
        with self._lock:
            if self._detector is None:
                # Images are looked at side by side, one thread each.
                self._detector = FaceDetector(self._detector_file, threads=1)
            return self._detector

    def score_crops(
        self, crops: NDArray[np.uint8], views: Sequence[str] = ("identity",), batch_size: int = 32
    ) -> NDArray[np.float32]:
        """Logits, float32 (len(views), N), of crops, uint8 (N, size, size, 3) RGB.

        Args:
            crops: as the network sees them; size is the model's `input_size`.
            views: names as in `inference.test_time`.
            batch_size: crops that go through the network at a time; more takes memory, not less time
                (`benchmarks/export_input.py` shows both).

        Raises:
            UserError: another dtype or shape, an unknown view, or `batch_size` below 1.
        """
        check_views(views)
        batch_size = whole_number("batch_size", batch_size)
        self._check_crops(crops)
        logits = np.empty((len(views), len(crops)), np.float32)
        for row, view in enumerate(views):
            for start in range(0, len(crops), batch_size):
                part = apply_view(crops[start : start + batch_size], view)
                logits[row, start : start + len(part)] = self._logits(part)
        return logits

    def _check_crops(self, crops: NDArray[np.uint8]) -> None:
        size = self.metadata.input_size
        if not isinstance(crops, np.ndarray):
            raise UserError(f"crops: expected an array, uint8 (N, {size}, {size}, 3), got {type(crops).__name__}")
        if crops.dtype != np.uint8 or crops.ndim != 4 or crops.shape[1:] != (size, size, 3):
            raise UserError(f"crops: expected uint8 (N, {size}, {size}, 3), got {crops.dtype} {crops.shape}")

    def rule(
        self, tta: bool = False, prior: float | None = None, right: float | None = None, answer_all: bool = False
    ) -> DecisionRule:
        """Give the rule by which logits become answers.

        Args:
            tta: of the views' mean logit.
            prior: share of men, between 0 and 1, of a population to correct for; None: as calibrated.
            right: share of right answers that the band promises; None: the model's own band.
            answer_all: no band.

        Raises:
            UserError: the model cannot be corrected (`metrics.decision.prior_shift`), or does not reach
                `right` (`inference.abstention.band_of`).
        """
        band = band_of(self.metadata, self.path, right, answer_all)
        rule = replace(DecisionRule.of_model(self.metadata, tta), band=band)
        return rule if prior is None else rule.shifted(prior_shift(self.metadata, prior, str(self.path)))

    def predict_crops(
        self,
        crops: NDArray[np.uint8],
        tta: bool = False,
        prior: float | None = None,
        right: float | None = None,
        answer_all: bool = False,
    ) -> list[Prediction]:
        """Answers for crops, uint8 (N, size, size, 3) RGB; the rest as in `predict`."""
        return self._answers(crops, tta, self.rule(tta, prior, right, answer_all))

    def _answers(self, crops: NDArray[np.uint8], tta: bool, rule: DecisionRule) -> list[Prediction]:
        return self.said(self.logits(crops, tta), rule)

    def logits(self, crops: NDArray[np.uint8], tta: bool = False) -> NDArray[np.float32]:
        """Logits, float32 (N,), of crops, uint8 (N, size, size, 3) RGB; with ``tta`` the mean over the model's views.

        Raises:
            UserError: another dtype or shape.
        """
        logits: NDArray[np.float32] = self.score_crops(crops, self.metadata.tta.views if tta else ("identity",)).mean(0)
        return logits

    def said(self, logits: NDArray[np.float32], rule: DecisionRule) -> list[Prediction]:
        """Give the answers that a rule (`rule`) makes of logits, float32 (N,)."""
        names = self.metadata.class_names
        said = zip(rule.labels(logits, names), rule.probabilities(logits), logits, rule.guesses(logits), strict=True)
        return [Prediction(label, float(p), float(z), best_guess=names[guess]) for label, p, z, guess in said]
