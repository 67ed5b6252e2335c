"""The one way from an image to crops: faces are found, their landmarks settled, and each is cut upright.

`predict`, `align`, `evaluate --photos` and `audit` all go it, so that training and prediction see the same crops.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from gender_classifier.faces.detection import Face, FaceDetector
from gender_classifier.faces.finding import Look, find_faces, smallest_face
from gender_classifier.faces.geometry import CANONICAL, Geometry, crop, similarity
from gender_classifier.images.types import Picture

Floats = NDArray[np.float64]

# Wide enough to hold a face whose first landmarks are off.
_LOOK = CANONICAL.with_margin(1.25)
_LOOKS = 3
# Shares of the crop's side by which landmarks move from look to look.
_NEAR, _FAR = 0.025, 0.25
# Landmarks are rounded to these pixels of an upright crop, and of a photo in which the face is as large. Else the last
# digits of a network's output, which differ between engines and machines, would put pixels on one side of a rounding or
# the other, those would move the landmarks of the next look by more, and each engine would cut a crop of its own.
_STEP, _STEP_OF = 1 / 16, 128


@dataclass(frozen=True, eq=False)
class FaceCrop:
    """A face of an image, and its crop.

    Example:
        >>> from gender_classifier.images.read import read_picture
        >>> from gender_classifier.inference.demo import demo_photo
        >>> (found,) = face_crops(read_picture(demo_photo()), FaceDetector(threads=1), CANONICAL)
        >>> found.picture.shape, round(found.face.score, 1)
        ((224, 224, 3), 0.9)

    Attributes:
        face: with its landmarks settled, in pixels of the image.
        picture: the crop, uint8 (size, size, 3), RGB, upright.
    """

    face: Face
    picture: Picture


def face_crops(
    picture: Picture, detector: FaceDetector, geometry: Geometry, smallest: float | None = None, rotate: bool = True
) -> list[FaceCrop]:
    """Cut every face of an image.

    Args:
        picture: uint8 (H, W, 3) RGB.
        detector: finds faces and landmarks.
        geometry: where the landmarks lie in a crop, and its size.
        smallest: side of the smallest face that counts, pixels; None: in proportion, as `smallest_face` says.
        rotate: seek at quarter turns where none or only a poor face is found.

    Returns:
        Crops from left to right; empty where no face counts.
    """
    return [crop_of(picture, face, detector, geometry) for face in _found(picture, detector, smallest, rotate).faces]


def crop_of(picture: Picture, face: Face, detector: FaceDetector, geometry: Geometry) -> FaceCrop:
    """Cut a face that was found in an image, upright.

    Args:
        picture: uint8 (H, W, 3) RGB.
        face: as it was found in it.
        detector: finds its landmarks once more, in the upright crop.
        geometry: where landmarks lie in the crop, and its size.

    Returns:
        The crop, and the face with the landmarks that it was cut by.
    """
    # A power of two: the side has last digits too.
    step = _STEP * 2.0 ** round(math.log2(max(1.0, face.side) / _STEP_OF))
    resting = replace(face, landmarks=settle(picture, _rounded(face.landmarks, step), detector))
    return FaceCrop(resting, cut(picture, resting, geometry))


def cut(picture: Picture, face: Face, geometry: Geometry) -> Picture:
    """Cut the crop that a face's landmarks give as they are.

    Args:
        picture: uint8 (H, W, 3) RGB.
        face: with five landmarks in pixels of `picture`.
        geometry: where they lie in the crop, and its size.

    Returns:
        uint8 (size, size, 3), RGB.

    Raises:
        ValueError: all landmarks lie in one place.
    """
    return crop(picture, similarity(face.landmarks, geometry.points()), geometry.size)


def central_crop(
    picture: Picture, detector: FaceDetector, geometry: Geometry, smallest: float | None = None, rotate: bool = True
) -> tuple[FaceCrop | None, Look]:
    """Cut the face that an image is of, as labels of whole images mean it.

    Args:
        picture: uint8 (H, W, 3) RGB.
        detector: finds faces and landmarks.
        geometry: where the landmarks lie in the crop, and its size.
        smallest: side of the smallest face that counts, pixels; None: in proportion, as `smallest_face` says.
        rotate: seek at quarter turns where none or only a poor face is found.

    Returns:
        The crop, None where no face counts; and all that was found.
    """
    look = _found(picture, detector, smallest, rotate)
    if not look.faces:
        return None, look
    return crop_of(picture, central_face(look.faces, picture.shape), detector, geometry), look


def _found(picture: Picture, detector: FaceDetector, smallest: float | None, rotate: bool) -> Look:
    height, width = picture.shape[:2]
    return find_faces(picture, detector, smallest_face(width, height, None) if smallest is None else smallest, rotate)


def central_face(faces: Sequence[Face], shape: tuple[int, ...]) -> Face:
    """Give the face that an image is of: large and near the centre.

    Labels of loosely framed images are of the person in the middle; others stand at the sides.

    Args:
        faces: that were found, at least one.
        shape: height and width of the image, pixels; what follows them is not looked at.

    Returns:
        One of `faces`.
    """
    height, width = shape[:2]
    middle = np.array([width / 2, height / 2])

    def worth(face: Face) -> float:
        x0, y0, x1, y1 = face.box
        away = np.linalg.norm((np.array([(x0 + x1) / 2, (y0 + y1) / 2]) - middle) / (width, height))
        return face.side / min(height, width) - 2.0 * float(away)

    return max(faces, key=worth)


def settle(picture: Picture, landmarks: Floats, detector: FaceDetector) -> Floats:
    """Find a face's landmarks once more, in the upright crop that they give, until they rest.

    In a photo landmarks jitter with the face's scale and lag behind its tilt; in the crop every face has one
    scale and stands upright, as the faces had that the canonical geometry was measured on.

    Args:
        picture: uint8 (H, W, 3) RGB.
        landmarks: as found, float64 (5, 2), pixels of `picture`.
        detector: finds them once more.

    Returns:
        float64 (5, 2), pixels of `picture`; those given where the crop shows no face, or another one.
    """
    for _ in range(_LOOKS):
        matrix = similarity(landmarks, _LOOK.points())
        again = detector.detect(crop(picture, matrix, _LOOK.size))
        if not again:
            break
        found = _rounded(central_face(again, (_LOOK.size, _LOOK.size)).landmarks, _STEP)
        back = cv2.invertAffineTransform(matrix)
        moved = np.linalg.norm(found - (landmarks @ matrix[:, :2].T + matrix[:, 2]), axis=1).mean() / _LOOK.size
        if moved > _FAR:  # another face, or none
            break
        landmarks = found @ back[:, :2].T + back[:, 2]
        if moved < _NEAR:
            break
    return landmarks


def _rounded(landmarks: Floats, step: float) -> Floats:
    return np.asarray(np.round(landmarks / step) * step, np.float64)
