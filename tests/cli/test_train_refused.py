"""What `train` refuses or leaves out before it begins: folders, images, options, weights, a device."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch
from PIL import Image
from safetensors.torch import save_file

from ..running import SMALL, call


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


def test_the_release_does_not_start_a_network_that_it_does_not_hold(drawn_faces: Path, tmp_path: Path) -> None:
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL, "--init-weights=release")
    assert (done.code, "the release is an EfficientNet-B1" in done.error) == (2, True)
