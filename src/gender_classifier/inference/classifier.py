"""The classifier that anyone can use: images and films in, answers out, by a model file, without torch."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from gender_classifier.faces.detection import FaceDetector
from gender_classifier.images.pages import MOST_PAGES
from gender_classifier.images.read import MAX_PIXELS
from gender_classifier.inference.backends.registry import DEFAULT
from gender_classifier.inference.checks import text_or_path, whole_number
from gender_classifier.inference.crop_classifier import CropClassifier
from gender_classifier.inference.image_result import ImageResult, Results
from gender_classifier.inference.items import Source, items
from gender_classifier.inference.pipeline import answered, prepared
from gender_classifier.inference.preparation import Preparation
from gender_classifier.model_files.hub import download_model

if TYPE_CHECKING:
    from gender_classifier.video.result import VideoFrame, VideoResult


class GenderClassifier(CropClassifier):
    """Perceived gender of faces from one ONNX file; safe to call from several threads.

    Example:
        >>> classifier = GenderClassifier(threads=1)
        >>> results = classifier.predict(["holiday.jpg", "party.png"])  # doctest: +SKIP
        >>> [(face.label, face.probability_male) for face in results[0].faces]  # doctest: +SKIP
        [('female', 0.04), ('male', 0.97)]

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
        super().__init__(model, threads, engine)
        self._detector_file = Path(text_or_path("detector", detector)) if detector is not None else None
        # Another process may work in another folder.
        self._asked["detector"] = os.path.abspath(self._detector_file) if self._detector_file is not None else None
        self._detector: FaceDetector | None = None
        self._lock = Lock()

    @classmethod
    def from_hub(cls, repository: str, revision: str | None = None, **how: Any) -> GenderClassifier:
        """Make a classifier of a model on the Hugging Face hub, laid out by `export --hub`.

        Downloads one file, `model.onnx`, into the hub's cache; nothing else here opens a connection.

        Args:
            repository: `"owner/name"`.
            revision: branch, tag or commit; name a commit where answers must stay the same.
            **how: `threads`, `detector` and `engine`, as of the class.

        Returns:
            The classifier; its `path` is in the hub's cache.

        Raises:
            ModuleNotFoundError: the extra `[hub]` is not installed.
            UserError: no name of a repository.
            UnreadableError: no network, no such repository or revision, or no model file of ours in it.

        Example:
            >>> GenderClassifier.from_hub("someone/faces", revision="v1")  # doctest: +SKIP
        """
        return cls(download_model(repository, revision), **how)

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
        """Say of each face in images whether it is perceived as female or male.

        Args:
            images: paths, bytes of files, files opened with `"rb"`, PIL images, arrays or tensors of uint8
                (H, W, 3) RGB or (H, W), or any mixture in a list, a Series or an iterator; or one of them. What an
                iterator gives is taken before the next is asked for, so it may close or refill it then.
            faces_only: each image is a crop already, and nothing is sought in it.
            tta: average over the model's views.
            min_face: smallest face sought, pixels; None: 24 in a photo of up to 1,280 pixels, larger in proportion.
            prior: share of men, between 0 and 1, of a population to correct probabilities for; None: as calibrated.
            pages: look at all pages or frames of a file (up to 1,000); else at the first, and `note` says of more.
            rotate: seek faces at quarter turns too, where none or only a poor one is found (column `turned`).
            right: share of the answers that is wanted right, 0.5 to 1: faces are `uncertain` in the band that
                reached it on the model's held-out images; None: the model's own band.
            answer_all: no face is `uncertain`.

        Returns:
            A result for each image (with `pages`, for each page), in their order: its faces from left to right, or
            why there are none. A file that cannot be read is a result too, not an error. `crops` are None.

        Raises:
            UserError: what is no image at all, `min_face` below 1, a model that no prior can correct, or a share
                that it does not reach.
            UnreadableError: the detector's file is missing or no YuNet's.
        """
        how: dict[str, Any] = {
            "prior": prior,
            "pages": pages,
            "rotate": rotate,
            "right": right,
            "answer_all": answer_all,
        }
        stream = self.stream(images, faces_only=faces_only, tta=tta, min_face=min_face, **how)
        results = Results(replace(image, crops=None) for image in stream)
        results.prior = prior
        return results

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
        """Answer images one by one, as `predict` does; memory does not grow with their number.

        Args:
            images: as for `predict`; may be endless.
            faces_only: as for `predict`, like all that follow.
            tta: average over the model's views.
            min_face: smallest face sought, pixels.
            prior: share of men in the population, between 0 and 1.
            pages: look at all pages of a file, each an image.
            rotate: seek faces at quarter turns too.
            right: share of the answers that is wanted right, 0.5 to 1.
            answer_all: no face is `uncertain`.

        Yields:
            The results of `predict`, each with its `crops`. Some images are read before they are asked for.

        Raises:
            UserError: as for `predict`; an item of several that is no image raises it when its turn comes.
            UnreadableError: as for `predict`.
        """
        prepare = self.preparation(faces_only, min_face, rotate, MOST_PAGES if pages else 1)
        rule = self.rule(tta, prior, right, answer_all)
        taken = items(images, pages)
        files = prepared(prepare.ahead, taken, self.threads, lambda item: item.held)
        photos = (photo for file in files for photo in file)
        return answered(photos, lambda crops: self.said(self.logits(crops, tta), rule))

    def stream_video(self, path: str | os.PathLike[str], **how: Any) -> Generator[VideoFrame, None, None]:
        """Look at a film's frames one by one; memory does not grow with its length.

        Args:
            path: of the film.
            **how: the fields of `video.options.VideoOptions`: `rate` (frames a second, 5), `keyframes`,
                `start` and `end` (seconds), `min_face`, `right`, `answer_all`, `prior`.

        Yields:
            Each frame that was looked at, in their order, with its faces' answers.

        Raises:
            ModuleNotFoundError: the extra `[video]` is not installed.
            UnreadableError: no film, or one without a picture track; raised with the first frame.
            UserError: options that cannot be; raised with the first frame.
        """
        from gender_classifier.video.analysis import stream_video
        from gender_classifier.video.options import VideoOptions

        return stream_video(self, path, VideoOptions(**how))

    def analyse_video(self, path: str | os.PathLike[str], **how: Any) -> VideoResult:
        """Measure how long women and men are on screen in a film.

        Args:
            path: of the film.
            **how: the fields of `video.options.VideoOptions`, as for `stream_video`.

        Returns:
            The film's frames, tracks, shots and screen time. The share of women is corrected by the errors that the
            report beside the model tells.

        Raises:
            ModuleNotFoundError: the extra `[video]` is not installed.
            UnreadableError: no film, or one without a picture track.
            UserError: options that cannot be.
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
        """Give what reads an image, finds its faces and cuts their crops, as `predict` does.

        Args:
            faces_only: each image is a crop already.
            min_face: smallest face sought, pixels; None: as for `predict`.
            rotate: seek faces at quarter turns too.
            most: pages of a file that are looked at, at least 1.
            max_pixels: images of more pixels are refused before they are decoded.

        Returns:
            A callable that takes an image and gives a `Photo`, with crops of this model's size.

        Raises:
            UserError: `min_face` below 1.
            UnreadableError: the detector's file is missing or no YuNet's.
        """
        if min_face is not None:
            min_face = whole_number("min_face", min_face, " pixel")
        detector = None if faces_only else self.face_detector()
        return Preparation(self.geometry, self.metadata.fit, detector, min_face, most, rotate, max_pixels)

    def face_detector(self) -> FaceDetector:
        """Give the detector, which is loaded when it is first asked for and used by all threads.

        Raises:
            UnreadableError: the detector's file is missing or no YuNet's.
        """
        with self._lock:
            if self._detector is None:
                # Images are looked at side by side, one thread each.
                self._detector = FaceDetector(self._detector_file, threads=1)
            return self._detector
