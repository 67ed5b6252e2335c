"""The tutorial's notebook runs, and prints what is kept in it."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from .running import SOURCE

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("torch")

SCRIPT = runpy.run_path(str(Path(__file__).resolve().parents[1] / "docs" / "run_notebook.py"))


def test_it_prints_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))
    kept = SCRIPT["texts"](nbformat.read(SCRIPT["NOTEBOOK"], as_version=4))
    assert sum(map(bool, kept)) >= 5
    assert SCRIPT["texts"](SCRIPT["run"]()) == kept
