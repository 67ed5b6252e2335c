"""The faces that `count` reads from a table of `predict`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.evaluation.counted import Model
from gender_classifier.evaluation.counted_table import read_faces
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.model_files.metadata import CalibrationPart, ModelMetadata

from .. import counting

METADATA = ModelMetadata(input_size=32, calibration=CalibrationPart(scale=2.0, offset=0.5, fitted_on="choose"))


def model(tmp_path: Path) -> Model:
    return Model(tmp_path / "model.onnx", METADATA, tta=False)


def test_logits_are_taken_as_written(tmp_path: Path) -> None:
    table = tmp_path / "faces.csv"
    # A probability of so sure a face is rounded to 1, which says nothing of its logit any more.
    table.write_text("path,logit,probability_male,label,status\na.jpg,20.25,1.0,male,ok\nb.jpg,,,,no face\n")
    np.testing.assert_array_equal(read_faces(table, model(tmp_path)).logit, [20.25])


def test_tables_without_logits_tell_them_by_their_probabilities(tmp_path: Path) -> None:
    table = tmp_path / "faces.csv"
    table.write_text(f"path,probability_male,label,status\na.jpg,{1 / (1 + np.exp(-(2 * 1.5 + 0.5))):.6f},male,ok\n")
    np.testing.assert_allclose(read_faces(table, model(tmp_path)).logit, [1.5], atol=1e-4)


@pytest.mark.parametrize("logit", ["much", "nan", ""])
def test_what_is_no_logit_is_refused(logit: str, tmp_path: Path) -> None:
    table = tmp_path / "faces.csv"
    table.write_text(f"path,logit,probability_male,label,status\na.jpg,{logit},0.9,male,ok\n")
    with pytest.raises(UnreadableError, match="logit"):
        read_faces(table, model(tmp_path))


def written(tmp_path: Path, *rows: tuple[float, float, str, str]) -> Path:
    """A table of `predict`: logit, probability, label and share of men that it was made for."""
    table = tmp_path / "faces.csv"
    lines = ["path,face,logit,probability_male,label,best_guess,status,prior_male"]
    for face, (logit, p, label, prior) in enumerate(rows):
        guess = label if label != "uncertain" else "male" if logit >= counting.CUT else "female"
        lines.append(f"a.jpg,{face},{logit:.6f},{p:.6f},{label},{guess},ok,{prior}")
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return table


def probability(logit: float, prior: float = 0.5) -> float:
    """As the model gives it for a population; its calibration was fitted on as many women as men."""
    return float(sigmoid(2.0 * logit + 0.5 + np.log(prior / (1 - prior))))


def test_a_table_of_another_model_is_known_by_its_probabilities(tmp_path: Path) -> None:
    own = Model(tmp_path / "model.onnx", counting.METADATA, tta=False)
    rows = [(logit, probability(logit), "male" if logit > 0 else "female", "") for logit in (3.123456, -4.0, 1.0)]
    assert read_faces(written(tmp_path, *rows), own).logit.size == 3
    other = float(sigmoid(1.5 * 1.0 + 0.1))  # on the same side of the threshold
    with pytest.raises(
        UserError, match=r"another model's table: 1 probabilities .* 0\.832 at 1\.000, .* 0\.924.*--model"
    ):
        read_faces(written(tmp_path, *rows[:2], (1.0, other, "male", "")), own)


def test_each_row_s_prior_is_what_its_probability_was_made_for(tmp_path: Path) -> None:
    own = Model(tmp_path / "model.onnx", counting.METADATA, tta=False)
    rows = [(2.0, probability(2.0, share), "male", str(share)) for share in (0.9, 0.2)]
    faces = read_faces(written(tmp_path, *rows, (-2.0, probability(-2.0), "female", "")), own)
    assert faces.logit.tolist() == [2.0, 2.0, -2.0]
    with pytest.raises(UserError, match="another model's table"):
        read_faces(written(tmp_path, (2.0, probability(2.0, 0.9), "male", "")), own)


@pytest.mark.parametrize("prior", ["0", "1.0", "much"])
def test_what_is_no_population_is_refused(prior: str, tmp_path: Path) -> None:
    own = Model(tmp_path / "model.onnx", counting.METADATA, tta=False)
    with pytest.raises(UnreadableError, match=f"column `prior_male` holds `{prior}`"):
        read_faces(written(tmp_path, (2.0, probability(2.0), "male", prior)), own)


def test_answers_are_kept_as_the_table_has_them(tmp_path: Path) -> None:
    own = Model(tmp_path / "model.onnx", counting.METADATA, tta=False)
    logit = -0.3  # female by the model's threshold, male among nine men to a woman
    rows = [(logit, probability(logit, 0.9), "male", "0.9"), (-4.0, probability(-4.0, 0.9), "female", "0.9")]
    faces = read_faces(written(tmp_path, *rows), own)
    assert faces.male is not None
    assert faces.male.tolist() == [True, False]
    assert (faces.logit >= own.cut).tolist() == [False, False]
