"""The rooms' import rules hold, and break where they should: each rule is shown a violation."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import gender_classifier

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = Path(gender_classifier.__file__).parent
LAYERS = "Rooms: arrows go down only"
NO_TORCH = "Prediction and evidence work without torch"
NO_REPORT = "Training knows of reports only through the log that it writes"


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    script = (
        "import sys\n"
        "from importlinter.cli import lint_imports\n"
        "sys.exit(lint_imports(config_filename=sys.argv[1], no_cache=True, no_logo=True))\n"
    )
    command = [sys.executable, "-c", script, str(REPOSITORY / "pyproject.toml")]
    environment = {**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200"}
    return subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)


def test_rules_hold() -> None:
    pytest.importorskip("importlinter")
    done = lint(PACKAGE.parent)
    assert done.returncode == 0, done.stdout
    for contract in (LAYERS, NO_TORCH, NO_REPORT):
        assert f"{contract} KEPT" in done.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("images/__init__.py", "import gender_classifier.faces", {LAYERS}),
        ("errors.py", "import gender_classifier.images", {LAYERS}),
        ("system/files.py", "import gender_classifier.model_files", {LAYERS}),
        ("metrics/__init__.py", "import torch", {NO_TORCH}),
        ("inference/__init__.py", "import gender_classifier.networks.efficientnet", {NO_TORCH}),
        ("training/loop.py", "import gender_classifier.report", {NO_REPORT}),
        ("training/run.py", "import gender_classifier.cli", {LAYERS}),
    ],
)
def test_a_violation_is_found(tmp_path: Path, module: str, line: str, broken: set[str]) -> None:
    pytest.importorskip("importlinter")
    copy = tmp_path / "src" / "gender_classifier"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "*.onnx"))
    with (copy / module).open("a", encoding="utf-8") as handle:
        handle.write(f"\n{line}\n")
    done = lint(tmp_path / "src")
    assert done.returncode == 1, done.stdout + done.stderr
    assert {c for c in (LAYERS, NO_TORCH, NO_REPORT) if f"{c} BROKEN" in done.stdout} == broken


def importers_of(package: str, *folders: Path) -> list[str]:
    """Files that import a package, anywhere in them, by `import` or by name."""
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            called = node.func if isinstance(node, ast.Call) else None
            if getattr(called, "attr", getattr(called, "id", "")) in ("import_module", "__import__", "importorskip"):
                names += [str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant)]
            if any(name.split(".")[0] == package for name in names):
                found.append(path.name)
    return sorted(set(found))


def test_onnxruntime_is_imported_in_one_place_alone_which_turns_its_telemetry_off() -> None:
    folders = (PACKAGE, REPOSITORY / "benchmarks", REPOSITORY / "examples", REPOSITORY / "docs")
    assert importers_of("onnxruntime", *folders) == ["engine.py"]


def test_openvino_is_imported_in_one_place_alone_which_turns_its_telemetry_off() -> None:
    assert importers_of("openvino", PACKAGE, REPOSITORY / "benchmarks", REPOSITORY / "examples") == ["openvino.py"]


@pytest.mark.parametrize(
    "line", ["import onnxruntime as o", "from onnxruntime.capi import x", "f = lambda: import_module('onnxruntime')"]
)
def test_another_import_would_be_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "module.py").write_text(f"from importlib import import_module\n{line}\n")
    assert importers_of("onnxruntime", tmp_path) == ["module.py"]
