"""timm loads the hub's layout by itself, and says what the model file says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("onnx")

import torch

from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.networks.normalise import normalise

from ..networks.test_efficientnet import import_timm
from ..running import call
from .test_hub import pictures, write_run


def test_timm_loads_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    timm = import_timm(monkeypatch)
    run = write_run(tmp_path / "run", width=1.0, depth=1.1)
    assert call("export", run, "--hub", tmp_path / "hub").code == 0
    network = timm.create_model(f"local-dir:{tmp_path / 'hub'}", pretrained=True).eval()
    assert network.pretrained_cfg["crop_mode"] == "border"
    with torch.inference_mode():
        theirs = network(normalise(torch.from_numpy(pictures()))).squeeze(1).numpy()
    ours = GenderClassifier(run / "model.onnx", threads=1).score_crops(pictures(), ("identity",))[0]
    np.testing.assert_allclose(theirs, ours, atol=1e-4)
