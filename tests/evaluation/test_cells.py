"""Scoring under cells: decoded once, nothing scored twice, each model its own size; what cannot be read is told."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.data.datasets import Sample, read_classes
from gender_classifier.data.reading import load_input
from gender_classifier.evaluation import cells as robustness
from gender_classifier.evaluation.cells import Scored, score_cells
from gender_classifier.evaluation.degraded import SIDE, chance, changed
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.robustness import CLEAN, Cell
from gender_classifier.system.files import sha256_of

from ..small_model import SIZE, logits_by_hand

CELLS = [CLEAN, Cell("rain", 4), Cell("box_shift", 5)]


@pytest.fixture
def samples(drawn_faces: Path) -> list[Sample]:
    return read_classes(drawn_faces / "val", drawn_faces / "val")


@pytest.fixture
def classifier(write_model: Callable[..., Path]) -> GenderClassifier:
    return GenderClassifier(write_model(), threads=1)


def nothing(name: str, digest: str) -> dict[Cell, float]:
    return {}


def test_every_cell_of_every_picture_as_by_hand(classifier: GenderClassifier, samples: list[Sample]) -> None:
    found = list(score_cells({"a": classifier}, samples, CELLS, seed=5, known=nothing, threads=2))
    assert [scored.sample for scored in found] == samples
    for scored in found:
        assert scored.digest == sha256_of(scored.sample.path)
        crop = fit(read_picture(scored.sample.path), SIDE)
        for cell in CELLS:
            seen = changed(crop, cell, chance(scored.digest, cell.kind, 5))(SIZE)
            assert scored.logits["a"][cell] == pytest.approx(logits_by_hand(seen[None])[0], abs=1e-4)
        assert scored.fresh == scored.logits


def test_several_models_see_the_same_and_each_picture_is_decoded_once(
    classifier: GenderClassifier, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded: list[Path] = []

    def counted(path: Path, **options: int) -> object:
        decoded.append(path)
        return read_picture(path, **options)

    monkeypatch.setattr(robustness, "read_picture", counted)
    for scored in score_cells({"a": classifier, "b": classifier}, samples, CELLS, seed=0, known=nothing, threads=2):
        assert scored.logits["a"] == scored.logits["b"]
    assert sorted(decoded) == sorted(sample.path for sample in samples)


def test_what_is_known_is_not_scored_again(
    classifier: GenderClassifier, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    def known(name: str, digest: str) -> dict[Cell, float]:
        return {CLEAN: 9.0, Cell("fog", 1): 1.0} if name == "a" else dict.fromkeys(CELLS, 7.0)

    for scored in score_cells({"a": classifier, "b": classifier}, samples[:2], CELLS, seed=0, known=known, threads=1):
        assert scored.logits["a"][CLEAN] == 9.0
        assert list(scored.fresh["a"]) == CELLS[1:]
        assert set(scored.logits["a"]) == set(CELLS)  # fog was not asked for
        assert scored.logits["b"] == dict.fromkeys(CELLS, 7.0)
        assert "b" not in scored.fresh
    monkeypatch.setattr(robustness, "read_picture", lambda *_, **__: pytest.fail("decoded though all is known"))
    everything = dict.fromkeys(CELLS, 1.0)
    [scored] = score_cells(
        {"a": classifier}, samples[:1], CELLS, seed=0, known=lambda name, digest: everything, threads=1
    )
    assert scored.fresh == {}


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(
    classifier: GenderClassifier, samples: list[Sample], tmp_path: Path
) -> None:
    samples[1].path.write_bytes(samples[1].path.read_bytes()[:100])
    missing, pipe = Sample(tmp_path / "gone.jpg", "gone.jpg", 1), Sample(tmp_path / "pipe.jpg", "pipe.jpg", 1)
    os.mkfifo(pipe.path)
    found: list[Scored] = list(
        score_cells({"a": classifier}, [*samples[:3], missing, pipe], CELLS, seed=0, known=nothing, threads=2)
    )
    assert [scored.fault is None for scored in found] == [True, False, True, False, False]
    assert all(str(scored.sample.path) in scored.fault for scored in found if scored.fault is not None)


def test_the_clean_cell_is_what_evaluate_scores_of_a_crop_of_224(
    classifier: GenderClassifier, tmp_path: Path, astronaut: np.ndarray
) -> None:
    from PIL import Image

    Image.fromarray(astronaut[20:244, 110:334]).save(tmp_path / "a.png")
    sample = Sample(tmp_path / "a.png", "a.png", 0)
    [scored] = score_cells({"a": classifier}, [sample], [CLEAN], seed=0, known=nothing, threads=1)
    crop = load_input(sample, SIZE, "stretch")
    assert scored.logits["a"][CLEAN] == pytest.approx(logits_by_hand(crop[None])[0], abs=1e-4)
