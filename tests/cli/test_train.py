"""`train` through the command line: what a run leaves behind, and what it refuses before it begins."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch
import yaml
from PIL import Image
from safetensors.torch import save_file

from gender_classifier.errors import UserError
from gender_classifier.inference.writers import COLUMNS
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.runs.log import read_log
from gender_classifier.system import cores
from gender_classifier.training import run as train
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


@pytest.mark.parametrize(
    ("spoil", "code", "message"),
    [
        (lambda d: shutil.rmtree(d / "train" / "female"), 2, "train/female: class folder missing"),
        (lambda d: [p.unlink() for p in (d / "train" / "male").iterdir()], 2, "train/male: class folder has no"),
        (lambda d: shutil.rmtree(d / "val" / "male"), 2, "val/male: class folder missing"),
        (lambda d: (d / "train" / "child").mkdir(), 2, "also found child"),
        (lambda d: shutil.rmtree(d / "train"), 2, "train/female"),
        (lambda d: shutil.rmtree(d), 3, "no such folder"),
        (lambda d: (d / "train" / "male" / "x.jpg").write_bytes(b""), 3, "train/male/x.jpg: empty file"),
        (lambda d: (d / "val" / "male" / "x.png").write_text("I am an image"), 3, "val/male/x.png: not an image"),
        (lambda d: cut(d / "train" / "male" / "face0001.jpg"), 3, "face0001.jpg"),
        (lambda d: huge(d / "train" / "female" / "x.png"), 3, "more pixels than the limit"),
        (lambda d: (d / "val" / "female" / "x.jpg").mkdir(), 0, ""),
    ],
)
def test_bad_folders(
    drawn_faces: Path, tmp_path: Path, spoil: Callable[[Path], object], code: int, message: str, stop_early: None
) -> None:
    spoil(drawn_faces)
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL)
    assert done.code == code or (code == 0 and done.code == STOPPED)
    if code:
        assert message in done.error
        assert not (tmp_path / "run").exists()


def cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def huge(path: Path) -> None:
    Image.new("1", (20_000, 20_000)).save(path)


STOPPED = 77


@pytest.fixture
def stop_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave with a code of its own where training would begin."""
    from gender_classifier.training import run as train

    def trainer(*_: object) -> None:
        raise SystemExit(STOPPED)

    monkeypatch.setattr(train, "_trainer", trainer)


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


def test_several_unreadable_pictures_are_listed_in_one_line(drawn_faces: Path, tmp_path: Path) -> None:
    for number in range(7):
        (drawn_faces / "train" / "male" / f"bad{number}.jpg").touch()
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL)
    assert done.code == 3
    assert done.error.startswith("error: 7 of 57 images cannot be read: ")
    assert done.error.count("empty file") == 5
    assert "and 2 more" in done.error
    assert "--skip-unreadable" in done.error


@pytest.mark.usefixtures("undrawn")
def test_skip_unreadable_counts_them_in_the_report(drawn_faces: Path, tmp_path: Path) -> None:
    (drawn_faces / "train" / "male" / "bad.jpg").touch()
    huge(drawn_faces / "val" / "female" / "huge.png")
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL, "--skip-unreadable")
    assert done.code == 0, done.err
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    assert sorted(report["context"]["unreadable"]) == ["train/male/bad.jpg", "val/female/huge.png"]
    assert report["context"]["counts"]["val"] == {"female": 6, "male": 8}
    assert "cannot be read: 2 (" in (tmp_path / "run" / "report.md").read_text()


