"""Results by image: their rows, JSON and its schema, drawing, and tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as PilImage
from pydantic import ValidationError

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.inference.image_result import FaceResult, ImageResult, Results, Status
from gender_classifier.inference.result_schema import Image, json_schema
from gender_classifier.inference.results import Prediction
from gender_classifier.inference.writers import COLUMNS

POINTS = ((30.0, 40.0), (60.0, 40.0), (45.0, 55.0), (32.0, 70.0), (58.0, 70.0))
FACE = FaceResult("female", "female", 0.04, -3.1, (20.0, 20.0, 70.0, 80.0), POINTS, 0.93, 54.8)
SURE = FaceResult("uncertain", "male", 0.55, 0.2)
FOUND = ImageResult("a.jpg", Status.OK, faces=(FACE, SURE), size=(100, 90), turned=90, note="2 more pages")
NOTHING = ImageResult("b.jpg", Status.NO_FACE, size=(10, 20))
BROKEN = ImageResult(None, Status.UNREADABLE, "cut short", page=None)

numbers = st.floats(-1e6, 1e6)
boxes = st.none() | st.tuples(numbers, numbers, numbers, numbers)
faces = st.builds(
    FaceResult,
    label=st.sampled_from(["female", "male", "uncertain"]),
    best_guess=st.sampled_from(["female", "male"]),
    probability_male=st.floats(0, 1),
    logit=numbers,
    box=boxes,
    landmarks=st.none() | st.tuples(*[st.tuples(numbers, numbers)] * 5),
    detection_score=st.none() | st.floats(0, 1),
    face_px=st.none() | numbers,
)


def test_a_row_a_face_or_one_that_says_why_there_is_none() -> None:
    first, second = FOUND.rows()
    assert (first.face, first.label, first.box, first.path) == (0, "female", FACE.box, "a.jpg")
    assert (second.face, second.best_guess, second.turned, second.note) == (1, "male", 90, "2 more pages")
    assert [row.status for row in (*NOTHING.rows(), *BROKEN.rows())] == ["no face", "unreadable: cut short"]
    assert NOTHING.rows()[0].turned is None
    assert BROKEN.rows()[0].page is None


@given(st.lists(faces, max_size=3), st.none() | st.text())
def test_json_there_and_back(found: list[FaceResult], source: str | None) -> None:
    image = ImageResult(source, Status.OK if found else Status.NO_FACE, faces=tuple(found), size=(7, 9))
    values = json.loads(image.to_json())
    assert ImageResult.from_dict(values) == image
    Image.model_validate(values)


@pytest.mark.parametrize("image", [FOUND, NOTHING, BROKEN])
def test_the_schema_is_that_of_the_json(image: ImageResult) -> None:
    Image.model_validate(image.to_dict())
    with pytest.raises(ValidationError):
        Image.model_validate({**image.to_dict(), "gender": "female"})
    with pytest.raises(ValidationError):
        Image.model_validate({key: value for key, value in image.to_dict().items() if key != "note"})


def test_the_published_schema_is_todays() -> None:
    published = Path(__file__).parents[2] / "docs" / "reference" / "image-result.schema.json"
    assert json.loads(published.read_text(encoding="utf-8")) == json_schema()


def test_results_of_another_version_are_refused() -> None:
    with pytest.raises(UserError, match="schema version 2: this release reads version 1"):
        ImageResult.from_dict({**FOUND.to_dict(), "schema_version": 2})


def test_drawn_on_the_image_or_on_its_file(tmp_path: Path) -> None:
    pixels = np.full((90, 100, 3), 200, np.uint8)
    file = tmp_path / "a.png"
    PilImage.fromarray(pixels).save(file)
    here = ImageResult(str(file), Status.OK, faces=(FACE,), size=(100, 90))
    np.testing.assert_array_equal(here.annotate(), FOUND_ALONE.annotate(pixels))
    assert (here.annotate() != 200).any()
    file.unlink()
    with pytest.raises(UnreadableError):
        here.annotate()
    with pytest.raises(UserError, match="hand over the image"):
        BROKEN.annotate()


FOUND_ALONE = ImageResult(None, Status.OK, faces=(FACE,))


def test_results_are_a_list_with_all_rows_and_faces() -> None:
    results = Results([FOUND, NOTHING, BROKEN])
    assert results == [FOUND, NOTHING, BROKEN]
    assert results.faces == [FACE, SURE]
    rows = results.rows()
    assert [type(row) for row in rows] == [Prediction] * 4
    assert [row.path for row in rows] == ["a.jpg", "a.jpg", "b.jpg", None]


def test_a_data_frame_has_the_table_s_columns() -> None:
    pytest.importorskip("pandas")
    frame: Any = Results([FOUND, NOTHING]).to_pandas()
    assert tuple(frame.columns) == COLUMNS
    assert list(frame["label"]) == ["female", "uncertain", ""]


def test_crops_are_no_part_of_what_is_compared_shown_or_written() -> None:
    crops = np.zeros((1, 4, 4, 3), np.uint8)
    with_crops = ImageResult(None, Status.OK, faces=(FACE,), crops=crops)
    assert with_crops == FOUND_ALONE
    assert repr(with_crops) == repr(FOUND_ALONE)
    assert "crops" not in with_crops.to_dict()


def test_a_table_of_a_population_says_which() -> None:
    pytest.importorskip("pandas")
    results = Results([ImageResult("a.jpg", Status.NO_FACE)])
    assert list(results.to_pandas().columns) == list(COLUMNS)
    results.prior = 0.3
    assert results.to_pandas()["prior_male"].tolist() == [0.3]
