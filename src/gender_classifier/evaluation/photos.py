"""Labelled photos rather than crops: the face that each is of is found first, and one that is not found is an error."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UserError
from gender_classifier.faces.crops import central_crop, cut
from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.images.read import read_picture
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.detection import found_by_group
from gender_classifier.metrics.scores import Scores
from gender_classifier.runs.context import Detection
from gender_classifier.system.console import steps_left


class FoundFaces:
    """Reads a photo as the crop of its central face, found as `predict` finds faces.

    Args:
        classifier: its geometry is the crops'.
        samples: photos, each of one labelled person; every one is looked at once, here.

    Attributes:
        faces: the central face by the photo's name, of photos where one was found.

    Raises:
        UserError: no face in any of them.

    Example:
        >>> photos = [Sample(Path("ann.jpg"), "ann.jpg", 0)]  # doctest: +SKIP
        >>> faces = FoundFaces(GenderClassifier(), photos)  # doctest: +SKIP
        >>> faces(photos[0]).shape  # doctest: +SKIP
        (224, 224, 3)
    """

    def __init__(self, classifier: GenderClassifier, samples: Sequence[Sample]) -> None:
        self.samples, self.geometry = samples, classifier.geometry
        self.detector = FaceDetector(threads=1)
        with (
            steps_left("finding faces", len(samples)) as step,
            ThreadPoolExecutor(classifier.threads) as pool,
        ):
            faces: dict[str, Face] = {}
            for sample, found in zip(samples, pool.map(self._look, samples), strict=True):
                step()
                if found is not None:
                    faces[sample.name] = found
        if not faces:
            raise UserError(f"--photos: no face found in any of {len(samples)} images; crops go without --photos")
        self.faces = faces

    def _look(self, sample: Sample) -> Face | None:
        found, _ = central_crop(read_picture(sample.path), self.detector, self.geometry)
        return found.face if found is not None else None

    def __call__(self, sample: Sample) -> NDArray[np.uint8]:
        """Cut the crop of a photo whose face was found.

        Args:
            sample: one of `having`.

        Returns:
            uint8 (size, size, 3) RGB, upright.
        """
        return cut(read_picture(sample.path), self.faces[sample.name], self.geometry)

    def having(self, samples: Sequence[Sample]) -> list[Sample]:
        """Give those whose face was found.

        Args:
            samples: some or all of the photos.

        Returns:
            Photos in their order.
        """
        return [sample for sample in samples if sample.name in self.faces]

    def results(self, scores: Scores, cut: float) -> Detection:
        """Count how many faces were found, by group too, and how often photo to answer is right.

        Args:
            scores: of the photos whose face was found, any views.
            cut: male from this logit on, single view.

        Returns:
            What the report shows: the shares, and the names of photos without a face.
        """
        single = scores.select(view="identity")
        right = dict(zip(single.path, (single.logit >= cut) == (single.label == 1), strict=True))
        columns = sorted({key for sample in self.samples for key in sample.extra})
        found = found_by_group(
            labels=np.array([sample.label for sample in self.samples]),
            found=np.array([sample.name in self.faces for sample in self.samples]),
            right=np.array([bool(right.get(sample.name, False)) for sample in self.samples]),
            columns={
                key: np.array([sample.extra.get(key, "") for sample in self.samples], dtype=object) for key in columns
            },
        )
        missed = [sample.name for sample in self.samples if sample.name not in self.faces]
        return Detection(**vars(found), missed=missed)
