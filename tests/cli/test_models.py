"""`models`, and models by name wherever a command takes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.model_files.released import released_model
from gender_classifier.system.files import sha256_of

from ..running import call


@pytest.fixture
def labelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    draw_dataset(tmp_path / "faces", train=(2, 2), val=(4, 4), size=64)
    monkeypatch.chdir(tmp_path)
    return Path("faces/val")


def test_evaluate_compare_and_robustness_take_a_name(labelled: Path) -> None:
    pytest.importorskip("matplotlib")
    pytest.importorskip("pyarrow")
    assert call("evaluate", "fast", labelled).code == 0
    assert Path("fast-evaluation/report.json").is_file()
    assert call("compare", "fast", "fast-evaluation", labelled, "--draws=100").code == 0
    assert "fast" in Path("comparison/comparison.md").read_text(encoding="utf-8")
    robust = call("robustness", "fast", labelled, "--out=robust", "--kinds=jpeg", "--limit=2")
    assert robust.code == 0
    assert Path("robust/scores/fast.parquet").is_file()
    assert "name the labelled images" in call("evaluate", "release").error
    assert "no such model file; by name there are: release, fast" in call("evaluate", "releases", labelled).error


def test_predict_count_and_audit_take_a_name(labelled: Path) -> None:
    assert call("predict", labelled, "-r", "--faces-only", "--out=faces.csv", "--model=release").code == 0
    assert call("count", "faces.csv", "--model", "release").code == 0
    assert call("audit", labelled, "--model", "release").code in (0, 1)


def test_card_of_a_name_is_the_shipped_card() -> None:
    done = call("card", "release")
    assert done.out == (released_model().parent / "MODEL_CARD.md").read_text(encoding="utf-8")


def test_a_hub_folder_of_a_name(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    assert call("export", "release", "--hub", tmp_path / "upload").code == 0
    assert sha256_of(tmp_path / "upload" / "model.onnx") == sha256_of(released_model())
    card = (tmp_path / "upload" / "README.md").read_text(encoding="utf-8")
    assert card == (released_model().parent / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "a model file already" in call("export", "release").error


def test_a_name_wins_over_what_lies_here_and_a_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("release").mkdir()
    done = call("card", "release")
    assert done.code == 0
    assert done.err == (
        "release: the model that comes with the package; the file or folder of that name here is ./release\n"
    )
    assert "release/report.json: no report to read" in call("card", "./release").error
