"""The release benchmark as a command: what is printed, written, kept, and refused."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import BENCHMARKS, ByBrightness, module


@pytest.mark.parametrize(
    ("value", "most", "verdict"),
    [
        (0.957, False, "stretch"),
        (0.94, False, "yes"),
        (0.96 - 0.02, False, "yes"),
        (0.925, False, "short by 1.50 points"),
        (None, False, "–"),
        (0.02, True, "stretch"),
        (0.97, True, "over by 3.00 points"),
    ],
)
def test_verdict(value: float | None, most: bool, verdict: str) -> None:
    asked = module("_release_tables").Asked("accuracy", "fairface", 0.94, 0.02 if most else 0.957, lambda f: 0.0, most)
    assert asked.verdict(value) == verdict


def run(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], **options: Any
) -> tuple[str, str]:
    script = module("release")
    monkeypatch.setattr(script, "GenderClassifier", ByBrightness)
    script.main(model, **options)
    captured = capsys.readouterr()
    return captured.out, captured.err


def test_everything_is_printed_and_written(
    model: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = model.parent / "reports" / "release.json"
    printed, progress = run(model, monkeypatch, capsys, fairface=manifest, framing_limit=3, degrade_limit=3, out=out)
    report = json.loads(out.read_text(encoding="utf-8"))
    assert list(report["parts"]) == [name for name in module("_release_parts").PARTS if name != "facecom"]
    assert progress.count(" s\n") == 6
    asked = {row["figure"]: row for row in report["asked"]}
    assert len(asked) == len(module("_release_tables").ASKED) - 1  # FACECOM's is not measured
    accuracy = asked["FairFace test, accuracy, single view"]
    assert (accuracy["value"], accuracy["asked"]) == (20 / 24, 0.94)
    line = "| FairFace test, accuracy, single view | 83.33 % | at least 94.00 % | 95.70 % | short by 10.67 points |"
    assert line in printed.splitlines()
    columns = 0
    for text in printed.splitlines():  # each table's rows are as wide as its heading
        count = text.count("|")
        assert count == columns or not columns or not count
        columns = count
    rows = report["parts"]["framing"]["rows"]
    assert len(rows) == 7 + 7 + 5 + 7
    assert len({row["accuracy"] for row in rows if row["amount"] in (0.0, 1.0)}) == 1


def test_a_part_alone(
    model: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed, _progress = run(model, monkeypatch, capsys, fairface=manifest, only=["peers"], limit=2)
    assert "## Beside the peers" in printed
    assert "## By race" not in printed
    assert "at most 2 images" in printed


def test_other_parts_of_the_same_model_and_options_stay(
    model: Path, manifest: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = model.parent / "release.json"
    run(model, monkeypatch, capsys, fairface=manifest, only=["framing"], limit=2, out=out)
    printed, _progress = run(model, monkeypatch, capsys, fairface=manifest, only=["peers"], limit=2, out=out)
    assert "## Beside the peers" in printed
    assert list(json.loads(out.read_text(encoding="utf-8"))["parts"]) == ["peers", "framing"]
    run(model, monkeypatch, capsys, fairface=manifest, only=["peers"], limit=3, out=out)
    assert list(json.loads(out.read_text(encoding="utf-8"))["parts"]) == ["peers"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"only": ["colour"]}, "--only colour: no such part; known are fairface,"),
        ({"only": ["facecom"]}, "--facecom: images are needed for facecom"),
        ({}, "--fairface: images are needed"),
    ],
)
def test_wrong_use_is_one_line(
    options: dict[str, Any],
    message: str,
    model: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as stop:
        run(model, monkeypatch, capsys, **options)
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {message}")
    assert error.count("\n") == 1


def test_it_needs_no_torch() -> None:
    code = "import release, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=BENCHMARKS, check=False).returncode == 0
