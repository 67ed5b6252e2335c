"""A run that is killed, stopped or out of disk at any moment ends, resumed, as one that was not."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch
from safetensors.torch import save_file

from gender_classifier.data.synthetic import draw_dataset
from gender_classifier.networks.efficientnet import EfficientNet
from gender_classifier.training import checkpoint
from gender_classifier.training.loop import Trainer
from gender_classifier.training.progress import TrainingProgress

from ..running import call, ended, start
from ..small_network import NARROW
from .interrupting import DIE_RENAMING, DIE_WRITING, OPTIONS, assert_same, killed_at, train


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("interrupted") / "faces"
    draw_dataset(root, train=(12, 24), val=(6, 8), size=40)
    return root


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "start.safetensors"
    torch.manual_seed(5)
    save_file(EfficientNet(config=NARROW).state_dict(), path)
    return path


@pytest.fixture(scope="module")
def whole(faces: Path, tmp_path_factory: pytest.TempPathFactory, weights: Path) -> Path:
    """A run that nothing disturbed."""
    run = tmp_path_factory.mktemp("whole") / "run"
    done = train(faces, run, "--init-weights", weights)
    assert done.code == 0, done.err
    return run


@pytest.fixture
def stopped(faces: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run stopped by Ctrl-C after its fourth step."""
    steps = iter(range(4))
    with monkeypatch.context() as patch:
        patch.setattr(
            TrainingProgress,
            "step",
            lambda *_: os.kill(os.getpid(), signal.SIGINT) if next(steps, 3) == 3 else None,
        )
        done = train(faces, tmp_path / "run", "--init-weights", weights)
    assert (done.code, done.error) == (4, "error: stopped at epoch 2, step 1; go on with --resume")
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("workers", "line"),
    [(1, "starting weights"), (0, "epoch 1 step 2/3"), (1, "epoch 2 step 1/3"), (0, "exporting"), (1, "epoch 2/2")],
)
@pytest.mark.usefixtures("undrawn")
def test_killed_at_any_moment(workers: int, line: str, faces: Path, whole: Path, weights: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    options = (f"--set=data.workers={workers}", "--init-weights", weights)
    assert killed_at(line, faces, run, *options) == -signal.SIGKILL
    if not (run / "config.yaml").exists():  # so early that nothing had begun
        done = train(faces, run, *options)
    else:
        done = call("train", faces, "--out", run, "--resume")
    assert done.code == 0, done.err
    assert_same(run, whole, drawn=False)


@pytest.mark.parametrize(
    ("workers", "script"),
    [
        (1, DIE_WRITING.format(writes=1)),
        (0, DIE_WRITING.format(writes=2)),
        (1, DIE_WRITING.format(writes=5)),
        (0, DIE_RENAMING),
    ],
    ids=["first", "second", "fifth", "renaming"],
)
@pytest.mark.usefixtures("undrawn")
def test_killed_while_writing_a_checkpoint(
    workers: int, script: str, faces: Path, whole: Path, weights: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    options = (*OPTIONS, f"--set=data.workers={workers}", "--init-weights", weights)
    assert ended(start("train", faces, "--out", run, *options, script=script)).code == -signal.SIGKILL
    done = call("train", faces, "--out", run, "--resume")
    assert done.code == 0, done.err
    assert_same(run, whole, drawn=False)


@pytest.mark.parametrize(
    ("number", "line"),
    [(signal.SIGINT, "epoch 1 step 2/3"), (signal.SIGTERM, "epoch 1 step 2/3"), (signal.SIGTERM, "exporting")],
)
def test_stopped_politely_keeps_everything(
    number: signal.Signals,
    line: str,
    faces: Path,
    whole: Path,
    weights: Path,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    drawn = line == "exporting"  # once: figures are made of what is compared without them too
    if not drawn:
        request.getfixturevalue("undrawn")
    run = tmp_path / "run"
    options = ("--set=data.workers=1", "--init-weights", weights)
    assert killed_at(line, faces, run, *options, number=number) == 4
    done = call("train", faces, "--out", run, "--resume")
    assert done.code == 0, done.err
    assert_same(run, whole, drawn)


@pytest.mark.usefixtures("undrawn")
def test_a_full_disk_is_one_line_and_loses_nothing(faces: Path, whole: Path, weights: Path, tmp_path: Path) -> None:
    pytest.importorskip("resource")
    # The first checkpoint, without the optimizer's moments, has room; the next has not.
    limit = checkpoint.checkpoint_path(whole, checkpoint.LAST).stat().st_size * 3 // 4
    script = (
        f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        # The sheet of a narrow network's run is larger than its checkpoints.
        "from gender_classifier.training import run\nrun.augmentation_sheet = lambda *_: None"
    )
    run = tmp_path / "run"
    done = ended(start("train", faces, "--out", run, *OPTIONS, "--init-weights", weights, script=script))
    assert done.code == 2, done.err
    assert "next.safetensors: cannot be written" in done.error
    assert "make room, then go on with --resume" in done.error
    assert [path.name for path in (run / "checkpoints").iterdir()] == ["last.safetensors"]
    again = call("train", faces, "--out", run, "--resume")
    assert again.code == 0, again.err
    assert_same(run, whole, drawn=False)


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: b"", lambda data: data[:-9] + b"somewhere"])
@pytest.mark.usefixtures("undrawn")
def test_a_broken_checkpoint_falls_back(
    damage: Callable[[bytes], bytes], faces: Path, whole: Path, stopped: Path
) -> None:
    last = checkpoint.checkpoint_path(stopped, checkpoint.LAST)
    last.write_bytes(damage(last.read_bytes()))
    done = call("train", faces, "--out", stopped, "--resume")
    assert done.code == 0, done.err
    assert f"passed over a broken checkpoint: {last}" in done.err
    assert_same(stopped, whole, drawn=False)


def test_no_whole_checkpoint_is_one_line(faces: Path, stopped: Path) -> None:
    for name in (checkpoint.LAST, checkpoint.PREVIOUS):
        checkpoint.checkpoint_path(stopped, name).write_bytes(b"x")
    before = {path: path.read_bytes() for path in stopped.rglob("*") if path.is_file()}
    done = call("train", faces, "--out", stopped, "--resume")
    assert (done.code, "no whole checkpoint to resume from" in done.error) == (3, True)
    assert {path: path.read_bytes() for path in stopped.rglob("*") if path.is_file()} == before


def test_resuming_refuses_other_pictures_and_settings(faces: Path, stopped: Path, tmp_path: Path) -> None:
    shutil.copytree(faces, tmp_path / "fewer")
    next((tmp_path / "fewer" / "train" / "male").iterdir()).unlink()
    done = call("train", tmp_path / "fewer", "--out", stopped, "--resume")
    assert (done.code, "the images are not those that the run began with" in done.error) == (2, True)
    done = call("train", faces, "--out", stopped, "--resume", "--set=train.epochs=9")
    assert (done.code, "leave out --config and --set" in done.error) == (2, True)


@pytest.mark.usefixtures("undrawn")
def test_a_run_stopped_before_its_first_checkpoint_begins_again(
    faces: Path, whole: Path, weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_trainer: Trainer) -> None:
        raise KeyboardInterrupt

    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "save", stop)
        assert train(faces, run, "--init-weights", weights).code == 4
    other = tmp_path / "other.safetensors"
    shutil.copy(weights, other)
    done = call("train", faces, "--out", run, "--resume", "--init-weights", other)
    assert (done.code, f"began with other starting weights ({weights})" in done.error) == (2, True)
    done = call("train", faces, "--out", run, "--resume")
    assert done.code == 0, done.err
    assert "stopped before its first checkpoint; beginning again" in done.err
    assert_same(run, whole, drawn=False)


@pytest.mark.usefixtures("undrawn")
def test_what_a_run_left_that_died_before_it_began_goes(faces: Path, weights: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    (run / ".log.jsonl.1.partial").write_text("{")
    assert train(faces, run, "--set=data.workers=0", "--init-weights", weights).code == 0
    assert not list(run.rglob("*.partial"))
