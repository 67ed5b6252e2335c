"""What ships is listed with its own figures; a changed file is said to be one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gender_classifier.model_files import registry
from gender_classifier.model_files.registry import ShippedModel, shipped
from gender_classifier.model_files.released import released_model
from gender_classifier.system.files import sha256_of

from ..running import call


def test_it_lists_what_ships_with_figures_from_the_shipped_files() -> None:
    figures = json.loads(released_model().with_name("figures.json").read_text(encoding="utf-8"))
    test = figures["parts"]["fairface"]["modes"]["single"]
    table = call("models")
    assert (table.code, table.err) == (0, "")
    assert f"{100 * test['accuracy']:.1f}" in table.out
    document = json.loads(call("models", "--json").out)
    first, second = document["models"]
    assert (document["schema_version"], first["name"], first["sha256"]) == (1, "release", sha256_of(released_model()))
    assert (first["bytes"], first["input_size"]) == (released_model().stat().st_size, figures["model"]["input_size"])
    assert first["fairface_test"]["accuracy"] == test["accuracy"]
    assert first["speed"]["crops_a_second"] > 0
    assert first["as_shipped"] is second["as_shipped"] is True
    assert (second["name"], second["sha256"]) == ("fast", sha256_of(shipped("fast").path))
    # What it is for: at least four times as quick, at most a point and a half less often right.
    assert second["speed"]["crops_a_second"] >= 4 * first["speed"]["crops_a_second"]
    assert test["accuracy"] - second["fairface_test"]["accuracy"] <= 0.015


def test_a_file_that_is_not_the_shipped_one_is_said_and_has_no_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("release.sha256", "release.speed.json", "figures.json"):
        (tmp_path / name).write_bytes((released_model().parent / name).read_bytes())
    (tmp_path / "release.onnx").write_bytes(b"another")
    monkeypatch.setattr(registry, "models_folder", lambda: tmp_path)
    monkeypatch.setattr(
        "gender_classifier.model_files.listing.SHIPPED", (ShippedModel("release", "release.onnx", "x"),)
    )
    done = call("models")
    assert (done.code, "not the file that was shipped" in done.err, done.out.count("not measured")) == (1, True, 2)
