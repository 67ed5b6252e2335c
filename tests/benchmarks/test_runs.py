"""A finished run is read, not trained again, and reported by today's code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gender_classifier.config.reading import dump_config, load_config
from gender_classifier.metrics.scores import Scores, write_scores
from gender_classifier.runs.folder import RunFolder

from .conftest import module


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A run's folder: threshold chosen on four images, of the four validation images one woman is wrong at 0.5."""
    pytest.importorskip("torch")
    run = tmp_path / "run"
    run.mkdir()
    RunFolder(run).config.write_text(dump_config(load_config("facecom", ["data.size=32"])), encoding="utf-8")
    RunFolder(run).report.write_text("{}", encoding="utf-8")
    logits, count = [-3.0, -2.0, 2.0, 3.0, -1.0, 0.5, 1.0, 2.0], 8
    table = {
        "path": np.array([f"{n}.png" for n in range(count)] * 3, object),
        "face": np.zeros(3 * count, np.int64),
        "label": np.array([0, 0, 1, 1] * 6),
        "logit": np.array(logits * 3),
        "view": np.repeat(np.array(["identity", "hflip", "tta"], object), count),
        "split": np.array((["choose"] * 4 + ["val"] * 4) * 3, object),
    }
    both = Scores(**table)
    write_scores(both, RunFolder(run).held_out)
    write_scores(both, RunFolder(run).as_origin)
    return run


def test_a_finished_run_is_read(finished: Path, drawn_faces: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    runs = module("_runs")

    def fail(*_: Any, **__: Any) -> None:
        raise AssertionError("it was trained again")

    monkeypatch.setattr(runs.subprocess, "run", fail)
    report = runs.trained(drawn_faces, finished, config="facecom", seed=0, changes=[], init="none")
    assert runs.row(report, "held out", "val", "disabled").accuracy == 0.75
    assert runs.row(report, "as the origin", "val", "disabled").accuracy == 1.0
    again = runs.trained(
        drawn_faces, finished, config="facecom", seed=0, changes=[], init="none", judged=["threshold.metric=accuracy"]
    )
    by = [found.protocols[0].threshold_metric for found in (report, again)]
    assert by == ["balanced_accuracy", "accuracy"]
