"""The command line itself: a light start."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import gender_classifier

SOURCE = Path(gender_classifier.__file__).parents[1]


@pytest.mark.parametrize("argument", ["--version", "--help"])
def test_starts_without_the_modules_of_any_command(argument: str) -> None:
    # -X importtime names every module that is imported, on stderr.
    command = [sys.executable, "-X", "importtime", "-m", "gender_classifier", argument]
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}
    assert "gender_classifier.cli" in imported
    heavy = {"numpy", "torch", "cv2", "onnxruntime", "PIL", "pydantic", "yaml"}
    rooms = {f"gender_classifier.{room}" for room in ("training", "evaluation", "audit", "report", "inference", "data")}
    assert imported & (heavy | rooms) == set()
