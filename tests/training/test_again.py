"""A run's report made again: what it refuses in a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.training.again import evaluate_again


@pytest.mark.parametrize("option", [{"tta": True}, {"out": Path("out")}, {"prior": "male=0.5"}, {"photos": True}])
def test_options_that_go_with_pictures_are_refused_for_a_run_alone(option: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--out, --tta, --prior and --photos go with images"):
        evaluate_again(tmp_path, **option)


def test_corrections_go_with_pictures(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--corrections goes with images to evaluate on"):
        evaluate_again(tmp_path, corrections=tmp_path / "corrections.csv")


def test_a_model_file_needs_pictures(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"x")
    with pytest.raises(UserError, match="name the labelled images"):
        evaluate_again(tmp_path / "model.onnx")


def test_a_folder_without_a_log_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="not a run folder"):
        evaluate_again(tmp_path)
