"""From a run's log back to its images, or a line that says that they are others now; and how that log begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from gender_classifier.config.reading import dump_config, load_config
from gender_classifier.errors import UnreadableError, UserError
from gender_classifier.runs.folder import RunFolder
from gender_classifier.training.prepare import prepared
from gender_classifier.training.rebuild import index_of_run
from gender_classifier.training.start import open_log, start_line


@pytest.fixture
def run(drawn_faces: Path, tmp_path: Path) -> Path:
    """A run folder that has begun: settings and the log's first line; an image could not be read."""
    config = load_config("quick", ["data.choose_share=0.25"])
    (drawn_faces / "train" / "male" / "broken.jpg").write_bytes(b"")
    pictures = prepared(drawn_faces, config.data)
    broken = {"train/male/broken.jpg": "empty file"}
    folder = tmp_path / "run"
    folder.mkdir()
    RunFolder(folder).config.write_text(dump_config(config), encoding="utf-8")
    left = replace(pictures, index=pictures.index.without(broken))
    log = open_log(config, folder, 0)
    log.write("start", **start_line(config, drawn_faces, left, broken, None, torch.device("cpu")))
    return folder


def test_the_images_that_it_was_trained_on(run: Path, drawn_faces: Path) -> None:
    index = index_of_run(run)
    names = {sample.name for samples in index.splits.values() for sample in samples}
    files = {path.relative_to(drawn_faces).as_posix() for path in drawn_faces.rglob("*.jpg")}
    assert names == files - {"train/male/broken.jpg"}


def test_others_are_told(run: Path, drawn_faces: Path) -> None:
    (drawn_faces / "val" / "male" / "face0001.jpg").unlink()
    with pytest.raises(UserError, match="not the images any more"):
        index_of_run(run)


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="not a run folder"):
        index_of_run(tmp_path)


def test_a_run_that_was_stopped_before_its_first_line(tmp_path: Path) -> None:
    RunFolder(tmp_path).log.touch()
    with pytest.raises(UnreadableError, match="stopped before it began; train it anew"):
        index_of_run(tmp_path)
