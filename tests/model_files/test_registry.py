"""Models by name: what ships is whole, and which file a name, a run folder or a path means."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from gender_classifier import GenderClassifier
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.model_files import registry
from gender_classifier.model_files.registry import (
    SHIPPED,
    ShippedModel,
    is_name,
    missing,
    model_file,
    named,
    shipped,
)
from gender_classifier.model_files.released import released_model
from gender_classifier.system.files import sha256_of

LARGEST_TOGETHER = 30_000_000


@pytest.mark.parametrize("model", SHIPPED, ids=lambda model: model.name)
def test_a_shipped_model_is_whole_and_its_figures_are_of_this_very_file(model: ShippedModel) -> None:
    assert model.sha256 == sha256_of(model.path)
    assert model.as_shipped
    classifier = GenderClassifier(model.name, threads=1)
    figures = model.figures()
    assert figures["model"]["input_size"] == classifier.metadata.input_size
    assert 0.5 < figures["parts"]["fairface"]["modes"]["single"]["accuracy"] < 1
    assert model.speed()["crops_a_second"] > 0
    assert (model.path.with_name("report.json")).is_file()
    assert Path(model.name).suffix == ""
    assert os.sep not in model.name


def test_all_together_are_small_enough() -> None:
    assert sum(model.path.stat().st_size for model in SHIPPED) <= LARGEST_TOGETHER
    assert len({model.path.parent for model in SHIPPED}) == len(SHIPPED), "reports of two models would be one file"


def test_one_more_is_one_entry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_model: Callable[..., Path]
) -> None:
    write_model().rename(tmp_path / "fast.onnx")
    monkeypatch.setattr(registry, "models_folder", lambda: tmp_path)
    monkeypatch.setattr(registry, "SHIPPED", (ShippedModel("fast", "fast.onnx", "quick"),))
    assert model_file("fast") == tmp_path / "fast.onnx"
    assert GenderClassifier("fast", threads=1).path == tmp_path / "fast.onnx"
    fast = shipped("fast")
    assert (fast.figures(), fast.speed(), fast.as_shipped) == ({}, {}, False)
    (tmp_path / "fast.sha256").write_text(f"{sha256_of(fast.path)}  fast.onnx\n", encoding="utf-8")
    assert fast.as_shipped
    (tmp_path / "figures.json").write_text(json.dumps({"model": {"sha256": "another"}}), encoding="utf-8")
    assert fast.figures() == {}
    (tmp_path / "fast.onnx").unlink()
    with pytest.raises(UnreadableError, match="has no model `fast`"):
        model_file("fast")


def test_a_name_is_a_text_without_separator_or_suffix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "release").mkdir()
    (tmp_path / "release.onnx").touch()
    monkeypatch.chdir(tmp_path)
    assert model_file("release") == released_model()  # whatever lies here
    assert (
        model_file("./release") == model_file("release/") == model_file(Path("release")) == Path("release/model.onnx")
    )
    assert model_file("release.onnx") == Path("release.onnx")
    assert named("other") == Path("other")
    assert [is_name(each) for each in ("release", "./release", Path("release"), None, 3)] == [True, *[False] * 4]


def test_what_is_missing_says_what_to_do(tmp_path: Path) -> None:
    assert str(missing(tmp_path / "model.onnx")).endswith(f"write it by `gender-classifier export {tmp_path}`")
    assert str(missing(Path("fats"))) == "fats: no such model file; by name there are: release, fast"
    assert str(missing(Path("runs/fats.onnx"))) == "runs/fats.onnx: no such model file"
    with pytest.raises(UnreadableError, match="by name there are: release, fast"):
        GenderClassifier("releases")


def test_a_classifier_takes_a_name_or_a_run_folder_and_keeps_the_name_when_it_is_pickled(
    tmp_path: Path, write_model: Callable[..., Path]
) -> None:
    by_name = GenderClassifier("release", threads=1)
    assert by_name.path == GenderClassifier(threads=1).path == released_model()
    assert by_name.__getstate__()["asked"]["model"] == "release"
    run = tmp_path / "run"
    run.mkdir()
    write_model().rename(run / "model.onnx")
    of_run = GenderClassifier(run, threads=1)
    assert of_run.path == run / "model.onnx"
    assert pickle.loads(pickle.dumps(of_run)).path == run / "model.onnx"
    with pytest.raises(UserError, match="expected a path, got int"):
        GenderClassifier(3)  # type: ignore[arg-type]
