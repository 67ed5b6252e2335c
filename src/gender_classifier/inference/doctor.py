"""What a report of a fault needs to say of the machine: versions, engines, cores, models, and how fast it is."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gender_classifier import __version__
from gender_classifier.errors import UnreadableError, UserError, first_line
from gender_classifier.faces.detection import packaged_detector
from gender_classifier.inference.backends.registry import AUTO, DEFAULT, ENGINES
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.image_result import Status
from gender_classifier.inference.test_time import VIEW_NAMES, apply_view
from gender_classifier.model_files.registry import SHIPPED
from gender_classifier.system.cores import core_quota, usable_cores
from gender_classifier.system.files import sha256_of

SCHEMA_VERSION = 1
PACKAGES = (
    *("numpy", "onnxruntime", "onnxruntime-gpu", "onnxruntime-directml", "opencv-python-headless", "pillow"),
    *("pydantic", "openvino", "pillow-heif", "fastapi", "uvicorn", "pyarrow", "torch"),
)
FURTHEST = 0.5
"""Logits of an engine that are further than this from onnxruntime's are wrong: bfloat16 is a tenth of it off."""


def examine(photo: Path, seconds: float = 1.0) -> dict[str, Any]:
    """Look at versions, cores, engines, speed and model files.

    Args:
        photo: image with a face, to measure with.
        seconds: that each engine, and the way from photo to answer, is measured for.

    Returns:
        Plain values, for JSON: `schema_version`, `versions`, `cores`, `engines`, `auto` (the engine that `auto`
        takes here), `images_a_second`, `models`, and `faults`: a line of text each, none where all is well.

    Raises:
        UserError: no face in `photo`.
        UnreadableError: it cannot be read.
    """
    base = GenderClassifier()
    rows = list(base.stream(photo))
    crops = rows[0].crops
    if rows[0].status is Status.UNREADABLE:
        raise UnreadableError(f"{photo}: {rows[0].message}")
    if crops is None:
        raise UserError(f"{photo}: no face in it to measure with")
    views = np.concatenate([apply_view(crops, name) for name in VIEW_NAMES])
    engines = [_engine(name, views, base.score_crops(views)[0], seconds) for name in ENGINES]
    models = [_model(model.name, str(model.path), model.sha256, model.as_shipped) for model in SHIPPED]
    detector = packaged_detector()
    as_shipped = _listed(detector.with_suffix(".sha256").read_text(encoding="utf-8")) == sha256_of(detector)
    models.append(_model("detector", str(detector), sha256_of(detector), as_shipped))
    faults = [f"engine {one['name']}: {one['state']}" for one in engines if one["fault"]]
    faults += [f"{one['path']}: not the file that was shipped; install anew" for one in models if not one["as_shipped"]]
    return {
        "schema_version": SCHEMA_VERSION,
        "versions": versions(),
        "cores": {"machine": os.cpu_count(), "usable": usable_cores(), "quota": core_quota()},
        "engines": engines,
        "auto": GenderClassifier(engine=AUTO).engine,
        "images_a_second": round(_rate(lambda: len(base.predict([photo] * 4)), seconds), 1),
        "models": models,
        "faults": faults,
    }


def versions() -> dict[str, str]:
    """Give the versions of this package, Python, the system and the libraries of `PACKAGES`, by name.

    A library that is not installed is left out.
    """
    known = {"gender-classifier": __version__, "python": platform.python_version(), "system": platform.platform()}
    for name in PACKAGES:
        try:
            known[name] = version(name)
        except PackageNotFoundError:
            continue
    return known


def _engine(name: str, crops: NDArray[np.uint8], expected: NDArray[np.float32], seconds: float) -> dict[str, Any]:
    """One engine: whether it runs, how fast, and how far its logits are from onnxruntime's."""
    found = {"name": name, "runs_on": ENGINES[name].runs_on, "fault": False, "crops_a_second": None, "furthest": None}
    if (lacking := ENGINES[name].missing()) is not None:
        return {**found, "state": lacking}
    try:
        classifier = GenderClassifier(engine=name)
        furthest = float(np.abs(classifier.score_crops(crops)[0] - expected).max())
        batch = np.concatenate([crops] * 4)
        rate = _rate(lambda: classifier.score_crops(batch).shape[1], seconds)
    except UnreadableError as error:  # it opened, and cannot run a model that we ship
        return {**found, "state": str(error), "fault": True}
    except UserError as error:  # the library is there, a device may not be: no fault
        return {**found, "state": str(error).removeprefix(f"engine {name}: ")}
    except Exception as error:  # it opened, and each engine raises its own undocumented types
        return {**found, "state": f"fails: {first_line(error)}", "fault": True}
    wrong = not furthest <= (FURTHEST if name != DEFAULT else 0.01)
    return {
        **found,
        "state": f"runs, but its logits are {furthest:.2f} off" if wrong else "runs",
        "fault": wrong,
        "crops_a_second": round(rate, 1),
        "furthest": round(furthest, 4),
    }


def _rate(work: Callable[[], int], seconds: float) -> float:
    """What is done a second, after one call that does not count."""
    work()
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds or not done:
        done += work()
    return done / took


def _model(name: str, path: str, sha256: str, as_shipped: bool) -> dict[str, Any]:
    return {"name": name, "path": path, "sha256": sha256, "as_shipped": as_shipped}


def _listed(text: str) -> str:
    return text.split()[0] if text.split() else ""


def show(found: dict[str, Any], console: Console) -> None:
    """Print what `examine` found.

    Args:
        found: as `examine` gives it.
        console: to print to.
    """
    versions = "; ".join(f"{name} {number}" for name, number in found["versions"].items())
    console.print(versions, highlight=False, soft_wrap=True)
    cores = found["cores"]
    lent = f", by a quota of {cores['quota']:g}" if cores["quota"] is not None else ""
    console.print(f"cores: {cores['usable']} of {cores['machine']} usable{lent}", highlight=False)
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for heading in ("engine", "runs on", "crops a second", "logits off by"):
        table.add_column(heading, justify="right" if heading in ("crops a second", "logits off by") else "left")
    for one in found["engines"]:
        if one["crops_a_second"] is not None:
            table.add_row(one["name"], one["runs_on"], f"{one['crops_a_second']:.0f}", f"{one['furthest']:.3f}")
    console.print(table)
    for one in found["engines"]:
        if one["state"] != "runs":
            console.print(f"{one['name']}: {escape(one['state'])}", highlight=False, soft_wrap=True)
    console.print(
        f"--engine auto takes {found['auto']}; {DEFAULT}, the default, answers the same everywhere", soft_wrap=True
    )
    console.print(f"{found['images_a_second']:.1f} images a second from file to answer, by {DEFAULT}", highlight=False)
    for one in found["models"]:
        same = "as shipped" if one["as_shipped"] else "CHANGED"
        console.print(f"{one['name']}: SHA-256 {one['sha256']}, {same}", highlight=False, soft_wrap=True)
