"""YuNet finds faces of any size in a public photograph, each once, with landmarks where they are."""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.faces import detection as detect
from gender_classifier.faces.detection import Face, FaceDetector, packaged_detector
from gender_classifier.system.files import sha256_of

from ..scenes import off_by, scene

# By eye in the astronaut's image: her right eye, left eye, tip of the nose, corners of the mouth.
MARKED = np.array([(201.0, 102.0), (246.0, 102.0), (224.0, 125.0), (204.0, 144.0), (241.0, 142.0)])
FACE_SIDE = 100.0


@pytest.fixture(scope="module")
def detector() -> FaceDetector:
    return FaceDetector(threads=1)


def scaled(picture: np.ndarray, factor: float) -> np.ndarray:
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=method), np.uint8)


def error(face: Face, factor: float, shift: tuple[float, float] = (0.0, 0.0)) -> float:
    """Largest distance of a landmark from where it is marked, pixels of the original image."""
    return float(np.linalg.norm((face.landmarks - shift) / factor - MARKED, axis=1).max())


def test_the_astronaut(detector: FaceDetector, astronaut: np.ndarray) -> None:
    (face,) = detector.detect(astronaut)
    assert face.score > 0.9
    assert error(face, 1.0) < 5.0
    x0, y0, x1, y1 = face.box
    assert x0 < MARKED[:, 0].min()
    assert MARKED[:, 0].max() < x1
    assert y0 < MARKED[:, 1].min()
    assert MARKED[:, 1].max() < y1
    assert abs(face.side - FACE_SIDE) < 15.0


@pytest.mark.parametrize("factor", [0.24, 0.4, 0.7, 1.5, 3.0, 4.5])
def test_scales(factor: float, detector: FaceDetector, astronaut: np.ndarray) -> None:
    """From faces of 24 pixels to faces of 450."""
    faces = detector.detect(scaled(astronaut, factor))
    assert faces[0].score > 0.9
    assert error(faces[0], factor) < 8.0
    assert abs(faces[0].side / factor - FACE_SIDE) < 15.0


@pytest.mark.parametrize("share", [2.0, 1.2, 0.8])
@pytest.mark.parametrize("side", [100, 224, 1200])
def test_a_face_that_fills_or_leaves_the_frame(
    side: int, share: float, detector: FaceDetector, astronaut: np.ndarray
) -> None:
    half = round(FACE_SIDE * share / 2)
    left, top = 224 - half, 119 - half
    factor = side / (2 * half)
    (face,) = detector.detect(scaled(astronaut[top : top + 2 * half, left : left + 2 * half], factor))
    assert error(face, factor, (-left * factor, -top * factor)) < 8.0


def test_small_faces_in_a_large_picture(detector: FaceDetector, astronaut: np.ndarray) -> None:
    canvas = np.full((900, 1300, 3), 120, np.uint8)
    places, factors = [(40, 60), (500, 700), (1000, 30), (200, 560)], [0.24, 0.3, 0.5, 1.0]
    for (x, y), factor in zip(places, factors, strict=True):
        small = scaled(astronaut[20:300, 90:370], factor)
        canvas[y : y + len(small), x : x + len(small)] = small
    found = {}
    for face in detector.detect(canvas):
        distances = [
            error(face, factor, (x - 90 * factor, y - 20 * factor))
            for (x, y), factor in zip(places, factors, strict=True)
        ]
        found[int(np.argmin(distances))] = min(distances)
    assert sorted(found) == [0, 1, 2, 3]
    assert max(found.values()) < 10.0


def test_pictures_that_are_not_square_keep_their_aspect(detector: FaceDetector, astronaut: np.ndarray) -> None:
    wide = np.zeros((300, 1111, 3), np.uint8)
    wide[:300, 555:1067] = astronaut[:300]
    for picture, shift in ((wide, (555.0, 0.0)), (wide[:, ::-1], None)):
        (face,) = detector.detect(np.ascontiguousarray(picture))
        if shift:
            assert error(face, 1.0, shift) < 5.0


def test_nothing_in_a_picture_without_faces(detector: FaceDetector) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 500, 3), dtype=np.uint8)
    for picture in (noise, np.zeros((24, 24, 3), np.uint8), np.full((1, 900, 3), 90, np.uint8)):
        assert detector.detect(picture) == []


def test_the_threshold_counts(detector: FaceDetector, astronaut: np.ndarray) -> None:
    many = detector.detect(astronaut, threshold=0.05)
    assert [f.score for f in many] == sorted((f.score for f in many), reverse=True)
    assert len(detector.detect(astronaut, threshold=0.99)) == 0
    assert len(many) > 1


def test_close_ups_have_one_face(detector: FaceDetector, fairface_sample: Path) -> None:
    """Enlarged, an eye and a cheek of a face look like a face to the network."""
    pictures = sorted((fairface_sample / "female").glob("*.jpg"))[::14]
    counts = [len(detector.detect(scaled(cv2.imread(str(p))[..., ::-1], 7.0))) for p in pictures]
    assert len(counts) > 20
    assert np.mean(np.array(counts) == 1) >= 0.9


