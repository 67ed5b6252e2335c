"""The models that come with the package, by name; and which file a name, a run folder or a path means."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from gender_classifier.errors import UnreadableError
from gender_classifier.system.files import sha256_of

MODEL = "model.onnx"
"""The model file's name in a run's folder."""
FIGURES = "figures.json"
"""Beside a shipped model and its run's report: what `benchmarks/release.py` measured."""
SPEED_SUFFIX = ".speed.json"
"""Of a file beside a shipped model: what `benchmarks/speed.py` measured."""


def models_folder() -> Path:
    """Give the folder of the shipped models within the package."""
    return Path(str(resources.files("gender_classifier.model_files") / "shipped"))


@dataclass(frozen=True)
class ShippedModel:
    """A model that comes with the package: its name and file here, its figures in the files that measuring wrote.

    Example:
        >>> shipped("release").path.name
        'release.onnx'

    Attributes:
        name: as users write it, without separator or suffix.
        file: below the folder of models; models that are not the first have a folder each, for their reports.
        purpose: what it is for, a few words.
    """

    name: str
    file: str
    purpose: str

    @property
    def path(self) -> Path:
        """Model file.

        Raises:
            UnreadableError: this copy of the package has none.
        """
        path = models_folder() / self.file
        if not path.is_file():
            raise UnreadableError(f"{path}: this copy of the package has no model `{self.name}`; name one with --model")
        return path

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file as it is here, in hexadecimal."""
        return sha256_of(self.path)

    @property
    def as_shipped(self) -> bool:
        """Whether the file is the one that was shipped, by the SHA-256 that stands beside it."""
        try:
            return self.path.with_suffix(".sha256").read_text(encoding="utf-8").split()[0] == self.sha256
        except (OSError, ValueError, IndexError):
            return False

    def figures(self) -> dict[str, Any]:
        """Read what `benchmarks/release.py` measured of this file.

        Returns:
            The content of `figures.json`: `model` (the file), `options`, and `parts` (figures by data set); empty
            where that is of another file or not there.
        """
        found = _read(self.path.with_name(FIGURES))
        return found if found.get("model", {}).get("sha256") == self.sha256 else {}

    def speed(self) -> dict[str, Any]:
        """Read what `benchmarks/speed.py` measured of this file.

        Returns:
            `sha256`, `crops_a_second`, `threads`, `engine` and `processor`; empty where that is of another file or
            not there.
        """
        found = _read(self.path.with_suffix(SPEED_SUFFIX))
        return found if found.get("sha256") == self.sha256 else {}


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


SHIPPED = (
    ShippedModel("release", "release.onnx", "the most accurate; what answers where no model is named"),
    ShippedModel(
        "fast", "fast/fast.onnx", "for millions of faces or a slow machine: EfficientNet-B0, crops of 64 pixels"
    ),
)
"""All of them, the default first. One more is a line here, and what `benchmarks/ship.py --name` writes."""


def shipped(name: str) -> ShippedModel:
    """Give a shipped model by its name.

    Args:
        name: `release` or `fast`.

    Returns:
        The model; its file need not be there.

    Raises:
        KeyError: there is none of that name.
    """
    return {model.name: model for model in SHIPPED}[name]


def is_name(source: object) -> bool:
    """Tell whether this is a shipped model's name.

    Args:
        source: as a user gave it; only a text can be a name, a Path never is.

    Returns:
        True for `"release"`; False for `Path("release")` and `"./release"`.
    """
    return isinstance(source, str) and source in {model.name for model in SHIPPED}


def named(source: str | os.PathLike[str]) -> Path:
    """Give the path that is meant by a shipped model's name or by a path.

    A name wins over a file or folder of that name in the working directory, which is `./release` or `release/`.

    Args:
        source: a text, which may be a name, or a path.

    Returns:
        The shipped model's file where it is a name, else `source` as it is.

    Raises:
        UnreadableError: this copy of the package lacks the model of that name.
    """
    return shipped(source).path if isinstance(source, str) and is_name(source) else Path(source)


def model_file(source: str | os.PathLike[str]) -> Path:
    """Find the model file that is meant, by a shipped model's name, a run folder, or the file itself.

    Args:
        source: text or path; only a text can be a name (`named`).

    Returns:
        The file, whether it is there or not; of a folder its `model.onnx`.

    Raises:
        UnreadableError: this copy of the package lacks the model of that name.
    """
    path = named(source)
    return path / MODEL if path.is_dir() else path


def missing(path: Path) -> UnreadableError:
    """Make the error for a model file that is not there.

    Args:
        path: of the file, as `model_file` gives it.

    Returns:
        The error, not raised. Of a run's file it says how to export it; of what looks like a name, which names there
        are.
    """
    if path.name == MODEL and path.parent.is_dir() and path.parent != Path():
        return UnreadableError(f"{path}: no such model file; write it by `gender-classifier export {path.parent}`")
    known = f"; by name there are: {', '.join(model.name for model in SHIPPED)}"
    return UnreadableError(f"{path}: no such model file{known if len(path.parts) == 1 and not path.suffix else ''}")
