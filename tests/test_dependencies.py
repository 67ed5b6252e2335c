"""What `pyproject.toml` declares is what the package imports: nothing without work, nothing undeclared."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import gender_classifier
from gender_classifier.cli import exit_codes as cli_exit

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PACKAGE = Path(gender_classifier.__file__).parent
EXTRAS = ("evidence", "heif", "hub", "openvino", "server", "train", "video")
"""For users. ``docs`` and ``dev`` are tools, ``ray`` is for an example."""
MODULES = {
    "markdown-it-py": "markdown_it",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "pillow-heif": "pillow_heif",
    "pyyaml": "yaml",
}
"""Names by which packages are imported, where those are others."""
OTHERWISE = {"tensorboard", "openvino"}
"""Imported by torch on our behalf (`torch.utils.tensorboard`), and by a name given as text, without its telemetry."""


def declared() -> set[str]:
    lines = [*PROJECT["dependencies"], *(line for extra in EXTRAS for line in PROJECT["optional-dependencies"][extra])]
    names = {re.split(r"[\[<>=~!; ]", line, maxsplit=1)[0].lower() for line in lines} - {"gender-classifier"}
    return {MODULES.get(name, name.replace("-", "_")) for name in names}


def imported() -> set[str]:
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"gender_classifier"}


def test_nothing_declared_is_without_work() -> None:
    assert declared() - imported() == OTHERWISE


def test_nothing_imported_is_undeclared() -> None:
    assert imported() - declared() == set()


def test_hints_name_extras_that_there_are() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    named = set(re.findall(r"install_hint\(['\"](\w+)['\"]\)", text)) | set(cli_exit.EXTRAS)
    assert named == set(EXTRAS)
    modules = {module for each in cli_exit.EXTRAS.values() for module in each}
    assert modules <= declared()


def test_nobody_is_told_to_install_what_no_index_has() -> None:
    """Until the package is published; then `errors.INSTALLED_FROM` becomes its name, and this test goes."""
    places = [path for name in ("src", "docs", "examples", "benchmarks") for path in (ROOT / name).rglob("*")]
    texts = [path for path in (*places, ROOT / "README.md") if path.suffix in (".py", ".md", ".html", ".yml")]
    assert len(texts) > 100
    wrong = [path.name for path in texts if re.search(r"pip install ['\"]?gender-classifier", path.read_text("utf-8"))]
    assert wrong == []
