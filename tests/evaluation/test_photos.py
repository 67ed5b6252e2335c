"""Photos evaluated from file to answer: a face that is not found is an error."""

from __future__ import annotations

import csv
import json
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gender_classifier.data.datasets import Sample
from gender_classifier.errors import UserError
from gender_classifier.evaluation.evaluate import evaluate
from gender_classifier.evaluation.photos import FoundFaces
from gender_classifier.faces.crops import face_crops
from gender_classifier.faces.detection import FaceDetector
from gender_classifier.images.read import read_picture
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.model_files.registry import shipped

PHOTO = Path(str(resources.files("gender_classifier") / "examples" / "collins.jpg"))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A manifest: four women, of whom two are plain grey images, and two men; by light."""
    rows = []
    for place, (gender, light) in enumerate(
        [("female", "day")] * 2 + [("female", "night")] * 2 + [("male", "day")] * 2
    ):
        name = f"{place}.jpg"
        if light == "night":
            Image.fromarray(np.full((200, 200, 3), 20, np.uint8)).save(tmp_path / name)
        else:
            (tmp_path / name).write_bytes(PHOTO.read_bytes())
        rows.append({"path": name, "gender": gender, "light": light})
    with (tmp_path / "photos.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path / "photos.csv"


def test_who_is_not_found_is_counted_and_named(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    evaluate(shipped("fast").path, [photos], out=out, tta=False, photos=True)
    report = json.loads((out / "report.json").read_text())
    detection = report["context"]["detection"]
    assert (detection["found"]["hits"], detection["found"]["count"]) == (4, 6)
    assert detection["found_of"]["female"]["share"] == 0.5
    assert detection["found_of"]["male"]["share"] == 1.0
    assert detection["missed"] == ["2.jpg", "3.jpg"]
    # One face under both labels: of the four that are found half are right, of all six a third.
    assert report["protocols"][0]["rows"][0]["count"] == 4
    assert detection["right"]["hits"] == 2
    text = (out / "report.md").read_text()
    assert "A face was found in 4 of 6 photos" in text
    assert "Not found: `2.jpg`, `3.jpg`." in text
    assert "A face was found in 4 of 6 photos" in capsys.readouterr().err


def test_from_photo_to_answer_goes_by_the_headline_s_threshold(photos: Path, tmp_path: Path) -> None:
    prior = "female=0.9999999"  # whom the model takes for a man is a woman, where there are hardly any men
    report = evaluate(shipped("fast").path, [photos], out=tmp_path / "out", tta=False, photos=True, prior=prior)
    first, released = (protocol.row("val") for protocol in report.protocols)
    detection = report.context.detection
    assert first is not None
    assert released is not None
    assert detection is not None
    assert (first.tn, first.tp) != (released.tn, released.tp)
    assert (detection.right_of["female"].hits, detection.right_of["male"].hits) == (first.tn, first.tp)
    lines = (tmp_path / "out" / "report.md").read_text(encoding="utf-8").splitlines()
    headline = next(line for line in lines if line.startswith(f"**Corrected for {prior}: accuracy"))
    assert f"A face was found in 4 of 6 photos. From photo to answer (corrected for {prior}, single view)" in headline


def test_the_network_sees_what_predict_shows_it() -> None:
    classifier = GenderClassifier()
    sample = Sample(PHOTO, "collins.jpg", 0)
    faces = FoundFaces(classifier, [sample])
    (expected,) = face_crops(read_picture(PHOTO), FaceDetector(threads=1), classifier.geometry, 24)
    np.testing.assert_array_equal(faces(sample), expected.picture)
    assert faces.having([sample, Sample(PHOTO, "other.jpg", 0)]) == [sample]


def test_no_face_at_all_is_one_line(tmp_path: Path) -> None:
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(tmp_path / "grey.png")
    with pytest.raises(UserError, match="no face found in any of 1 images"):
        FoundFaces(GenderClassifier(), [Sample(tmp_path / "grey.png", "grey.png", 1)])
