"""The command `doctor`: a report, as text and as JSON, and an exit code."""

from __future__ import annotations

import json

import pytest

from gender_classifier.inference import doctor

from ..running import call

SOUND = {
    "schema_version": 1,
    "versions": {"python": "3.11.7"},
    "cores": {"machine": 8, "usable": 2, "quota": 1.5},
    "engines": [
        {"name": "cuda", "runs_on": "NVIDIA GPU", "crops_a_second": None, "furthest": None, "state": "lacks [it]"},
        {"name": "onnxruntime", "runs_on": "CPU", "crops_a_second": 99.0, "furthest": 0.0, "state": "runs"},
    ],
    "auto": "onnxruntime",
    "images_a_second": 20.0,
    "models": [{"name": "release", "sha256": "ab", "as_shipped": True}],
    "faults": [],
}


@pytest.mark.parametrize("faults", [[], ["engine cuda: its logits are 3.00 off"]])
def test_text_and_json(faults: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "examine", lambda photo: {**SOUND, "faults": faults})
    done = call("doctor", "--json")
    assert json.loads(done.out) == {**SOUND, "faults": faults}
    assert done.code == len(faults)
    assert done.err == "".join(f"wrong: {fault}\n" for fault in faults)
    done = call("doctor")
    assert done.code == len(faults)
    for expected in ("cores: 2 of 8 usable, by a quota of 1.5", "lacks [it]", "99", "auto takes onnxruntime"):
        assert expected in done.out
