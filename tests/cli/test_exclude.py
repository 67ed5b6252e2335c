"""`train --exclude` and `stopping.watch_val`: what is not learnt from, and what is not looked at."""

from __future__ import annotations

from pathlib import Path

import pytest

from gender_classifier.runs.log import read_log
from gender_classifier.training.rebuild import index_of_run

from ..running import SMALL, call


@pytest.mark.usefixtures("undrawn")
def test_listed_pictures_stand_in_no_split(drawn_faces: Path, tmp_path: Path) -> None:
    gone = ["train/female/face0000.jpg", "train/male/face0003.jpg"]
    (tmp_path / "list.txt").write_text("# near copies\n\n" + "\n".join([*gone, "train/male/never.jpg"]) + "\n")
    run = tmp_path / "run"
    done = call("train", drawn_faces, "--out", run, *SMALL, "--exclude", tmp_path / "list.txt")
    assert done.code == 0
    assert "left out 2 images" in done.err + done.out
    index = index_of_run(run)
    names = {sample.name for samples in index.splits.values() for sample in samples}
    assert not names & set(gone)
    assert len(names) == sum(1 for _ in drawn_faces.rglob("*.jpg")) - 2


def test_a_list_that_names_nothing_here(drawn_faces: Path, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text("somewhere/else.jpg\n")
    done = call("train", drawn_faces, "--out", tmp_path / "run", *SMALL, "--exclude", tmp_path / "list.txt")
    assert done.code == 2
    assert "none of its 1 names" in done.error


@pytest.mark.usefixtures("undrawn")
def test_validation_stays_closed_until_the_end(drawn_faces: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    assert call("train", drawn_faces, "--out", run, *SMALL, "--set", "stopping.watch_val=false").code == 0
    (epoch,) = [line for line in read_log(run) if line["kind"] == "epoch"]
    assert "choose" in epoch
    assert "val" not in epoch
    assert not (run / "checkpoints" / "best_on_val.safetensors").exists()
    text = (run / "report.md").read_text(encoding="utf-8")
    assert "as the origin" in text
    assert "validation" in text
