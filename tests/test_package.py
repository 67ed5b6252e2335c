"""The package as a whole: light to import, and its core works where torch is not installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import pytest

import gender_classifier

SOURCE = Path(gender_classifier.__file__).parents[1]
HEAVY = (
    "torch",
    "safetensors",
    "tensorboard",
    "cv2",
    "onnxruntime",
    "onnx",
    "sklearn",
    "matplotlib",
    "pyarrow",
    "PIL",
)
# An entry of None makes `import` fail as it does where the module is not installed.
WITHOUT_HEAVY = f"import sys; sys.modules.update(dict.fromkeys({HEAVY!r}))\n"


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "COLUMNS": "200"}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("module", ["gender_classifier", "gender_classifier.cli"])
def test_import_brings_nothing_heavy(module: str) -> None:
    done = run(f"import sys, {module}; print([m for m in {HEAVY!r} if m in sys.modules])")
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.parametrize(("argument", "expected"), [("--version", gender_classifier.__version__), ("--help", "train")])
def test_version_and_help_without_heavy_packages(argument: str, expected: str) -> None:
    done = run(WITHOUT_HEAVY + "from gender_classifier.cli import main; main()", argument)
    assert done.returncode == 0, done.stderr
    assert expected in done.stdout


def test_help_of_every_command_without_heavy_packages() -> None:
    script = WITHOUT_HEAVY + (
        "import json, typer.main\n"
        "from typer.testing import CliRunner\n"
        "from gender_classifier.cli import app\n"
        "names = list(typer.main.get_command(app).commands)\n"
        "print(json.dumps({n: CliRunner().invoke(app, [n, '--help']).exit_code for n in names}))\n"
    )
    done = run(script)
    assert done.returncode == 0, done.stderr
    codes = json.loads(done.stdout)
    assert {"train", "evaluate", "align", "predict", "export", "summary"} <= set(codes)
    assert set(codes.values()) == {0}


def test_runs_as_a_module() -> None:
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-m", "gender_classifier", "--version"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"gender-classifier {gender_classifier.__version__}\n")


def test_a_missing_extra_is_one_line_that_names_it() -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from gender_classifier.cli import main\n"
        "sys.argv = ['gender-classifier', 'train', 'faces', '--out', 'run']; main()\n"
    )
    done = run(script)
    assert done.returncode == 2
    assert done.stderr == "error: torch is not installed: pip install '.[train]' (in a checkout of gender-classifier)\n"


def test_package_data_is_in_the_package() -> None:
    package = resources.files("gender_classifier")
    assert (package / "py.typed").is_file()
    assert {"facecom.yaml", "quick.yaml"} <= {entry.name for entry in (package / "config" / "recipes").iterdir()}
    assert {"release.onnx", "yunet.onnx", "yunet.LICENSE"} <= {
        entry.name for entry in (package / "model_files" / "shipped").iterdir()
    }


def test_the_classifier_is_a_public_name() -> None:
    from gender_classifier.inference.classifier import GenderClassifier

    assert gender_classifier.GenderClassifier is GenderClassifier
    with pytest.raises(AttributeError, match="has no attribute 'Classifier'"):
        gender_classifier.Classifier  # noqa: B018