def test_skipping_a_whole_class_is_refused(drawn_faces: Path, tmp_path: Path) -> None:
    for path in (drawn_faces / "val" / "female").iterdir():
        path.write_bytes(b"")
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL, "--skip-unreadable")
    assert (done.code, "female" in done.error) == (2, True)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (["--set=train.epoch=3"], 2, "unknown key `train.epoch`, did you mean `train.epochs`?"),
        (["--set=train.epochs=0"], 2, "`train.epochs`: input should be greater than or equal to 1, not 0"),
        (["--set=optimizer.rate=-1"], 2, "`optimizer.rate`"),
        (["--set=tta.views=[identity,mirror]"], 2, "view `mirror` is not known"),
        (["--set=tta.views=[hflip]"], 2, "`identity` must be among them"),
        (["--set=data.person=("], 2, "data.person: `(` is not a regular expression"),
        (["--set=data.choose_share=0.01"], 2, "left for the split `choose`"),
        (["--config=facecome"], 2, "the recipes are"),
        (["--config={tmp}/list.yaml"], 3, "expected sections"),
        (["--log=wandb"], 2, "only `tensorboard` is known"),
        (["--init-weights={tmp}/none.pth"], 3, "none.pth: no such weights file"),
        (["--out={tmp}/file"], 2, "is a file; --out names a folder"),
        (["--out={tmp}/file/run"], 2, "file/run: Not a directory"),
        (["--resume"], 3, "nothing to resume"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_written(
    drawn_faces: Path, tmp_path: Path, options: list[str], code: int, message: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "list.yaml").write_text("- 1\n")
    before = sorted(tmp_path.rglob("*"))
    given = [option.format(tmp=tmp_path) for option in options]
    done = call("train", drawn_faces, f"--out={tmp_path / 'run'}", *SMALL, *given)
    assert done.code == code, done.err
    assert message in done.error
    assert sorted(tmp_path.rglob("*")) == before


def test_a_device_that_is_not_there(drawn_faces: Path, tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL, "--set=train.device=cuda")
    assert (done.code, "no CUDA device here" in done.error) == (2, True)


def test_weights_of_another_network_say_which_keys_and_how_many(drawn_faces: Path, tmp_path: Path) -> None:
    save_file({f"layer{i}.weight": torch.zeros(2) for i in range(4)}, tmp_path / "resnet.safetensors")
    done = call(
        "train",
        drawn_faces,
        "--out",
        tmp_path / "run",
        *SMALL,
        "--set=model.width=1.0",
        "--set=model.depth=1.1",
        "--init-weights",
        tmp_path / "resnet.safetensors",
    )
    assert done.code == 2
    assert "not EfficientNet-B1 weights: " in done.error
    assert "keys missing (" in done.error
    assert "4 unknown (layer0.weight, layer1.weight, layer2.weight, ...)" in done.error
    assert not (tmp_path / "run").exists()


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


def test_a_batch_that_processes_cannot_share(
    drawn_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import contextlib

    from gender_classifier.training import run as train
    from gender_classifier.training.distributed import Processes

    @contextlib.contextmanager
    def three(_device: str) -> object:
        yield Processes(0, 3, 0)

    monkeypatch.setattr(train, "processes", three)
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL)
    assert (done.code, "not divisible among 3 processes" in done.error) == (2, True)


def test_training_starts_from_the_release_unless_told_otherwise(
    drawn_faces: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noted(_model: object, source: object, _tell: object) -> None:
        asked.append(str(source))
        raise UserError("stopped here")

    monkeypatch.setattr(train, "load_initial", noted)
    short = ("--config=quick", "--set=data.size=32", "--set=data.workers=0")
    for more in ((), ("--init-weights", "w.onnx"), ("--set=model.init_weights=imagenet",)):
        done = call("train", drawn_faces, "--out", tmp_path / "run", *short, *more)
        assert (done.code, "stopped here" in done.error) == (2, True)
    assert asked == ["release", "w.onnx", "imagenet"]
    done = call("train", drawn_faces, "--out", tmp_path / "run", "--config=demo", "--init-weights=release")
    assert (done.code, asked[3:]) == (2, ["release"])


def test_the_release_does_not_start_another_network(drawn_faces: Path, tmp_path: Path) -> None:
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL, "--init-weights=release")
    assert (done.code, "the release is an EfficientNet-B1" in done.error) == (2, True)
