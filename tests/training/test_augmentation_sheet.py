"""The contact sheet of augmentation shows the policies as training applies them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from gender_classifier.config.settings import Config
from gender_classifier.data.datasets import build_index
from gender_classifier.training import augmentation_sheet as sheets
from gender_classifier.training.loading import FaceDataset
from gender_classifier.training.sampling import PictureKey


def test_rows_are_what_training_would_show(drawn_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, Any] = {}

    def sheet(pictures: list[np.ndarray], captions: list[str], path: Path, columns: int, title: str) -> None:
        shown.update(pictures=pictures, captions=captions, columns=columns, title=title)

    monkeypatch.setattr(sheets, "contact_sheet", sheet)
    config, index = Config(), build_index(drawn_faces)
    config.data.size = 48
    sheets.augmentation_sheet(config, index, tmp_path / "sheet.png")
    policies = sheets.policies(config.augment, **index.counts()["train"])
    samples = index.splits["train"]
    dataset = FaceDataset(samples, config.data.fit, config.train.seed, policies)
    women = [place for place, sample in enumerate(samples) if sample.label == 0]
    men = [place for place, sample in enumerate(samples) if sample.label == 1]
    assert (len(shown["pictures"]), shown["columns"]) == (6 * 8, 8)
    for row, place in enumerate([*women[:3], *men[:3]]):
        for draw in range(7):
            expected, *_ = dataset[PictureKey(draw, place, place, 48)]
            assert (shown["pictures"][8 * row + 1 + draw] == expected).all()
    assert [caption for caption in shown["captions"] if caption] == ["female, as read"] * 3 + ["male, as read"] * 3
    _heading, female, male = shown["title"].split("\n")
    assert f"rotate {config.augment.minority.rotate:g}" in female
    assert f"rotate {config.augment.majority.rotate:g}" in male


def test_without_augmentation_there_is_no_sheet(drawn_faces: Path, tmp_path: Path) -> None:
    config = Config()
    config.augment.enabled = False
    sheets.augmentation_sheet(config, build_index(drawn_faces), tmp_path / "sheet.png")
    assert list(tmp_path.glob("*.png")) == []
