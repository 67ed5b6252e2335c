"""The page's arithmetic is Python's: pixels to a byte, points, answers, tables, totals."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from gender_classifier.faces import geometry, tiles, turning
from gender_classifier.faces.detection import Face
from gender_classifier.faces.finding import reduction_for, smallest_face
from gender_classifier.images.resize import resize
from gender_classifier.inference.image_result import FaceResult, ImageResult, Status
from gender_classifier.inference.writers import CsvWriter
from gender_classifier.metrics import quoting
from gender_classifier.metrics.calibration import Calibration
from gender_classifier.metrics.classification import wilson
from gender_classifier.metrics.counting import Estimate, adjusted_count, independent_faces
from gender_classifier.metrics.decision import DecisionRule
from gender_classifier.metrics.known_errors import Confusion
from gender_classifier.metrics.quoting import Facts
from gender_classifier.web.model import pattern

from .conftest import serving

PAGE = Path(__file__).resolve().parents[2] / "src" / "gender_classifier" / "web" / "page"
Ask = Callable[..., Any]
LIMITS = ("FEW_FACES", "TOO_FEW_FACES", "FEW_LABELLED", "TOO_FEW_LABELLED", "WIDEST", "MOST_UNCERTAIN")


@pytest.fixture(scope="module")
def ask(browser: Any) -> Iterator[Ask]:
    """Call a function of a module of `core/` in the browser: module, name, arguments."""
    with serving(PAGE) as address:
        page = browser.new_page()
        page.goto(f"{address}licences.txt")  # a page of that origin which runs nothing by itself
        page.evaluate(
            """() => {
              const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
              const text = (data) => btoa(Array.from(data, (byte) => String.fromCharCode(byte)).join(''));
              const read = (value) => value?.base64 ? {...value, data: bytes(value.base64)} : value;
              self.ask = async ([module, name, values]) => {
                const found = await (await import(`/core/${module}.js`))[name](...values.map(read));
                if (found instanceof Uint8Array) return text(found);
                return found?.data ? {...found, data: text(found.data)} : found;
              };
            }"""
        )
        yield lambda module, name, *values: page.evaluate("(asked) => self.ask(asked)", [module, name, list(values)])
        page.close()


def sent(picture: NDArray[np.uint8]) -> dict[str, Any]:
    """A picture as the page's modules take it."""
    encoded = base64.b64encode(np.ascontiguousarray(picture).tobytes()).decode()
    return {"width": picture.shape[1], "height": picture.shape[0], "base64": encoded}


def received(picture: dict[str, Any]) -> NDArray[np.uint8]:
    """A picture as it came back, uint8 (H, W, 3)."""
    data = np.frombuffer(base64.b64decode(picture["data"]), np.uint8)
    return data.reshape(picture["height"], picture["width"], 3)


