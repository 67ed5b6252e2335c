"""What `doctor` finds, and what it calls wrong."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from gender_classifier import __version__
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.inference import doctor
from gender_classifier.inference.backends.registry import ENGINES
from gender_classifier.model_files.registry import SHIPPED
from gender_classifier.system.cores import usable_cores

PHOTO = Path(doctor.__file__).parents[1] / "examples" / "collins.jpg"


@pytest.fixture
def only_onnxruntime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ENGINES", {"onnxruntime": ENGINES["onnxruntime"], "cuda": ENGINES["cuda"]})


@pytest.mark.usefixtures("only_onnxruntime")
def test_a_healthy_machine() -> None:
    found = doctor.examine(PHOTO, seconds=0.0)
    assert found["faults"] == []
    assert found["versions"]["gender-classifier"] == __version__
    assert found["cores"]["usable"] == usable_cores()
    ours, cuda = found["engines"]
    assert (ours["state"], ours["furthest"]) == ("runs", 0.0)
    assert ours["crops_a_second"] > 0
    assert (cuda["fault"], cuda["crops_a_second"]) == (False, None)
    assert "lacks CUDA" in cuda["state"]
    assert [(one["name"], one["sha256"]) for one in found["models"][:1]] == [("release", SHIPPED[0].sha256)]
    text = io.StringIO()
    doctor.show(found, Console(file=text, width=200))
    for expected in ("numpy", "cores: ", "onnxruntime", "--engine auto takes", SHIPPED[0].sha256, "as shipped"):
        assert expected in text.getvalue()


@pytest.mark.usefixtures("only_onnxruntime")
def test_an_engine_that_answers_wrongly_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor.GenderClassifier.score_crops
    calls = iter(range(100))

    def score(self: Any, crops: Any, *rest: Any) -> Any:
        return real(self, crops, *rest) + 0.02 * (next(calls) > 1)  # what the engine gives, not what it is held to

    monkeypatch.setattr(doctor.GenderClassifier, "score_crops", score)
    found = doctor.examine(PHOTO, seconds=0.0)
    assert found["faults"] == ["engine onnxruntime: runs, but its logits are 0.02 off"]


@pytest.mark.usefixtures("only_onnxruntime")
def test_a_photo_without_a_face(tmp_path: Path) -> None:
    from PIL import Image

    Image.fromarray(np.zeros((64, 64, 3), np.uint8)).save(tmp_path / "black.png")
    with pytest.raises(UserError, match="no face in it"):
        doctor.examine(tmp_path / "black.png")


@pytest.mark.usefixtures("only_onnxruntime")
def test_a_photo_that_cannot_be_read_is_said_why(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(UnreadableError, match=r"empty\.png: .*empty file"):
        doctor.examine(tmp_path / "empty.png")


@pytest.mark.usefixtures("only_onnxruntime")
def test_an_engine_that_fails_while_it_runs_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    real = doctor.GenderClassifier.score_crops
    calls = iter(range(100))

    def score(self: Any, crops: Any, *rest: Any) -> Any:
        if next(calls) == 2:  # what the engine gives, not what it is held to
            raise RuntimeError("out of memory\nand a second line")
        return real(self, crops, *rest)

    monkeypatch.setattr(doctor.GenderClassifier, "score_crops", score)
    found = doctor.examine(PHOTO, seconds=0.0)
    assert found["faults"] == ["engine onnxruntime: fails: out of memory"]
    doctor.show(found, Console(file=io.StringIO(), width=200))
