"""The public classifier against a model that can be computed by hand: what it takes, answers and refuses."""

import copy
import io
import multiprocessing
import pickle
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from gender_classifier.errors import UserError
from gender_classifier.faces.geometry import CANONICAL
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.model_files.metadata import TtaPart

from ..small_model import SIZE, VIEWS, logits_by_hand, metadata

Crops = NDArray[np.uint8]
Writer = Callable[..., Path]


def test_a_mixed_list(write_model: Writer, mixed: list[Any]) -> None:
    classifier = GenderClassifier(write_model(), threads=2)
    rows = classifier.predict(mixed).rows()
    assert [row.status.partition(":")[0] for row in rows] == ["ok"] * 10 + ["no face"] + ["unreadable"] * 2
    assert [row.face for row in rows] == [0, 1] * 5 + [None] * 3
    assert [row.path for row in rows[:10:2]] == [str(mixed[0]), mixed[1], None, None, None]
    assert [row.path for row in rows[-2:]] == [str(mixed[-2]), mixed[-1]]
    # A photo's answers do not depend on the form that it comes in.
    for place in (0, 1):
        assert len({(row.probability_male, row.box, row.face_px) for row in rows[place:10:2]}) == 1
    for row in rows[:10]:
        assert row.box is not None
        assert row.probability_male == pytest.approx(1 / (1 + np.exp(-(row.logit or 0.0))))


def test_an_iterator_is_read_once(write_model: Writer, mixed: list[Any]) -> None:
    classifier = GenderClassifier(write_model(), threads=2)
    taken = []

    def one_by_one() -> Iterator[Any]:
        for picture in mixed:
            taken.append(1)
            yield picture

    assert classifier.predict(one_by_one()).rows() == classifier.predict(mixed).rows()
    assert len(taken) == len(mixed)
    assert classifier.predict(iter([])).rows() == classifier.predict([]).rows() == []


def test_one_picture_needs_no_list(write_model: Writer, mixed: list[Any]) -> None:
    classifier = GenderClassifier(write_model(), threads=1)
    for picture in mixed:
        assert classifier.predict(picture).rows() == classifier.predict([picture]).rows()


def test_a_stack_of_pictures_is_a_list(write_model: Writer, astronaut: Crops) -> None:
    classifier = GenderClassifier(write_model(), threads=1)
    stack = np.stack([astronaut, astronaut[:, ::-1]])
    assert classifier.predict(stack).rows() == classifier.predict(list(stack)).rows()


def test_pictures_taken_as_crops_are_answered_as_crops(write_model: Writer, crops: Crops) -> None:
    classifier = GenderClassifier(write_model(metadata(tta=TtaPart(views=VIEWS))), threads=2)
    for tta in (False, True):
        rows = classifier.predict(iter(crops), faces_only=True, tta=tta).rows()
        expected = classifier.predict_crops(crops, tta)
        assert [row.logit for row in rows] == pytest.approx([row.logit for row in expected], abs=1e-5)
        assert [row.label for row in rows] == [row.label for row in expected]
        assert {(row.box, row.detection_score, row.face) for row in rows} == {(None, None, 0)}


def test_the_stream_has_the_crops_that_were_answered(write_model: Writer, mixed: list[Any]) -> None:
    classifier = GenderClassifier(write_model(), threads=2)
    streamed = list(classifier.stream(mixed))
    assert streamed == classifier.predict(mixed)
    for image in streamed:
        if image.crops is not None:
            assert image.crops.shape[1:] == (SIZE, SIZE, 3)
            np.testing.assert_allclose([face.logit for face in image.faces], logits_by_hand(image.crops), atol=1e-4)
    assert all(image.crops is None for image in classifier.predict(mixed))


def test_the_smallest_face_asked_for(write_model: Writer, mixed: list[Any]) -> None:
    classifier = GenderClassifier(write_model(), threads=1)
    assert [round((row.face_px or 0) / 20) for row in classifier.predict(mixed[0]).rows()] == [3, 4]
    assert [round((row.face_px or 0) / 20) for row in classifier.predict(mixed[0], min_face=90).rows()] == [4]
    assert [row.status for row in classifier.predict(mixed[0], min_face=200).rows()] == ["no face"]
    with pytest.raises(UserError, match="min_face=0: at least 1 pixel"):
        classifier.predict(mixed[0], min_face=0).rows()