def drawn(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    """A picture with soft and hard edges, uint8 (height, width, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 256, (height // 3 + 2, width // 3 + 2, 3), np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.mark.parametrize(
    ("shape", "size"),
    [
        ((250, 250), (320, 320)),  # up, as small photos and crops are
        ((57, 101), (320, 180)),
        ((600, 600), (300, 300)),  # down by two, which OpenCV rounds in its own way
        ((600, 300), (100, 200)),  # by another whole number
        ((701, 500), (228, 320)),  # by a broken one
        ((481, 640), (320, 240)),
        ((40, 300), (150, 40)),  # one side alone
        ((30, 30), (30, 30)),
    ],
)
def test_resized_pictures_are_pythons_to_a_byte(ask: Ask, shape: tuple[int, int], size: tuple[int, int]) -> None:
    picture = drawn(*shape)
    assert np.array_equal(received(ask("resize", "resize", sent(picture), *size)), resize(picture, size))


@pytest.mark.parametrize("seed", range(12))
def test_crops_are_pythons_to_a_byte(ask: Ask, seed: int) -> None:
    rng = np.random.default_rng(seed)
    height, width = (int(side) for side in rng.integers(120, 700, 2))
    target = geometry.CANONICAL.scaled(128 if seed % 2 else 224)
    turn, side = rng.uniform(-1, 1), min(height, width) * rng.uniform(0.2, 1.4)  # from small to beyond the frame
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = (geometry.CANONICAL.points() / 224 - 0.5) * side @ rotation.T + (width / 2, height / 2)
    matrix = geometry.similarity(points + rng.normal(0, 2, (5, 2)), target.points())
    picture = drawn(height, width, seed)
    cut = received(ask("geometry", "crop", sent(picture), matrix.ravel().tolist(), target.size))
    assert np.array_equal(cut, geometry.crop(picture, matrix, target.size))


def test_similarities_are_pythons(ask: Ask) -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        source, target = rng.normal(0, 50, (5, 2)), rng.normal(10, 30, (5, 2))
        found = ask("geometry", "similarity", source.tolist(), target.tolist())
        assert np.allclose(found, geometry.similarity(source, target).ravel(), atol=1e-9)


def test_turned_pictures_and_faces_are_pythons(ask: Ask) -> None:
    picture, box = drawn(40, 60), (5.0, 7.5, 20.0, 31.0)
    face = Face(box, 0.9, np.array([(8, 12), (16, 12), (12, 17), (9, 22), (15, 22)], np.float64))
    given = {"box": box, "score": 0.9, "landmarks": face.landmarks.tolist()}
    for quarters in (1, 2, 3):
        assert np.array_equal(received(ask("image", "rot90", sent(picture), quarters)), np.rot90(picture, quarters))
        back = ask("turning", "turnedBack", given, quarters, 60, 40)
        expected = turning.turned_back(face, quarters, 60, 40)
        assert np.allclose(back["box"], expected.box)
        assert np.allclose(back["landmarks"], expected.landmarks)


def test_tiles_smallest_faces_and_reductions_are_pythons(ask: Ask) -> None:
    for length, short in ((4000, 400), (9001, 333), (1300, 90), (5000, 1500)):
        found = ask("finding", "cores", length, short)
        expected = tiles.cores(length, short)
        assert [(a, b) for a, b, _, _ in found] == [(a, b) for a, b, _, _ in expected]
        assert np.allclose([row[2:] for row in found], [row[2:] for row in expected])
    for width, height in ((640, 480), (4000, 3000), (8000, 900), (3413, 2560), (3414, 2560), (12000, 9000)):
        smallest = smallest_face(width, height, None)
        assert ask("finding", "smallestFace", width, height) == pytest.approx(smallest)
        assert ask("finding", "reductionFor", smallest) == reduction_for(smallest)


@pytest.mark.parametrize("band", [None, (0.142, 0.858)])
def test_answers_are_pythons(ask: Ask, band: tuple[float, float] | None) -> None:
    rule = DecisionRule(-0.115, Calibration(1.33, 0.155), band)
    given = {"scale": 1.33, "offset": 0.155, "threshold": -0.115, "band": list(band) if band else None}
    logits = [*np.linspace(-4, 4, 41).tolist(), -0.115]
    found = [ask("decision", "answer", logit, given) for logit in logits]
    assert [one["label"] for one in found] == rule.labels(logits)
    assert [one["best_guess"] for one in found] == [("female", "male")[guess] for guess in rule.guesses(logits)]
    assert np.allclose([one["probability_male"] for one in found], rule.probabilities(logits), atol=1e-12)


def test_the_pattern_that_the_page_checks_itself_by_is_pythons(ask: Ask) -> None:
    found = np.frombuffer(base64.b64decode(ask("engine", "pattern", 3, 32)), np.uint8)
    assert np.array_equal(found.reshape(3, 32, 32, 3), pattern(3, 32))


def results() -> list[ImageResult]:
    """Images with names and values that a table must take care of."""
    points = ((1.0, 2.0), (3.0, 2.0), (2.0, 3.0), (1.2, 4.0), (2.8, 4.0))
    first = FaceResult("male", "male", 0.0000512, 3.0, (1.04, -2.0, 30.0, 41.26), points, 0.91234, 35.01)
    second = FaceResult("uncertain", "female", 0.4, -0.41, (50.0, 2.0, 80.0, 43.0), points, 0.8, 35.0)
    return [
        ImageResult('a, b/"c".jpg', Status.OK, faces=(first, second), size=(100, 50), turned=90, note="one; two"),
        ImageResult("=1+1.jpg", Status.NO_FACE, size=(10, 10)),
        ImageResult("line\nbreak\u202e\\x41.png", Status.UNREADABLE, "empty file", page=None),
        ImageResult("-3.5", Status.NO_FACE, size=(10, 10)),
        ImageResult("Zoë 写真.webp", Status.NO_FACE, size=(10, 10)),
    ]


def test_tables_are_pythons(ask: Ask) -> None:
    expected = io.StringIO()
    CsvWriter(expected).write(row for image in results() for row in image.rows())
    assert ask("tables", "toCsv", [image.to_dict() for image in results()]) == expected.getvalue()


def test_json_is_pythons_schema(ask: Ask) -> None:
    model = {"name": "release", "sha256": "ab", "perceived": "as perceived"}
    document = json.loads(ask("tables", "toJson", [image.to_dict() for image in results()], model))
    assert [ImageResult.from_dict(image) for image in document["images"]] == results()
    assert (document["model"], document["about"]) == ("release", "as perceived")


@pytest.mark.parametrize(("said", "faces"), [(40, 100), (3, 150), (0, 60), (700, 900), (60, 60)])
def test_totals_are_pythons(ask: Ask, said: int, faces: int) -> None:
    confusion = Confusion(1725, 131, 151, 1993)
    given = {"tn": confusion.tn, "fp": confusion.fp, "fn": confusion.fn, "tp": confusion.tp}
    expected = adjusted_count(said, faces, confusion, draws=20_000)
    found = ask("counting", "adjustedCount", said, faces, given, faces)
    assert found["share"] == pytest.approx(expected.share, abs=1e-12)
    assert found["interval"] == pytest.approx(expected.interval, abs=0.012)  # both are drawn
    assert ask("counting", "wilson", said, faces) == pytest.approx(wilson(said, faces, 0.95), abs=1e-9)


def test_answers_that_tell_nothing_are_not_corrected(ask: Ask) -> None:
    assert ask("counting", "adjustedCount", 5, 10, {"tn": 50, "fp": 50, "fn": 49, "tp": 51}, 10) is None


@pytest.mark.parametrize(
    ("changes", "interval"),
    [
        ({}, (0.28, 0.32)),
        ({"independent": 99}, (0.28, 0.32)),
        ({"faces": 20, "independent": 20}, (0.1, 0.4)),
        ({"several": 3, "independent": 700}, (0.28, 0.32)),
        ({"confusion": Confusion(540, 60, 5, 95)}, (0.28, 0.32)),  # as many as are wanted
        ({"confusion": Confusion(540, 60, 5, 94)}, (0.28, 0.32)),
        ({"confusion": Confusion(20, 9, 300, 300)}, (0.28, 0.32)),
        ({"uncertain": 0.41, "uncertain_labelled": 0.4}, (0.28, 0.32)),
        ({"uncertain": 0.331}, (0.28, 0.32)),  # harder
        ({"uncertain": 0.329}, (0.28, 0.32)),  # by less than half as many again
        ({"uncertain": 0.14}, (0.28, 0.32)),  # easier
        ({"uncertain": 0.02, "uncertain_labelled": 0.06}, (0.28, 0.32)),  # three times, but four points
        ({"uncertain": 0.34, "faces": 120, "independent": 120}, (0.28, 0.32)),  # which so few faces may show
        ({"uncertain": 0.34, "faces": 900, "independent": 120}, (0.28, 0.32)),
        ({"uncertain": 0.1, "uncertain_labelled": 0.0}, (0.28, 0.32)),
        ({"uncertain": None}, (0.28, 0.32)),
        ({"uncertain": 0.5, "uncertain_labelled": None}, (0.28, 0.32)),
        ({}, (0.0, 0.0)),
    ],
)
def test_what_speaks_against_quoting_is_pythons(ask: Ask, changes: Any, interval: tuple[float, float]) -> None:
    facts = replace(Facts(1000, 1000, 1000, 0, 0.22, 0.22, Confusion(540, 60, 40, 560), own=False), **changes)
    far = Estimate(0.9, (0.88, 0.92))  # the page compares no other counts
    expected = quoting.reasons(facts, far, Estimate(0.3, interval), None)
    given = {name: getattr(facts, name) for name in ("faces", "independent", "several", "uncertain")}
    errors = {
        "confusion": asdict(facts.confusion),
        "uncertain": facts.uncertain_labelled,
        **{name.lower(): getattr(quoting, name) for name in LIMITS},
    }
    found = ask("quoting", "reasonsAgainst", given, list(interval), errors)
    assert [(one["code"], one["forbids"]) for one in found] == [(one.code, one.forbids) for one in expected]
    for said, known in zip(found, expected, strict=True):
        assert ("harder" in said["text"], "easier" in said["text"]) == ("harder" in known.text, "easier" in known.text)
        assert ("women" in said["text"]) == ("women" in known.text)


def test_faces_of_one_photo_count_as_fewer(ask: Ask) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        photos = [rng.random(rng.integers(0, 5)) < rng.choice((0.1, 0.5, 0.9)) for _ in range(30)]
        said = np.concatenate(photos)
        names = np.repeat(np.arange(len(photos)), [len(photo) for photo in photos])
        found = ask("counting", "independentFaces", [photo.tolist() for photo in photos])
        assert found == independent_faces(said, names)
