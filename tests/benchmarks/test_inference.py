"""The table of photos a second says how many faces a photo has, and how many all of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from gender_classifier.inference.image_result import Results

from .conftest import module


def test_faces_are_told_a_photo_and_in_all(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    script = module("inference")
    monkeypatch.setattr(script, "peer", lambda threads: None)
    classifier = SimpleNamespace(threads=1, predict=lambda paths: Results())
    script.compare(classifier, {("1 MP", 10): [Path("a.jpg"), Path("b.jpg"), Path("c.jpg")]}, rounds=1)
    head, line, row = capsys.readouterr().out.splitlines()
    assert head.split(" | ")[1] == "faces a photo (in all)"
    assert row.startswith("| 1 MP | 10 (30) | ")
    assert head.count("|") == line.count("|") == row.count("|")
