"""The cache of logits: kept by content, whole lines or none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gender_classifier.evaluation.logit_cache import LogitCache
from gender_classifier.metrics.robustness import CLEAN, Cell

MODEL = "ab" * 32
CELLS = [CLEAN, Cell("blur", 1), Cell("noise", 2)]
LOGITS = {CLEAN: 1.25, Cell("blur", 1): float(np.float32(-0.1234567890123)), Cell("noise", 2): float(np.float32(3e-9))}


def cache(folder: Path, seed: int = 0, model: str = MODEL, cells: list[Cell] = CELLS) -> LogitCache:
    return LogitCache(folder, model, cells, seed)


def test_what_was_kept_is_known_again(tmp_path: Path) -> None:
    with cache(tmp_path / "new") as kept:
        assert kept.of("p") == {}
        kept.add("p", LOGITS)
        kept.add("q", {CLEAN: 2.0})
        assert LogitCache(tmp_path / "new", MODEL, CELLS, 0).of("p") == LOGITS  # at once
    again = cache(tmp_path / "new")
    assert again.of("q") == {CLEAN: 2.0}
    assert again.of("r") == {}
    with again:
        again.add("q", {Cell("blur", 1): 5.0})
    assert cache(tmp_path / "new").of("q") == {CLEAN: 2.0, Cell("blur", 1): 5.0}


def test_another_seed_or_model_or_cells_know_only_what_is_the_same(tmp_path: Path) -> None:
    with cache(tmp_path) as kept:
        kept.add("p", LOGITS)
    assert set(cache(tmp_path, seed=1).of("p")) == {CLEAN, Cell("blur", 1)}  # a blur has no chance in it
    assert cache(tmp_path, model="cd" * 32).of("p") == {}
    assert set(cache(tmp_path, cells=[Cell("noise", 2), Cell("fog", 1)]).of("p")) == {Cell("noise", 2)}


@pytest.mark.parametrize("cut", [1, 30, 90])
def test_a_line_cut_short_costs_itself_alone(tmp_path: Path, cut: int) -> None:
    with cache(tmp_path) as kept:
        kept.add("p", LOGITS)
        kept.add("q", LOGITS)
    kept.path.write_bytes(kept.path.read_bytes()[:-cut])
    assert cache(tmp_path).of("p") == LOGITS
    with cache(tmp_path) as after:
        after.add("r", LOGITS)
    assert cache(tmp_path).of("r") == LOGITS
    assert cache(tmp_path).of("p") == LOGITS


@pytest.mark.parametrize("line", ["[]", "{}", '{"image": "p"}', '{"image": "p", "logits": {"x": null}}', "\x00\x01"])
def test_lines_that_are_none_are_passed_over(tmp_path: Path, line: str) -> None:
    with cache(tmp_path) as kept:
        kept.add("q", LOGITS)
    kept.path.write_text(line + "\n" + kept.path.read_text())
    assert set(cache(tmp_path).of("q")) == set(CELLS)
    assert cache(tmp_path).of("p") == {}


def test_nothing_is_made_where_nothing_is_kept(tmp_path: Path) -> None:
    with cache(tmp_path / "new"):
        pass
    assert not (tmp_path / "new").exists()
