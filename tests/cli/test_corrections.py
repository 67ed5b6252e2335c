"""`train --corrections`: a run learns from reviewed labels and reports both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
pytest.importorskip("pyarrow")

from gender_classifier.system.files import sha256_of

from ..running import SMALL, call, reviewed


@pytest.mark.usefixtures("undrawn")
def test_a_run_learns_from_corrected_labels_and_reports_both(drawn_faces: Path, tmp_path: Path) -> None:
    from gender_classifier.inference.classifier import GenderClassifier
    from gender_classifier.runs.log import read_log
    from gender_classifier.training.rebuild import index_of_run

    rows = ["train/female/face0000.jpg,male", "train/male/face0001.jpg,exclude", "val/male/face0002.jpg,female"]
    file, run = reviewed(tmp_path, *rows), tmp_path / "run"
    done = call("train", drawn_faces, "--out", run, *SMALL, "--corrections", file)
    assert done.code == 0, done.err
    assert "reviewed.csv: 2 labels changed, 1 images left out, 0 kept as they are" in done.err
    digest = sha256_of(file)
    file.unlink()  # the run has its own copy
    index = index_of_run(run)
    labels = {sample.name: sample.label for samples in index.splits.values() for sample in samples}
    assert labels["train/female/face0000.jpg"] == 1
    assert "train/male/face0001.jpg" not in labels
    assert labels["val/male/face0002.jpg"] == 1
    report = json.loads((run / "report.json").read_text(encoding="utf-8"))
    names = [p["name"] for p in report["protocols"]]
    assert names == ["held out, as published", "held out, as corrected", "as the origin, as published"]
    counts = [{row["split"]: row["tp"] + row["fn"] for row in p["rows"]} for p in report["protocols"]]
    assert counts[1]["val"] == counts[0]["val"] - 1 == 7
    assert counts[1]["train"] == counts[0]["train"]
    said = read_log(run)[0]["data"]["corrections"]
    assert said == {"file": "reviewed.csv", "sha256": digest, "changed": 2, "excluded": 1, "kept": 0}
    assert report["context"]["corrections"] == said
    assert GenderClassifier(run / "model.onnx", threads=1).metadata.training["corrections"] == said
    resumed = call("train", drawn_faces, "--out", run, "--resume")
    assert resumed.code == 0, resumed.err
    (run / "corrections.csv").write_text("path,decision\nval/male/face0000.jpg,female\n")
    changed = call("train", drawn_faces, "--out", run, "--resume")
    assert (changed.code, "not the file any more" in changed.error) == (2, True)
