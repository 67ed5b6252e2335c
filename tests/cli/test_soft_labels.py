"""`train` with `--soft-labels`, `--average-with`, mixed batches, groups: each acts on the network and is resumed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gender_classifier.data.datasets import build_index
from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.metrics.scores import Scores, write_scores
from gender_classifier.runs.log import read_log
from gender_classifier.system.files import sha256_of
from gender_classifier.training.checkpoint import BEST, checkpoint_path, read_tensors

from ..running import SMALL, call, undrawn

Runner = Callable[..., Path]


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder of drawn faces for the whole module."""
    root = tmp_path_factory.mktemp("drawn") / "faces"
    draw_dataset(root, train=(12, 20), val=(6, 6), size=64)
    return root


@pytest.fixture(scope="module")
def scores(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table that says the opposite of every label, in a folder whose name YAML would take for something else."""
    samples = build_index(faces).splits["train"]
    count = len(samples)
    path = tmp_path_factory.mktemp("no #2: [x]") / "off.csv"
    table = Scores(
        np.array([sample.name for sample in samples], object),
        np.zeros(count, np.int64),
        np.array([sample.label for sample in samples]),
        np.array([-8.0 if sample.label else 8.0 for sample in samples]),
        np.full(count, "identity", object),
        np.full(count, "train", object),
    )
    write_scores(table, path)
    return path


@pytest.fixture(scope="module")
def run(faces: Path, tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A run of one epoch with further options."""

    def trained(*options: str | Path) -> Path:
        out = tmp_path_factory.mktemp("run") / "run"
        with undrawn():
            done = call("train", faces, "--out", out, *SMALL, *options)
        assert done.code == 0, done.err
        return out

    return trained


@pytest.fixture(scope="module")
def plain(run: Runner) -> Path:
    """The run without further options."""
    return run()


def first_loss(run: Path) -> float:
    return next(float(line["loss"]) for line in read_log(run) if line["kind"] == "step")


def test_answers_change_what_is_learnt_and_are_named(run: Runner, plain: Path, scores: Path) -> None:
    soft = run("--soft-labels", scores, "--set", "soft_labels.weight=0.9")
    weights = [read_tensors(checkpoint_path(each, BEST))[0]["classifier.weight"].numpy() for each in (plain, soft)]
    assert not np.allclose(*weights)
    assert first_loss(soft) != first_loss(plain)
    said = read_log(soft)[0]["data"]["soft_labels"]
    assert said["images"] == sum(read_log(soft)[0]["data"]["counts"]["train"].values())
    report = (soft / "report.md").read_text(encoding="utf-8")
    assert "Learnt from other models' answers too, weight 0.9 of the loss at temperature 1" in report
    assert "`off.csv`" in report
    shown = json.loads((soft / "report.json").read_text(encoding="utf-8"))["context"]["config"]["soft_labels"]["scores"]
    assert shown == ["off.csv"]


@pytest.mark.usefixtures("undrawn")
def test_goes_on_without_the_tables(faces: Path, scores: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    options = (*SMALL, "--set", "train.epochs=2", "--soft-labels", scores)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert call("train", faces, "--out", whole, *options).code == 0
    with monkeypatch.context() as patch:
        from gender_classifier.training.loop import Trainer

        once = Trainer._end_epoch

        def stopped(self: Trainer, *arguments: object) -> None:
            once(self, *arguments)  # type: ignore[arg-type]
            if self.epoch == 0:
                self._ask_to_stop()

        patch.setattr(Trainer, "_end_epoch", stopped)
        assert call("train", faces, "--out", cut, *options).code == 4
    moved = scores.rename(scores.with_name("gone.csv"))
    try:
        assert call("train", faces, "--out", cut, "--resume").code == 0
    finally:
        moved.rename(scores)
    ends = [read_tensors(checkpoint_path(each, BEST))[0] for each in (whole, cut)]
    assert all(np.array_equal(ends[0][name].numpy(), ends[1][name].numpy()) for name in ends[0])


@pytest.mark.usefixtures("undrawn")
def test_a_run_that_goes_on_wants_the_same_models(faces: Path, run: Runner, plain: Path) -> None:
    other = run("--set", "train.seed=1") / "model.onnx"
    both = run("--average-with", other)
    assert call("train", faces, "--out", both, "--resume").code == 0
    other.write_bytes((plain / "model.onnx").read_bytes())
    done = call("train", faces, "--out", both, "--resume")
    assert done.code == 2
    assert "not the files any more that the run began with" in done.error


def test_weights_are_averaged_with_a_finished_model(run: Runner, plain: Path) -> None:
    other = run("--set", "train.seed=1")
    both = run("--average-with", other / "model.onnx")
    mean, one, two = (read_tensors(checkpoint_path(each, BEST))[0] for each in (both, plain, other))
    name = "blocks.0.0.bn1.running_var"
    # The model file holds float16.
    np.testing.assert_allclose(mean[name].numpy(), (one[name] + two[name]).numpy() / 2, rtol=1e-3)
    assert not np.allclose(mean[name].numpy(), one[name].numpy(), rtol=1e-4)
    assert first_loss(both) == first_loss(plain)
    report = json.loads((both / "report.json").read_text(encoding="utf-8"))["context"]
    assert report["config"]["average"]["models"] == ["model.onnx"]
    alone = read_log(plain)[-2]["choose"]
    assert report["averaging"]["own"]["loss"] == alone["loss"] != report["averaging"]["averaged"]["loss"]
    assert report["averaged_with"][0]["sha256"] == sha256_of(other / "model.onnx")
    assert "the mean of the run's own and" in (both / "report.md").read_text(encoding="utf-8")
    told = GenderClassifier(both / "model.onnx").metadata.training["averaged_with"]
    assert [model["source"] for model in told] == ["model.onnx"]


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("mix.mixup=0.4", "mixup (alpha 0.4)"),
        ("mix.cutmix=1.0", "CutMix (alpha 1)"),
        ("sampler.by=[gender]", "groups of gender to the power 1"),
        ("loss.label_smoothing=0.1", ""),
    ],
)
def test_settings_act(run: Runner, plain: Path, setting: str, said: str) -> None:
    changed = run("--set", setting)
    assert first_loss(changed) != first_loss(plain)
    assert said in (changed / "report.md").read_text(encoding="utf-8")


def test_a_table_of_other_pictures(faces: Path, tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("path,face,label,logit,view,split\nx.jpg,0,1,0.5,identity,train\n")
    done = call("train", faces, "--out", tmp_path / "run", *SMALL, "--soft-labels", tmp_path / "other.csv")
    assert done.code == 2
    assert "scores none of the" in done.error
