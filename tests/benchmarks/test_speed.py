"""What `models` shows of speed: measured of this file, and says so."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path

from gender_classifier.system.files import sha256_of

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "speed.py"


def test_it_writes_beside_the_model_of_which_file_the_figure_is(write_model: Callable[..., Path]) -> None:
    spec = importlib.util.spec_from_file_location("speed", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    speed = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(speed)
    model = write_model()
    speed.main(str(model), None, crops=32, rounds=1)
    found = json.loads(model.with_suffix(".speed.json").read_text(encoding="utf-8"))
    assert (found["sha256"], found["threads"]) == (sha256_of(model), 1)
    assert found["crops_a_second"] > 0
    assert found["processor"]
