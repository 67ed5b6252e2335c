"""Labels that are probably wrong: flipped ones come first, and a reviewer's work is never lost."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("cleanlab")

from PIL import Image

from gender_classifier.audit.labels import (
    COLUMNS,
    PER_SHEET,
    Suspect,
    draw_sheets,
    find_suspects,
    write_review,
)
from gender_classifier.data.corrections import read_corrections
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.metrics.scores import Scores


def made(labels: NDArray[np.int64]) -> Scores:
    n = len(labels)
    names = np.array([f"train/{i}.jpg" for i in range(n)], dtype=object)
    texts = [np.full(n, text, dtype=object) for text in ("identity", "train")]
    return Scores(names, np.zeros(n, np.int64), labels, np.zeros(n), *texts)


def test_flipped_labels_are_found_and_stand_first() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 600)
    male = np.where(truth == 1, rng.beta(12, 1.5, 600), rng.beta(1.5, 12, 600))
    labels, flipped = truth.copy(), rng.choice(600, 18, replace=False)
    labels[flipped] = 1 - labels[flipped]
    found = find_suspects(made(labels), male)
    assert {s.path for s in found[:18]} == {f"train/{i}.jpg" for i in flipped}
    assert [s.rank for s in found] == list(range(1, len(found) + 1))
    assert [s.probability for s in found] == sorted(s.probability for s in found)
    assert 12 <= sum(s.confident for s in found) <= 24
    for s in found:
        row = int(s.path.split("/")[1].split(".")[0])
        assert (s.given, s.suggested, s.split) == (labels[row], 1 - labels[row], "train")
        assert s.probability == (male[row] if s.given else 1 - male[row])


def test_every_label_that_the_model_contradicts_is_listed_and_no_other_unless_confident() -> None:
    rng = np.random.default_rng(1)
    labels, male = rng.integers(0, 2, 300), rng.random(300)
    found = find_suspects(made(labels), male)
    contradicted = {f"train/{i}.jpg" for i in np.flatnonzero((male > 0.5) != (labels == 1))}
    assert contradicted == {s.path for s in found if s.probability < 0.5}
    assert all(s.confident for s in found if s.probability > 0.5)


def test_clear_labels_are_left_alone() -> None:
    labels = np.arange(200) % 2
    assert find_suspects(made(labels), np.where(labels == 1, 0.98, 0.02)) == []


@pytest.mark.parametrize("labels", [[1, 1, 1], [], [0, 1, -1]])
def test_one_class_tells_nothing(labels: list[int]) -> None:
    with pytest.raises(UserError, match="both women and men"):
        find_suspects(made(np.array(labels, np.int64)), np.full(len(labels), 0.4))


SUSPECTS = [Suspect("train/a.jpg", "train", 0, 0.01, 1, True), Suspect("val/b.jpg", "val", 1, 0.2, 2, False)]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_the_review_is_a_correction_file_once_it_is_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    assert write_review(SUSPECTS, path) == 0
    assert path.read_text(encoding="utf-8").splitlines() == [
        ",".join(COLUMNS),
        "train/a.jpg,female,male,0.010000,1,yes,",
        "val/b.jpg,male,female,0.200000,2,,",
    ]
    path.write_text(path.read_text().replace("yes,", "yes,male"), encoding="utf-8")
    assert read_corrections(path).decisions == {"train/a.jpg": "male"}


def test_decisions_outlive_a_second_audit(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("path,decision\nval/b.jpg,keep\ntrain/gone.jpg,exclude\ntrain/a.jpg,\n", encoding="utf-8")
    assert write_review(SUSPECTS, path) == 2
    decided = {row["path"]: row["decision"] for row in rows(path)}
    assert decided == {"train/a.jpg": "", "val/b.jpg": "keep", "train/gone.jpg": "exclude"}
    assert read_corrections(path).decisions == {"val/b.jpg": "keep", "train/gone.jpg": "exclude"}


def test_another_file_of_that_name_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("name,gender\nx,male\n", encoding="utf-8")
    with pytest.raises(UnreadableError, match="is not a review of labels"):
        write_review(SUSPECTS, path)
    assert path.read_text(encoding="utf-8") == "name,gender\nx,male\n"


def test_sheets_show_the_first_and_replace_those_of_before(tmp_path: Path) -> None:
    (tmp_path / "labels-9.png").touch()
    many = [Suspect(f"train/{i}.jpg", "train", i % 2, i / 99, i + 1, True) for i in range(PER_SHEET + 3)]
    shown: list[str] = []

    def picture(name: str) -> NDArray[np.uint8]:
        shown.append(name)
        return np.full((40, 40, 3), 90, np.uint8)

    sheets = draw_sheets(many, picture, tmp_path)
    assert [path.name for path in sheets] == ["labels-1.png", "labels-2.png"]
    assert shown == [s.path for s in many]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels-1.png", "labels-2.png"]
    with Image.open(sheets[0]) as image:
        assert image.width > 900
    assert draw_sheets([], picture, tmp_path) == []
    assert list(tmp_path.iterdir()) == []
