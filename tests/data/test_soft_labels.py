"""Other models' answers: averaged over tables and views, by the image's name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gender_classifier.data.datasets import Sample
from gender_classifier.data.soft_labels import (
    SoftLabels,
    read_copy,
    read_soft_labels,
    write_copy,
)
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.metrics.scores import Scores, write_scores

NAMES = ["train/a.jpg", "train/b.jpg", 'train/odd, "name".jpg']
SAMPLES = [Sample(Path(name), name, i % 2) for i, name in enumerate(NAMES)]


def table(path: Path, rows: list[tuple[str, str, float]]) -> Path:
    """A scores table of (name, view, logit)."""
    names, views, logits = zip(*rows, strict=True)
    count = len(rows)
    scores = Scores(
        np.array(names, object),
        np.zeros(count, np.int64),
        np.zeros(count, np.int64),
        np.array(logits, np.float64),
        np.array(views, object),
        np.full(count, "train", object),
    )
    write_scores(scores, path)
    return path


def test_tables_and_views_are_averaged(tmp_path: Path) -> None:
    mirrored = table(
        tmp_path / "views.csv",
        [
            (NAMES[0], "identity", 1.0),
            (NAMES[0], "hflip", 3.0),
            (NAMES[1], "identity", -1.0),
            ("val/x.jpg", "hflip", 9),
        ],
    )
    averaged = table(
        tmp_path / "tta.csv", [(NAMES[0], "identity", 100.0), (NAMES[0], "hflip", -100.0), (NAMES[0], "tta", 6.0)]
    )
    soft = read_soft_labels([mirrored, averaged], SAMPLES)
    assert soft.logits == {NAMES[0]: 4.0, NAMES[1]: -1.0}
    assert [source["file"] for source in soft.sources] == ["views.csv", "tta.csv"]
    assert soft.context(SAMPLES)["images"] == 2
    half = soft.probabilities(SAMPLES, 2.0)
    assert half.dtype == np.float32
    np.testing.assert_allclose(half[:2], [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(0.5))], rtol=1e-6)
    assert np.isnan(half[2])


def test_what_is_refused(tmp_path: Path) -> None:
    other = table(tmp_path / "other.csv", [("somewhere/else.jpg", "identity", 1.0)])
    with pytest.raises(UserError, match=r"other\.csv: scores none of the 3 training images"):
        read_soft_labels([other], SAMPLES)
    twice = table(tmp_path / "twice.csv", [(NAMES[0], "identity", 1.0), (NAMES[0], "identity", 2.0)])
    with pytest.raises(UserError, match="twice in the view `identity`"):
        read_soft_labels([twice], SAMPLES)
    broken = table(tmp_path / "broken.csv", [(NAMES[0], "identity", float("nan"))])
    with pytest.raises(UnreadableError, match="1 logits are no finite numbers"):
        read_soft_labels([broken], SAMPLES)
    with pytest.raises(UnreadableError, match=r"none\.csv"):
        read_soft_labels([tmp_path / "none.csv"], SAMPLES)


def test_the_runs_copy_is_the_same_to_the_last_digit(tmp_path: Path) -> None:
    soft = SoftLabels({name: 1 / 3 * (i - 1) for i, name in enumerate(NAMES)}, [{"file": "a.csv", "sha256": "0"}])
    write_copy(soft, tmp_path / "copy.csv")
    assert read_copy(tmp_path / "copy.csv", soft.sources) == soft
    (tmp_path / "copy.csv").write_text("path,logit\na,b\n")
    with pytest.raises(UnreadableError, match="not a run's soft labels"):
        read_copy(tmp_path / "copy.csv", soft.sources)
