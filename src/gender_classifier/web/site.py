"""Writing the site: the page's own files, the two networks, onnxruntime-web, and what ties them together."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.faces.detection import FILE_NAME, packaged_detector
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.model_files.registry import SHIPPED
from gender_classifier.system.console import say
from gender_classifier.system.files import atomic_folder
from gender_classifier.web.model import about_model
from gender_classifier.web.runtime import runtime_files

INDEX, LISTED = "index.html", "files.js"
MARK = "model/model.json"
"""By this file beside `index.html` a folder is known as a site of ours, which may be replaced."""
_LARGE = (".wasm", ".onnx")


def web(out: Path, model: Path | None = None, runtime: Path | None = None, overwrite: bool = False) -> ExitCode:
    """Write a site into the folder `out`, whole or not at all.

    Args:
        out: a new folder; with `overwrite` one that holds such a site already.
        model: model file or run folder; None: the released one.
        runtime: onnxruntime-web's archive as npm has it; None: it is fetched.
        overwrite: a site that is there already is replaced.

    Returns:
        FINE, always.

    Raises:
        UserError: the folder is there and may not be replaced.
        UnreadableError: the model or the runtime cannot be read or had.
        OSError: the site cannot be written.
    """
    _check(out, overwrite)
    classifier = GenderClassifier(model, threads=1)
    name = SHIPPED[0].name if model is None else classifier.path.stem
    files = runtime_files(runtime, say)
    with atomic_folder(out, replaces=True) as partial:
        _fill(partial, classifier, name, files)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    say(
        f"{out}: a site of {size / 1e6:.0f} MB; `gender-classifier serve --site {out}` shows it, as any web server does"
    )
    return ExitCode.FINE


def _check(out: Path, overwrite: bool) -> None:
    if out.is_dir() and out.samefile(os.curdir):  # a shell that stands in it would stand in a removed one
        raise UserError(f"{out}: is the working folder, which cannot be replaced as a whole; name another")
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    if not ((out / INDEX).is_file() and (out / MARK).is_file()):
        raise UserError(f"{out}: is there already and is no site that `web` wrote; choose another name")
    if not overwrite:
        raise UserError(f"{out}: holds a site already; --overwrite replaces it, or choose another name")


def _fill(folder: Path, classifier: GenderClassifier, name: str, runtime: dict[str, bytes]) -> None:
    page = resources.files("gender_classifier.web") / "page"
    with resources.as_file(page) as source:
        shutil.copytree(source, folder, dirs_exist_ok=True)
    models = folder / "model"
    models.mkdir()
    shutil.copyfile(classifier.path, models / "model.onnx")
    detector = packaged_detector()
    shutil.copyfile(detector, models / FILE_NAME)
    shutil.copyfile(detector.with_suffix(".LICENSE"), models / "yunet.LICENSE")
    about = about_model(classifier, name, "model.onnx", FILE_NAME)
    _write_json(folder / MARK, about)
    (folder / "runtime").mkdir(exist_ok=True)
    for file, data in runtime.items():
        (folder / "runtime" / file).write_bytes(data)
    (folder / LISTED).write_text(_listed(folder), encoding="utf-8")


def _write_json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _listed(folder: Path) -> str:
    """Tell the service worker which files there are, and the site's version, by which it keeps them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    version = hashlib.sha256()
    for path in paths:
        version.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    # Large files are kept when they are first used: a browser needs one of the two runtimes.
    shell = [
        path.relative_to(folder).as_posix() for path in paths if path.suffix not in _LARGE and path.name != "sw.js"
    ]
    return f"self.SITE = {json.dumps({'version': version.hexdigest()[:16], 'shell': ['./', *shell]}, indent=1)};\n"