def face(x: float, y: float, side: float, score: float) -> Face:
    return Face((x, y, x + side, y + side), score, np.zeros((5, 2)))


def test_suppression() -> None:
    best = face(0, 0, 100, 0.9)
    beside, overlapping, within, around = (
        face(90, 0, 100, 0.8),
        face(40, 0, 100, 0.8),
        face(20, 20, 40, 0.8),
        face(-200, -200, 500, 0.8),
    )
    assert detect._suppress([beside, best]) == [best, beside]
    for worse in (overlapping, within, around):
        assert detect._suppress([worse, best]) == [best]


def test_equal_answers_from_several_threads(detector: FaceDetector, astronaut: np.ndarray) -> None:
    pictures = [scaled(astronaut, factor) for factor in (0.4, 0.7, 1.0)] * 4
    alone = [detector.detect(picture)[0].box for picture in pictures]
    with ThreadPoolExecutor(3) as pool:
        together = [faces[0].box for faces in pool.map(detector.detect, pictures)]
    np.testing.assert_allclose(together, alone, atol=1e-3)
    assert all(a != b for a, b in pairwise(alone[:3]))


def test_another_file(tmp_path: Path, astronaut: np.ndarray) -> None:
    copy = tmp_path / "copy.onnx"
    copy.write_bytes(packaged_detector().read_bytes())
    assert len(FaceDetector(copy, threads=1).detect(astronaut)) == 1


def test_a_file_that_is_no_detector(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    text = tmp_path / "text.onnx"
    text.write_text("no model")
    node = onnx.helper.make_node("Identity", ["x"], ["y"])
    values = [onnx.helper.make_tensor_value_info(name, 1, [1]) for name in ("x", "y")]
    graph = onnx.helper.make_graph([node], "other", values[:1], values[1:])
    other = tmp_path / "other.onnx"
    opset = onnx.helper.make_opsetid("", 17)
    onnx.save(onnx.helper.make_model(graph, ir_version=8, opset_imports=[opset]), other)
    for path in (text, other):
        with pytest.raises(UnreadableError, match=rf"{path.name}: not a YuNet file \([^\n]+\)$"):
            FaceDetector(path)
    with pytest.raises(UnreadableError, match="no such detector file"):
        FaceDetector(tmp_path / "missing.onnx")
    with pytest.raises(UnreadableError, match="no such detector file"):
        FaceDetector(tmp_path)


def test_the_packaged_file_is_the_one_that_its_sum_names() -> None:
    path = packaged_detector()
    assert path.with_suffix(".sha256").read_text(encoding="utf-8") == f"{sha256_of(path)}  {path.name}\n"
    assert "MIT License" in path.with_suffix(".LICENSE").read_text(encoding="utf-8")


def test_a_package_without_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect, "FILE_NAME", "gone.onnx")
    with pytest.raises(UnreadableError, match=r"gone\.onnx: this copy of the package has no detector"):
        FaceDetector(threads=1)


def test_a_file_of_one_size_is_refused_in_a_line(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx")
    model = onnx.load(packaged_detector())
    for axis, side in ((2, 480), (3, 640)):
        model.graph.input[0].type.tensor_type.shape.dim[axis].dim_value = side
    onnx.save(model, tmp_path / "fixed.onnx")
    with pytest.raises(UnreadableError, match=r"fixed\.onnx: takes images of 640 x 480 pixels alone; [^\n]+$"):
        FaceDetector(tmp_path / "fixed.onnx", threads=1)


def test_threads_that_cannot_be_are_no_fault_of_the_file() -> None:
    with pytest.raises(UserError, match=r"^threads=0: at least 1$"):
        FaceDetector(threads=0)


def test_a_face_too_large_for_the_one_look_and_too_small_for_the_other(
    detector: FaceDetector, astronaut: np.ndarray
) -> None:
    long = scene(astronaut, (13_500, 600), [(440, 4000, -100), (24, 9000, 300)])
    large, small = long.boxes
    found = detector.detect(long.picture, min_face=20)
    assert any(off_by(face.box, large) < 0.2 for face in found)
    assert any(off_by(face.box, small) < 0.4 for face in found)


@pytest.mark.parametrize(
    ("shape", "min_face", "looks"),
    [((60, 80), 24, 1), ((400, 480), 24, 1), ((900, 1280), 24, 2), ((6, 5120), 20, 2), ((6, 5121), 20, 3)],
)
def test_there_is_a_third_look_only_where_the_two_leave_a_gap(
    shape: tuple[int, int], min_face: int, looks: int, detector: FaceDetector, monkeypatch: pytest.MonkeyPatch
) -> None:
    scales: list[float] = []
    monkeypatch.setattr(FaceDetector, "_at_scale", lambda self, picture, scale, threshold: scales.append(scale) or [])
    detector.detect(np.zeros((*shape, 3), np.uint8), min_face=min_face)
    assert len(scales) == looks
    assert scales == sorted(scales, reverse=True)
    if looks > 1:
        assert scales[-1] == 320 / max(shape)
    if looks == 3:
        assert scales[1] == pytest.approx((scales[0] * scales[2]) ** 0.5)
