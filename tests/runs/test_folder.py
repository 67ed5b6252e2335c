"""Where everything of a run lies."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from gender_classifier.runs.folder import EvaluationFolder, RunFolder


@pytest.mark.parametrize("kind", [RunFolder, EvaluationFolder])
def test_all_lies_within_it_and_nothing_in_the_same_place(kind: type[RunFolder | EvaluationFolder]) -> None:
    folder = kind(Path("run"))
    names = [name for name, member in inspect.getmembers(kind) if isinstance(member, property)]
    places = [place for place in (getattr(folder, name) for name in names) if isinstance(place, Path)]
    assert len(places) >= 4
    assert len(set(places)) == len(places)
    assert all(Path("run") in place.parents for place in places)


def test_checkpoints_by_name() -> None:
    run = RunFolder(Path("run"))
    assert run.checkpoint("best") == run.checkpoints / "best.safetensors"


def test_a_run_is_begun_and_finished_by_what_it_holds(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert (run.begun, run.finished) == (False, False)
    run.config.write_text("")
    run.report.write_text("{}")
    assert (run.begun, run.finished) == (True, False)
    run.model.write_bytes(b"")
    assert run.finished


def test_an_evaluation_is_whole_with_report_and_scores(tmp_path: Path) -> None:
    evaluation = EvaluationFolder(tmp_path)
    evaluation.report.write_text("{}")
    assert not evaluation.finished
    evaluation.scores.write_bytes(b"")
    assert evaluation.finished
