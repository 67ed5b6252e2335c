"""Finding faces: YuNet in onnxruntime.

Source: Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector", Machine Intelligence
Research 2023. The file is OpenCV Zoo's `face_detection_yunet_2023mar.onnx` (MIT,
`model_files/shipped/yunet.LICENSE`), written once with free height and width (`benchmarks/export_detector.py`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gender_classifier.errors import UnreadableError, first_line
from gender_classifier.images.resize import resize
from gender_classifier.images.types import Box, Picture
from gender_classifier.system.cores import checked_threads
from gender_classifier.system.engine import open_session

Floats = NDArray[np.float64]

FILE_NAME = "yunet.onnx"
STRIDES = (8, 16, 32)
OVERLAP = 0.3
# Of a face that is far too large for it the network sees parts (an eye and a cheek, say) as faces of their own.
INSIDE = 0.6
# Faces of about 20 to 400 pixels are found reliably in the network's input.
_SMALLEST, _LARGEST = 20, 400
_COARSE = 320
# Scales further apart than this leave a gap between the largest face at the one and the smallest at the other. The
# limits' ratio is 20; they are approximate, so a fifth less is taken.
_FAR = 16


@dataclass(frozen=True, eq=False)
class Face:
    """A face in an image.

    Example:
        >>> face = Face(box=(10.0, 20.0, 50.0, 70.0), score=0.9, landmarks=np.zeros((5, 2)))
        >>> round(face.side, 1)
        44.7

    Attributes:
        box: x0, y0, x1, y1, pixels of the image; may reach beyond it.
        score: how sure the detector is, 0 to 1.
        landmarks: x and y, float64 (5, 2), pixels of the image, in the order of `geometry.LANDMARKS`.
    """

    box: Box
    score: float
    landmarks: Floats

    @property
    def side(self) -> float:
        """Square root of the box's area, pixels."""
        return float(np.sqrt(max(0.0, self.box[2] - self.box[0]) * max(0.0, self.box[3] - self.box[1])))


def packaged_detector() -> Path:
    """Find YuNet's file within the package.

    Returns:
        Its path; the file is there.

    Raises:
        UnreadableError: this copy of the package has none.
    """
    path = Path(str(resources.files("gender_classifier.model_files") / "shipped" / FILE_NAME))
    if not path.is_file():
        raise UnreadableError(f"{path}: this copy of the package has no detector; name one with --detector")
    return path


