"""What `models` shows of speed: measured of this file, and says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gender_classifier.system.files import sha256_of

from .conftest import ByBrightness, module


def test_it_writes_beside_the_model_of_which_file_the_figure_is(write_model: Callable[..., Path]) -> None:
    model = write_model()
    module("speed").main([str(model)], crops=32, rounds=1)
    found = json.loads(model.with_suffix(".speed.json").read_text(encoding="utf-8"))
    assert (found["sha256"], found["threads"]) == (sha256_of(model), 1)
    assert found["crops_a_second"] > 0
    assert found["processor"]


def test_models_that_are_compared_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    speed = module("speed")
    order: list[str] = []
    clock = iter(range(100))

    class Counted(ByBrightness):
        def score_crops(self, crops: Any, *args: Any, **kwargs: Any) -> Any:
            order.append(self.path.name)
            return super().score_crops(crops, *args, **kwargs)

    monkeypatch.setattr(speed.time, "process_time", lambda: float(next(clock)))
    models = [Counted(Path("a")), Counted(Path("b"), input_size=32)]
    assert speed.crops_a_second(models, crops=40, rounds=3) == [40.0, 40.0]
    assert "".join(order) == "ab" + "ab" * 3
