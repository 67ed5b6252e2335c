"""`train` through the command line: what a run leaves behind, and what it begins from."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch
import yaml
from safetensors.torch import save_file

from gender_classifier.errors import UserError
from gender_classifier.inference.writers import COLUMNS
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.runs.log import read_log
from gender_classifier.system import cores
from gender_classifier.training import start
from gender_classifier.training.checkpoint import checkpoint_path

from ..running import SMALL, call, environment
from ..small_network import NARROW

RUN_FOLDER = {
    "augmentation.png",
    "checkpoints",
    "config.yaml",
    "figures",
    "log.jsonl",
    "model.onnx",
    "report.json",
    "report.html",
    "report.md",
    "scores",
}


def test_a_run_and_all_that_can_be_done_with_it(drawn_faces: Path, tmp_path: Path) -> None:
    run = tmp_path / "new" / "run"
    done = call("train", drawn_faces, "--out", run, *SMALL, "--set=augment.enabled=true", "--log=tensorboard")
    assert done.code == 0, done.err
    assert {path.name for path in run.iterdir()} == RUN_FOLDER | {"tensorboard"}
    assert list(run.rglob(".*")) == []
    assert yaml.safe_load((run / "config.yaml").read_text())["train"]["epochs"] == 1
    assert "validation" in done.out
    assert "epoch 1 step 1/3 loss" in done.err
    log = read_log(run)
    assert [line["kind"] for line in log] == ["start", "step", "step", "step", "epoch", "end"]
    assert log[0]["data"]["counts"]["val"] == {"female": 6, "male": 8}
    assert (log[0]["init"], log[0]["init_weights"]) == (None, None)
    assert list((run / "tensorboard").glob("events*"))

    again = call("train", drawn_faces, "--out", run, *SMALL)
    assert (again.code, "already holds a run" in again.error) == (2, True)

    exported = call("export", run, "--out", tmp_path / "half.onnx", "--float16")
    assert exported.code == 0, exported.err
    assert "logits within" in exported.err
    assert (tmp_path / "half.onnx").stat().st_size < (run / "model.onnx").stat().st_size

    predicted = call("predict", drawn_faces / "val", "-r", "--faces-only", "--model", run, "--tta")
    assert predicted.code == 0, predicted.err
    rows = predicted.out.splitlines()
    assert rows[0] == ",".join(COLUMNS)
    assert len(rows) == 15

    judged = call("evaluate", run, drawn_faces / "val", "--out", tmp_path / "judged")
    assert judged.code == 0, judged.err
    report, own = (json.loads((folder / "report.json").read_text()) for folder in (tmp_path / "judged", run))
    theirs = {(row["split"], row["tta"]): row for row in report["protocols"][0]["rows"]}
    mine = {(row["split"], row["tta"]): row for row in own["protocols"][0]["rows"]}
    assert theirs["val", "disabled"]["accuracy"] == mine["val", "disabled"]["accuracy"]

    finished = call("train", drawn_faces, "--out", run, "--resume")
    assert finished.code == 0, finished.err
    assert [line["kind"] for line in read_log(run)] == [line["kind"] for line in log]


@pytest.mark.usefixtures("undrawn")
def test_threads_are_the_network_s_also_of_a_run_that_goes_on(
    drawn_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cores, "usable_cores", lambda: 3)
    before = torch.get_num_threads()
    try:
        for asked, more, expected in (("2", SMALL, 2), ("3", ("--resume",), 3), ("9", ("--resume",), 3)):
            done = call("train", drawn_faces, "--out", tmp_path / "run", "--threads", asked, *more)
            assert (done.code, torch.get_num_threads()) == (0, expected), done.err
            assert ("--threads 9: this process may use 3 cores" in done.err) == (asked == "9")
    finally:
        torch.set_num_threads(before)


@pytest.mark.usefixtures("undrawn")
def test_starting_weights_are_named_with_their_hash(drawn_faces: Path, tmp_path: Path) -> None:
    from gender_classifier.system.files import sha256_of

    weights = tmp_path / "start.safetensors"
    save_file(EfficientNet(config=NARROW).state_dict(), weights)
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL, "--init-weights", weights)
    assert done.code == 0, done.err
    assert "starting weights start.safetensors (timm layout)" in done.err
    start_line = read_log(tmp_path / "run")[0]
    assert start_line["init"]["sha256"] == sha256_of(weights)
    assert start_line["init"]["missing"] == start_line["init"]["left_over"] == []
    assert start_line["init_weights"] == str(weights)
    assert json.loads((tmp_path / "run" / "report.json").read_text())["context"]["init"] == start_line["init"]


def test_a_rate_that_blows_up_is_found_wrong(drawn_faces: Path, tmp_path: Path) -> None:
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL, "--set=optimizer.rate=1e30")
    assert done.code == 1, done.err
    assert "lower optimizer.rate" in done.error


@pytest.mark.usefixtures("undrawn")
def test_a_manifest(drawn_faces: Path, tmp_path: Path) -> None:
    rows = ["path,gender,split"]
    for path in sorted(drawn_faces.rglob("*.jpg")):
        split, gender, _ = path.relative_to(drawn_faces).parts
        rows.append(f"{path.relative_to(drawn_faces)},{gender},{split}")
    manifest = drawn_faces / "all.csv"
    manifest.write_text("\n".join(rows))
    done = call("train", manifest, "--out", tmp_path / "run", *SMALL)
    assert done.code == 0, done.err
    manifest.write_text("\n".join([*rows, "train/male/nobody.jpg,male,train"]))
    done = call("train", manifest, "--out", tmp_path / "other", *SMALL)
    assert done.code == 3
    assert "nobody.jpg: no such file" in done.error


@pytest.mark.usefixtures("undrawn")
def test_real_faces(facecom: Path, tmp_path: Path) -> None:
    for split in ("train", "val"):
        for gender in ("female", "male"):
            (tmp_path / "data" / split / gender).mkdir(parents=True)
            for path in sorted((facecom / split / gender).iterdir())[:16]:
                shutil.copy(path, tmp_path / "data" / split / gender)
    done = call("train", tmp_path / "data", "--out", tmp_path / "run", *SMALL)
    assert done.code == 0, done.err
    assert json.loads((tmp_path / "run" / "report.json").read_text())["context"]["counts"]["val"] == {
        "female": 16,
        "male": 16,
    }


def test_torchrun_trains_as_one_and_one_process_writes(drawn_faces: Path, tmp_path: Path) -> None:
    (drawn_faces / "train" / "male" / "bad.jpg").touch()
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    command = ["-m", "gender_classifier", "train", str(drawn_faces), "--out", str(tmp_path / "run"), *SMALL]
    done = subprocess.run(
        [*torchrun, *command, "--skip-unreadable"], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    run = tmp_path / "run"
    assert {path.name for path in run.iterdir()} == RUN_FOLDER - {"augmentation.png"}
    assert [line["kind"] for line in read_log(run)] == ["start", "step", "step", "step", "epoch", "end"]
    for said in ("training ended", "epoch 1/1", "report: "):
        assert done.stderr.count(said) == 1
    (epoch,) = [line for line in read_log(run) if line["kind"] == "epoch"]
    # 36 images of train: a quarter held out, 27 left, three batches of eight.
    assert {split: epoch[split]["count"] for split in ("train", "choose", "val")} == {
        "train": 24,
        "choose": 9,
        "val": 14,
    }
    assert checkpoint_path(run, "last").is_file()
    report = json.loads((run / "report.json").read_text())
    assert list(report["context"]["unreadable"]) == ["train/male/bad.jpg"]


def test_training_starts_from_the_release_unless_told_otherwise(
    drawn_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noted(_model: object, source: object, _tell: object) -> None:
        asked.append(str(source))
        raise UserError("stopped here")

    monkeypatch.setattr(start, "load_initial", noted)
    short = ("--config=quick", "--set=data.size=32", "--set=data.workers=0")
    for more in ((), ("--init-weights", "w.onnx"), ("--set=model.init_weights=imagenet",), ("--set=model.depth=1.0",)):
        done = call("train", drawn_faces, "--out", tmp_path / "run", *short, *more)
        assert (done.code, "stopped here" in done.error) == (2, True)
    assert asked == ["release", "w.onnx", "imagenet", "release"]
    done = call("train", drawn_faces, "--out", tmp_path / "run", "--config=demo", "--init-weights=release")
    assert (done.code, asked[4:]) == (2, ["release"])
