"""Labelled photos rather than crops: the face that each is of is found first, and one that is not found is an error."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UserError
from gender_classifier.faces.align import central_face, settle
from gender_classifier.faces.crops import find_faces, smallest_face
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.faces.geometry import crop, similarity
from gender_classifier.images.read import read_picture
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.detection import found_by_group
from gender_classifier.metrics.scores import Scores
from gender_classifier.system.console import steps_left


class FoundFaces:
    """Reads a photo as the crop of its central face, found as `predict` finds faces.

    Args:
        classifier: its geometry is the crops'.
        samples: photos, each of one labelled person; every one is looked at once, here.

    Raises:
        UserError: no face in any of them.
    """

    def __init__(self, classifier: GenderClassifier, samples: Sequence[Sample]) -> None:
        self.samples, self.geometry = samples, classifier.geometry
        self.detector = FaceDetector(threads=1)
        with (
            steps_left("finding faces", len(samples)) as step,
            ThreadPoolExecutor(classifier.threads) as pool,
        ):
            landmarks = {}
            for sample, found in zip(samples, pool.map(self._look, samples), strict=True):
                step()
                if found is not None:
                    landmarks[sample.name] = found
        if not landmarks:
            raise UserError(f"--photos: no face found in any of {len(samples)} images; crops go without --photos")
        self.landmarks = landmarks

    def _look(self, sample: Sample) -> NDArray[np.float64] | None:
        picture = read_picture(sample.path)
        height, width = picture.shape[:2]
        faces = find_faces(picture, self.detector, smallest_face(width, height, None)).faces
        if not faces:
            return None
        return settle(picture, central_face(faces, picture.shape).landmarks, self.detector)

    def __call__(self, sample: Sample) -> NDArray[np.uint8]:
        """The crop, uint8 (size, size, 3), of a photo whose face was found."""
        matrix = similarity(self.landmarks[sample.name], self.geometry.points())
        return crop(read_picture(sample.path), matrix, self.geometry.size)

    def having(self, samples: Sequence[Sample]) -> list[Sample]:
        """Those whose face was found."""
        return [sample for sample in samples if sample.name in self.landmarks]

    def results(self, scores: Scores, cut: float) -> dict[str, Any]:
        """How many faces were found, by group too, and how often photo to answer is right: what the report shows.

        Args:
            scores: of the photos whose face was found, any views.
            cut: male from this logit on, single view.
        """
        single = scores.select(view="identity")
        right = dict(zip(single.path, (single.logit >= cut) == (single.label == 1), strict=True))
        columns = sorted({key for sample in self.samples for key in sample.extra})
        return asdict(
            found_by_group(
                labels=np.array([sample.label for sample in self.samples]),
                found=np.array([sample.name in self.landmarks for sample in self.samples]),
                right=np.array([bool(right.get(sample.name, False)) for sample in self.samples]),
                columns={
                    key: np.array([sample.extra.get(key, "") for sample in self.samples], dtype=object)
                    for key in columns
                },
            )
        ) | {"missed": [sample.name for sample in self.samples if sample.name not in self.landmarks]}
