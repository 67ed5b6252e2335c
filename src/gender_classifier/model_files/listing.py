"""`models`: what comes with the package, with size, accuracy, speed and SHA-256."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from gender_classifier import PERCEIVED
from gender_classifier.errors import ExitCode
from gender_classifier.model_files.registry import SHIPPED, ShippedModel
from gender_classifier.system import streams
from gender_classifier.system.console import say

SCHEMA_VERSION = 1
_TEST_KEYS = ("count", "accuracy", "interval", "recall_female", "recall_male", "ece")


def models(as_json: bool = False) -> ExitCode:
    """List the shipped models on standard output.

    Args:
        as_json: as JSON, with all figures; else as a table.

    Returns:
        FINE; FOUND_WRONG where a file is not the one that was shipped.

    Raises:
        UnreadableError: this copy of the package lacks one.
    """
    listed = [describe(model) for model in SHIPPED]
    if as_json:
        streams.for_data().write(json.dumps({"schema_version": SCHEMA_VERSION, "models": listed}, indent=1) + "\n")
    else:
        Console().print(_table(listed))
        for one in listed:
            Console().print(f"{one['name']}: {one['purpose']}. SHA-256 {one['sha256']}", highlight=False)
        Console().print(
            f"Accuracy on FairFace's test, one view; crops a second on one core. {PERCEIVED}", highlight=False
        )
    changed = [one for one in listed if not one["as_shipped"]]
    for one in changed:
        say(f"{one['path']}: not the file that was shipped, by its SHA-256; install the package anew")
    return ExitCode.FOUND_WRONG if changed else ExitCode.FINE


def describe(model: ShippedModel) -> dict[str, Any]:
    """Describe a shipped model in plain values, for JSON.

    Args:
        model: one of `SHIPPED`.

    Returns:
        `name`, `purpose`, `path`, `bytes`, `sha256`, `as_shipped`, `input_size` (pixels), `fairface_test` and
        `speed`; the last three are None where nothing was measured of this very file.

    Raises:
        UnreadableError: this copy of the package lacks the file.
    """
    path, figures, speed = model.path, model.figures(), model.speed()
    test = figures.get("parts", {}).get("fairface", {}).get("modes", {}).get("single")
    return {
        "name": model.name,
        "purpose": model.purpose,
        "path": str(path),
        "bytes": path.stat().st_size,
        "sha256": model.sha256,
        "as_shipped": model.as_shipped,
        "input_size": figures.get("model", {}).get("input_size"),
        "fairface_test": {key: test[key] for key in _TEST_KEYS if key in test} if test else None,
        "speed": {key: value for key, value in speed.items() if key != "sha256"} or None,
    }


def _table(listed: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for heading in ("model", "MB", "input, pixels", "accuracy, %", "crops a second"):
        table.add_column(heading, justify="left" if heading == "model" else "right", no_wrap=True)
    for one in listed:
        test, speed = one["fairface_test"], one["speed"]
        table.add_row(
            one["name"],
            f"{one['bytes'] / 1e6:.1f}",
            str(one["input_size"] or "?"),
            f"{100 * test['accuracy']:.1f}" if test else "not measured",
            f"{speed['crops_a_second']:.0f}" if speed else "not measured",
        )
    return table
