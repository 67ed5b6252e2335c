"""`--corrections`: reviewed labels act on what is learnt, and results stand on both, published and corrected."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("pyarrow")

from gender_classifier.errors import UserError
from gender_classifier.evaluation.corrected import corrected_scores
from gender_classifier.evaluation.evaluate import evaluate
from gender_classifier.metrics.scores import Scores, read_scores
from gender_classifier.model_files.metadata import ModelMetadata
from gender_classifier.system.files import sha256_of

from ..running import reviewed
from ..small_model import SIZE


@pytest.fixture
def model(write_model: Callable[..., Path]) -> Path:
    return write_model(ModelMetadata(input_size=SIZE))


def test_scores_with_labels_as_decided() -> None:
    def text(*values: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        return np.array(values, dtype=object)

    names, both = text("a", "b", "c", "a"), text("identity", "identity", "identity", "hflip")
    labels, logits = np.array([0, 1, -1, 0]), np.array([1.0, 2.0, 3.0, 4.0])
    scores = Scores(names, np.zeros(4, np.int64), labels, logits, both, text(*["val"] * 4), {"age": text(*"wxyz")})
    result = corrected_scores(scores, {"a": "male", "b": "exclude", "c": "keep"})
    assert result.path.tolist() == ["a", "c", "a"]
    assert result.label.tolist() == [1, -1, 1]
    assert result.logit.tolist() == [1.0, 3.0, 4.0]
    assert result.extra["age"].tolist() == ["w", "y", "z"]


def test_an_evaluation_stands_on_both(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    rows = ["female/face0000.jpg,male", "male/face0001.jpg,exclude", "male/face0002.jpg,keep", "male/face0003.jpg,"]
    file = reviewed(tmp_path, *rows, "train/male/face0003.jpg,female")
    report = evaluate(model, [drawn_faces / "val"], out=tmp_path / "out", threads=1, corrections=file).document()
    published, corrected = report["protocols"]
    assert [p["name"] for p in report["protocols"]] == ["as released, as published", "as released, as corrected"]
    ours, theirs = published["rows"][0], corrected["rows"][0]
    assert (ours["tp"] + ours["fn"], ours["tn"] + ours["fp"]) == (8, 6)
    assert (theirs["tp"] + theirs["fn"], theirs["tn"] + theirs["fp"]) == (8, 5)
    assert "1 changed and 1 left out" in corrected["note"]
    assert report["context"]["corrections"] == {
        "file": "reviewed.csv",
        "sha256": sha256_of(file),
        "changed": 1,
        "excluded": 1,
        "kept": 1,
        "elsewhere": 1,
        "counts": {"female": 5, "male": 8},
    }
    assert report["context"]["counts"] == {"val": {"female": 6, "male": 8}}
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert f"(SHA-256 `{sha256_of(file)}`): 1 changed and 1 images left out, which leaves 5 women + 8 men" in text
    assert "## Results: as released, as corrected" in text
    assert (read_scores(tmp_path / "out" / "scores.parquet").label == 0).sum() == 6  # as published


def test_pictures_may_be_named_as_the_whole_set_does(model: Path, drawn_faces: Path, tmp_path: Path) -> None:
    file = reviewed(tmp_path, "val/female/face0000.jpg,male")
    for place, data in enumerate((drawn_faces / "val", drawn_faces)):
        report = evaluate(model, [data], out=tmp_path / f"{place}", threads=1, corrections=file).document()
        assert report["context"]["corrections"]["changed"] == 1
    manifest = drawn_faces / "men.csv"
    manifest.write_text("path,gender\nval/male/face0001.jpg,male\nval/male/face0002.jpg,male\n", encoding="utf-8")
    both = [drawn_faces / "val", manifest]
    report = evaluate(model, both, out=tmp_path / "both", threads=1, corrections=file).document()
    assert len(report["protocols"]) == 6
    changed = [p["note"].split("`, ")[-1] for p in report["protocols"] if p["name"].endswith("as corrected")]
    assert changed == ["1 changed and 0 left out", "1 changed and 0 left out", "0 changed and 0 left out"]
    again = reviewed(tmp_path, "val/male/face0001.jpg,female")
    with pytest.raises(UserError, match="is the name of several images"):
        evaluate(model, both, out=tmp_path / "ambiguous", threads=1, corrections=again)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "female/face000.jpg,male",
            r"female/face000\.jpg is no image of this data; the nearest is female/face000\d\.jpg",
        ),
        ("female/face0000.jpg,boy", "decision `boy` is none of female, male, keep, exclude"),
    ],
)
def test_what_is_not_there(model: Path, drawn_faces: Path, tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        evaluate(model, [drawn_faces / "val"], out=tmp_path / "out", corrections=reviewed(tmp_path, row))
    assert not (tmp_path / "out").exists()
