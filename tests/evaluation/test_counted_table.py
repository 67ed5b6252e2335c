"""The faces that `count` reads from a table of `predict`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gender_classifier.errors import UnreadableError
from gender_classifier.evaluation.counted import Model
from gender_classifier.evaluation.counted_table import read_faces
from gender_classifier.model_files.metadata import CalibrationPart, ModelMetadata

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
