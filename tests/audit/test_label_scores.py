"""Scores that labels are judged by: which they are, calibrated, and what the model may have learnt from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx")
pytest.importorskip("pyarrow")

from gender_classifier.audit.label_scores import scores_of_model, scores_of_table
from gender_classifier.data.datasets import build_index, read_splits
from gender_classifier.data.reading import load_input
from gender_classifier.errors import UserError
from gender_classifier.evaluation.evaluate import evaluate
from gender_classifier.metrics.calibration import fit_platt
from gender_classifier.metrics.scores import Scores, write_scores
from gender_classifier.metrics.thresholds import sigmoid
from gender_classifier.model_files.metadata import CalibrationPart, ModelMetadata

from ..small_model import SIZE, logits_by_hand

PLATT = CalibrationPart(scale=2.0, offset=0.5, fitted_on="choose")
ALIEN = {"counts": {"train": {"female": 700, "male": 900}}}


@pytest.fixture
def aligned(drawn_faces: Path) -> Path:
    (drawn_faces / "align.json").write_text("{}", encoding="utf-8")
    return drawn_faces


def test_a_model_s_probabilities_are_calibrated_and_named_as_the_index_names_pictures(
    write_model: Callable[..., Path], aligned: Path
) -> None:
    model = write_model(ModelMetadata(input_size=SIZE, calibration=PLATT, training=ALIEN, manifest_sha256="feed"))
    (aligned / "train" / "male" / "broken.jpg").write_bytes(b"")
    found = scores_of_model(aligned, model, threads=1)
    samples = [s for part in read_splits(aligned).values() for s in part if "broken" not in s.name]
    assert found.scores.path.tolist() == [sample.name for sample in samples]
    logits = logits_by_hand(np.stack([load_input(sample, SIZE, "stretch") for sample in samples]))
    np.testing.assert_allclose(found.male, sigmoid(2 * logits + 0.5), atol=1e-4)
    assert found.warnings == []
    assert found.source == "Model file `model.onnx`, calibrated on `choose`; crops as they are."


@pytest.mark.parametrize(
    ("part", "said", "warned"),
    [(CalibrationPart(), "not calibrated", 1), (CalibrationPart(offset=0.5), "calibrated as in the file", 0)],
)
def test_where_a_file_does_not_say_what_its_calibration_was_fitted_on(
    write_model: Callable[..., Path], aligned: Path, part: CalibrationPart, said: str, warned: int
) -> None:
    model = write_model(ModelMetadata(input_size=SIZE, calibration=part, training=ALIEN, manifest_sha256="feed"))
    found = scores_of_model(aligned, model, threads=1)
    assert found.source == f"Model file `model.onnx`, {said}; crops as they are."
    assert sum("not calibrated" in warning for warning in found.warnings) == warned


def test_pictures_that_are_no_crops_are_aligned(write_model: Callable[..., Path], drawn_faces: Path) -> None:
    model = write_model(ModelMetadata(input_size=SIZE, calibration=PLATT, training=ALIEN, manifest_sha256="feed"))
    found = scores_of_model(drawn_faces, model, threads=1)
    assert len(found.scores) == 50
    assert found.source.endswith("each image's face aligned first.")


def test_what_a_model_learnt_from_is_not_judged(write_model: Callable[..., Path], aligned: Path) -> None:
    index = build_index(aligned, person=r"^(.+?)_\d{4}\.")
    model = write_model(
        ModelMetadata(
            input_size=SIZE,
            calibration=PLATT,
            training={"recipe": "default", "counts": index.counts()},
            manifest_sha256=index.digest(),
        )
    )
    found = scores_of_model(aligned, model, threads=1)
    assert not set(found.scores.path) & {sample.name for sample in index.splits["train"]}
    assert len(found.scores) == len(index.splits["choose"]) + len(index.splits["val"])
    assert "WAS TRAINED ON THIS DATA" in found.warnings[0]


def test_counts_like_the_data_s_are_a_warning(write_model: Callable[..., Path], aligned: Path) -> None:
    counts = {"train": {"female": 12, "male": 24}, "val": {"female": 6, "male": 8}}
    model = write_model(
        ModelMetadata(input_size=SIZE, calibration=PLATT, training={"counts": counts}, manifest_sha256="feed")
    )
    assert "MAY HAVE LEARNT FROM THIS DATA" in scores_of_model(aligned, model, threads=1).warnings[0]


def test_a_model_that_tells_nothing_of_itself(write_model: Callable[..., Path], aligned: Path) -> None:
    warnings = scores_of_model(aligned, write_model(ModelMetadata(input_size=SIZE)), threads=1).warnings
    assert "does not tell what it learnt from" in warnings[0]
    assert "not calibrated" in warnings[1]


def table(folder: Path, split: str, names: list[str], labels: list[int], logits: list[float]) -> Path:
    n = len(names)
    texts = [np.full(n, text, dtype=object) for text in ("identity", split)]
    scores = Scores(np.array(names, dtype=object), np.zeros(n, np.int64), np.array(labels), np.array(logits), *texts)
    write_scores(scores, folder / "scores.parquet")
    return folder / "scores.parquet"


def test_rows_of_train_are_left_out_of_a_table(drawn_faces: Path, tmp_path: Path) -> None:
    women = [f"train/female/face{i:04d}.jpg" for i in range(4)]
    path = table(tmp_path, "train", women, [0] * 4, [-1.0, 0.0, 1.0, 2.0])
    with pytest.raises(UserError, match="only rows of `train`"):
        scores_of_table(drawn_faces, path)


def test_a_table_is_calibrated_on_itself_where_nothing_else_is_there(drawn_faces: Path, tmp_path: Path) -> None:
    names = [f"female/face{i:04d}.jpg" for i in range(3)] + [f"male/face{i:04d}.jpg" for i in range(4)]
    labels, logits = [0, 0, 0, 1, 1, 1, 1], [-2.0, -1.0, 0.9, 0.5, 2.0, 3.0, -0.2]
    found = scores_of_table(drawn_faces, table(tmp_path, "val", [f"val/{name}" for name in names], labels, logits))
    fitted = fit_platt(labels, logits)
    np.testing.assert_allclose(found.male, sigmoid(fitted.apply(logits)))
    assert "calibrated on these very rows" in found.source
    assert "does not tell what its model learnt from" in found.warnings[0]
    with pytest.raises(UserError, match="none of its 7 rows is an image"):
        scores_of_table(drawn_faces, table(tmp_path, "val", [f"{name}.png" for name in names], labels, logits))


def test_an_evaluation_tells_what_its_model_learnt_from(
    write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path
) -> None:
    counts = {"train": {"female": 12, "male": 24}, "val": {"female": 6, "male": 8}}
    for training, warned in ((ALIEN, 0), ({"counts": counts}, 1)):
        model = write_model(ModelMetadata(input_size=SIZE, training=training, manifest_sha256="feed"))
        out = tmp_path / str(warned)
        evaluate(model, [drawn_faces / "val"], out=out, tta=False, threads=1)
        scores = out / "scores.parquet"
        found = scores_of_table(drawn_faces, scores)
        assert found.scores.path[0] == "val/female/face0000.jpg"
        assert len(found.warnings) == warned


def test_what_a_table_s_model_learnt_from_is_not_judged(
    write_model: Callable[..., Path], drawn_faces: Path, tmp_path: Path
) -> None:
    index = build_index(drawn_faces, person=r"^(.+?)_\d{4}\.")
    told = {"recipe": "default", "counts": index.counts()}
    model = write_model(ModelMetadata(input_size=SIZE, training=told, manifest_sha256=index.digest()))
    evaluate(model, [drawn_faces / "train"], out=tmp_path / "out", tta=False, threads=1)  # its rows are of `val`
    found = scores_of_table(drawn_faces, tmp_path / "out" / "scores.parquet")
    assert set(found.scores.path) == {sample.name for sample in index.splits["choose"]}
    assert "WAS TRAINED ON THIS DATA" in found.warnings[0]
