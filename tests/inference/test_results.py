"""Predictions travel as plain values and as JSON, whatever they hold."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from gender_classifier.inference.results import (
    NO_FACE,
    UNREADABLE,
    Prediction,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
SHARE = st.floats(0, 1)
# Names of files: any text, and bytes that no text has (as Python carries them, in lone surrogates).
NAMES = st.text("aZ0/.,;\"'\\\n\t é漢🙂\u2028\udc80\udcff")
PREDICTIONS = st.builds(
    Prediction,
    label=st.sampled_from(["female", "male", "uncertain", ""]),
    probability_male=st.none() | SHARE,
    logit=st.none() | FINITE,
    status=st.sampled_from(["ok", NO_FACE, f"{UNREADABLE}: empty file"]),
    path=st.none() | NAMES,
    face=st.none() | st.integers(0, 1000),
    box=st.none() | st.tuples(FINITE, FINITE, FINITE, FINITE),
    detection_score=st.none() | SHARE,
    face_px=st.none() | FINITE,
)


@given(PREDICTIONS)
def test_round_trips(prediction: Prediction) -> None:
    assert Prediction.from_dict(prediction.to_dict()) == prediction
    text = prediction.to_json()
    assert Prediction.from_json(text) == prediction
    assert "\n" not in text
    assert Prediction.from_json(text.encode("ascii").decode()) == prediction  # any file or pipe takes it


@given(PREDICTIONS)
def test_the_box_comes_back_as_it_was(prediction: Prediction) -> None:
    back = Prediction.from_json(prediction.to_json())
    assert type(back.box) is type(prediction.box)
    assert hash(back) == hash(prediction)


def test_plain_values() -> None:
    prediction = Prediction("male", 0.75, 1.1, "ok", "a.jpg", 2, (1.0, 2.0, 3.5, 4.0), 0.9, 2.2)
    values = json.loads(json.dumps(prediction.to_dict()))
    assert values == {
        "label": "male",
        "probability_male": 0.75,
        "logit": 1.1,
        "status": "ok",
        "path": "a.jpg",
        "face": 2,
        "box": [1.0, 2.0, 3.5, 4.0],
        "detection_score": 0.9,
        "face_px": 2.2,
        "page": None,
        "turned": None,
        "best_guess": "",
        "note": "",
    }


def test_ok_is_an_answer() -> None:
    assert Prediction("male", 0.75, 1.1).ok
    for status in (NO_FACE, f"{UNREADABLE}: empty file"):
        row = Prediction("", None, None, status, "a.jpg")
        assert not row.ok
        assert (row.label, row.probability_male, row.path, row.status) == ("", None, "a.jpg", status)


def test_what_is_printed_is_what_is_known() -> None:
    row = Prediction("male", 0.98765432, 4.3333333333, path="a.jpg", face=0, box=(1.23456, 2.0, 3456.789, 4.0))
    assert repr(row) == (
        "Prediction(label='male', probability_male=0.9877, logit=4.333, path='a.jpg', face=0, box=(1.235, 2, 3457, 4))"
    )
    nothing = Prediction("", None, None, NO_FACE, None)
    assert repr(nothing) == "Prediction(label='', probability_male=None, logit=None, status='no face')"