class FaceDetector:
    """Finds faces with YuNet; safe to call from several threads.

    Example:
        >>> detector = FaceDetector(threads=1)
        >>> detector.detect(np.zeros((120, 160, 3), np.uint8))
        []

    Args:
        path: another YuNet file; None for the bundled one.
        threads: of onnxruntime; None for all cores that this process may use, and never more than those.

    Raises:
        UnreadableError: the file is missing or no YuNet.
    """

    def __init__(self, path: Path | None = None, threads: int | None = None) -> None:
        if path is not None and not path.is_file():
            raise UnreadableError(f"{path}: no such detector file")
        path, threads = path or packaged_detector(), checked_threads(threads)
        try:
            self._session = open_session(path, threads)
            self._outputs = [f"{kind}_{stride}" for stride in STRIDES for kind in ("cls", "obj", "bbox", "kps")]
            known = {output.name for output in self._session.get_outputs()}
            if not set(self._outputs) <= known:
                raise ValueError("its outputs are not those of YuNet")
        except Exception as error:  # onnxruntime raises its own undocumented types
            raise UnreadableError(f"{path}: not a YuNet file ({first_line(error)})") from None
        given = self._session.get_inputs()[0]
        if any(isinstance(side, int) for side in given.shape[2:]):
            raise UnreadableError(
                f"{path}: takes images of {given.shape[3]} x {given.shape[2]} pixels alone; it needs free sizes, "
                "as benchmarks/export_detector.py writes them"
            )
        self._input = given.name

    def detect(self, picture: Picture, *, min_face: int = 24, threshold: float = 0.6) -> list[Face]:
        """Find the faces of an image.

        The image is scaled so that the smallest face sought is just large enough for the
        network, and looked at once more, small, where a face may be too large at that scale. Where those two
        scales lie so far apart that a face may be too large for the one and too small for the other, it is looked at
        between them too.

        Args:
            picture: uint8 (H, W, 3) RGB.
            min_face: side of the smallest face sought, pixels; a smaller one that is found is given, too.
            threshold: lowest score kept, 0 to 1.

        Returns:
            Faces in pixels of the image, those of the highest score first; empty where there is none.
        """
        side = max(picture.shape[:2])
        fine = min(1.0, _SMALLEST / min_face) if side > _COARSE else _COARSE / side
        found = self._at_scale(picture, fine, threshold)
        if side * fine > _LARGEST:
            # What is too large to be judged there is left to the second look.
            found = [face for face in found if face.side * fine <= _LARGEST]
            if side * fine > _FAR * _COARSE:
                between = math.sqrt(fine * _COARSE / side)
                seen = self._at_scale(picture, between, threshold)
                found += [face for face in seen if face.side * between <= _LARGEST]
            found += self._at_scale(picture, _COARSE / side, threshold)
        return _suppress(found)

    def _at_scale(self, picture: Picture, scale: float, threshold: float) -> list[Face]:
        height, width = picture.shape[:2]
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = resize(picture, size)
        padded = np.zeros((-(-size[1] // 32) * 32, -(-size[0] // 32) * 32, 3), np.uint8)
        padded[: size[1], : size[0]] = small
        tensor = padded[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        outputs = dict(zip(self._outputs, self._session.run(self._outputs, {self._input: tensor}), strict=True))
        ratio = np.array([width / size[0], height / size[1]])
        faces: list[Face] = []
        for stride in STRIDES:
            faces += _decode(outputs, stride, padded.shape[1] // stride, threshold, ratio)
        return faces


def _decode(
    outputs: dict[str, NDArray[np.float32]], stride: int, columns: int, threshold: float, ratio: Floats
) -> list[Face]:
    """Faces of one stride's grid (paper, section 3; decoding as in OpenCV's FaceDetectorYN)."""
    scores = np.sqrt(np.clip(outputs[f"cls_{stride}"][0, :, 0] * outputs[f"obj_{stride}"][0, :, 0], 0.0, 1.0))
    cells = np.flatnonzero(scores >= threshold)
    place = np.stack([cells % columns, cells // columns], 1)
    box = outputs[f"bbox_{stride}"][0, cells].astype(np.float64)
    centre, size = (place + box[:, :2]) * stride, np.exp(box[:, 2:]) * stride
    points = outputs[f"kps_{stride}"][0, cells].astype(np.float64).reshape(-1, 5, 2)
    points = (points + place[:, None]) * stride * ratio
    low, high = (centre - size / 2) * ratio, (centre + size / 2) * ratio
    return [
        Face((*map(float, low[i]), *map(float, high[i])), float(scores[cell]), points[i])  # type: ignore[arg-type]
        for i, cell in enumerate(cells)
    ]


def _suppress(faces: list[Face]) -> list[Face]:
    """Greedy non-maximum suppression, best first: what overlaps a better face, or lies in it or around it, goes."""
    kept: list[Face] = []
    for face in sorted(faces, key=lambda f: -f.score):
        shares = (_shares(face.box, other.box) for other in kept)
        if all(union <= OVERLAP and smaller <= INSIDE for union, smaller in shares):
            kept.append(face)
    return kept


def _shares(a: Box, b: Box) -> tuple[float, float]:
    """Intersection over union, and over the smaller one, of two boxes x0, y0, x1, y1; 0 to 1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0, 0.0
    both = width * height
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return both / (sum(areas) - both), both / min(areas)