@pytest.mark.parametrize("wrong", ["24", "", True, 24.5, 24.0, float("nan"), [24], -1, 0])
def test_numbers_are_whole_and_positive(wrong: Any, write_model: Writer, crops: Crops) -> None:
    classifier = GenderClassifier(write_model(), threads=1)
    with pytest.raises(UserError, match=r"^min_face=[^\n]*at least 1 pixel$"):
        classifier.predict([], min_face=wrong).rows()
    with pytest.raises(UserError, match=r"^threads=[^\n]*at least 1$"):
        GenderClassifier(write_model(), threads=wrong)
    with pytest.raises(UserError, match=r"^batch_size=[^\n]*at least 1$"):
        classifier.score_crops(crops, batch_size=wrong)
    assert classifier.predict([], min_face=np.int64(24)).rows() == []  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [7, b"model.onnx", None])
def test_files_are_named_by_paths(wrong: Any, write_model: Writer) -> None:
    model = write_model()
    for given in ({"model": wrong or 1.5}, {"model": model, "detector": wrong or 1.5}):
        with pytest.raises(UserError, match=r"^(model|detector): expected a path, got (int|bytes|float)$"):
            GenderClassifier(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("used", [False, True])
def test_a_pickled_classifier_gives_the_same_answers(
    used: bool, write_model: Writer, mixed: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_model()
    monkeypatch.chdir(tmp_path)
    classifier = GenderClassifier("model.onnx", threads=1)
    classifier.metadata = metadata(uncertain_band=(0.0, 1.0))  # as for a population: it stays
    expected = classifier.predict(mixed).rows()
    if not used:  # no detector loaded
        classifier = GenderClassifier("model.onnx", threads=1)
        classifier.metadata = metadata(uncertain_band=(0.0, 1.0))
    data = pickle.dumps(classifier)
    monkeypatch.chdir("/")
    for again in (pickle.loads(data), pickle.loads(pickle.dumps(pickle.loads(data))), copy.deepcopy(classifier)):
        assert again.predict(mixed).rows() == expected
        assert again.threads == 1
    assert {row.label for row in expected} == {"uncertain", ""}


def test_a_classifier_in_a_process_of_its_own(write_model: Writer, mixed: list[Any]) -> None:
    classifier = GenderClassifier(write_model(), threads=1)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply(classifier.predict, (mixed,)) == classifier.predict(mixed)


def test_a_classifier_and_its_rows_print_short(write_model: Writer, mixed: list[Any]) -> None:
    model = write_model()
    classifier = GenderClassifier(model, threads=1)
    assert repr(classifier) == f"GenderClassifier({str(model)!r}, threads=1, engine='onnxruntime')"
    for image in classifier.stream(mixed):
        assert len(repr(image)) < 200 + 300 * len(image.faces)
        for row in image.rows():
            assert repr(row).startswith("Prediction(label=")
            assert len(repr(row)) < 400


def test_the_geometry_of_the_crops_is_the_model_s(write_model: Writer, mixed: list[Any]) -> None:
    canonical = next(GenderClassifier(write_model(), threads=1).stream(mixed[0]))
    wide = CANONICAL.with_margin(1.6)
    loose = next(GenderClassifier(write_model(metadata(geometry=wide.to_dict())), threads=1).stream(mixed[0]))
    assert [f.box for f in loose.faces] == [f.box for f in canonical.faces]
    assert canonical.crops is not None
    assert loose.crops is not None
    inner = np.asarray(Image.fromarray(loose.crops[1]).crop((6, 6, 26, 26)).resize((SIZE, SIZE)), int)
    assert np.abs(inner - canonical.crops[1]).mean() < 15
    assert np.abs(loose.crops[1].astype(int) - canonical.crops[1]).mean() > 20


@pytest.mark.parametrize("wrong", [None, 7, [None], ["a.jpg", 3], np.zeros((2, 3)), [np.zeros((5, 5, 3))], 1.5])
def test_what_is_no_picture(wrong: Any, write_model: Writer) -> None:
    with pytest.raises(UserError, match=r"^images: expected [^\n]*$"):
        GenderClassifier(write_model(), threads=1).predict(wrong).rows()


def test_threads_that_predict_at_once_get_the_same_answers(write_model: Writer, mixed: list[Any]) -> None:
    expected = GenderClassifier(write_model(), threads=1).predict(mixed).rows()
    fresh = GenderClassifier(write_model(), threads=2)  # no detector loaded yet

    def answer(_: int) -> list[Any]:
        late = Image.open(io.BytesIO(mixed[2]))
        return fresh.predict([*mixed[:4], late, *mixed[5:]]).rows()

    with ThreadPoolExecutor(4) as pool:
        for rows in pool.map(answer, range(8)):
            assert [row.label for row in rows] == [row.label for row in expected]
            assert [row.box for row in rows] == [row.box for row in expected]
            assert [row.logit for row in rows] == pytest.approx([row.logit for row in expected], abs=1e-5)
