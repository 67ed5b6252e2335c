"""How a run's log begins: settings, images and the machine; and what a resumed run keeps of it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from gender_classifier import __version__
from gender_classifier.config.reading import load_config
from gender_classifier.runs.folder import RunFolder
from gender_classifier.runs.log import read_log
from gender_classifier.training.prepare import prepared
from gender_classifier.training.start import open_log, start_line


def test_the_first_line(drawn_faces: Path) -> None:
    config = load_config("quick", ["data.choose_share=0.25", "model.init_weights=imagenet"])
    pictures = prepared(drawn_faces, config.data)
    line = start_line(config, drawn_faces, pictures, {"a.jpg": "empty"}, {"source": "x"}, torch.device("cpu"))
    assert line["config"]["data"]["choose_share"] == 0.25
    assert (line["init"], line["init_weights"]) == ({"source": "x"}, "imagenet")
    assert line["data"]["source"] == str(drawn_faces.resolve())
    assert line["data"]["digest"] == pictures.index.digest()
    assert line["data"]["counts"]["val"] == {"female": 6, "male": 8}
    assert line["data"]["unreadable"] == {"a.jpg": "empty"}
    assert line["versions"]["gender-classifier"] == __version__
    assert line["device"].startswith("cpu, ")
    at_random = start_line(config, drawn_faces, pictures, {}, None, torch.device("cpu"))
    assert at_random["init_weights"] is None


@pytest.mark.parametrize("tensorboard", [False, True])
def test_lines_after_the_kept_ones_are_cut_off(tensorboard: bool, tmp_path: Path) -> None:
    if tensorboard:
        pytest.importorskip("tensorboard")
    config = load_config("quick", [f"train.tensorboard={str(tensorboard).lower()}"])
    log = open_log(config, tmp_path, 0)
    for number in range(3):
        log.write("step", global_step=number, loss=0.5)
    (tmp_path / "tensorboard").mkdir(exist_ok=True)
    (tmp_path / "tensorboard" / "old").touch()
    again = open_log(config, tmp_path, 2)
    again.write("end", reason="finished")
    assert [line["kind"] for line in read_log(tmp_path)] == ["step", "step", "end"]
    assert (RunFolder(tmp_path).tensorboard / "old").exists() != tensorboard
    assert len(again.watchers) == tensorboard
