"""``predict``: faces already cropped in, a row each out."""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gender_classifier.data.index import PICTURE_SUFFIXES
from gender_classifier.errors import ExitCode, UnreadableError, UserError
from gender_classifier.files import atomic_path
from gender_classifier.images.read import read_picture
from gender_classifier.images.resize import fit
from gender_classifier.inference.classifier import GenderClassifier

COLUMNS = ("path", "probability_male", "label", "status")


@dataclass(frozen=True)
class Row:
    """One picture's answer; ``status`` is ``ok`` or why there is none."""

    path: str
    probability_male: float | None
    label: str
    status: str

    def cells(self) -> tuple[str, str, str, str]:
        """As text, in the order of :data:`COLUMNS`."""
        shown = "" if self.probability_male is None else f"{self.probability_male:.6f}"
        # A file's name may hold bytes that no text has; output must not stop there.
        return os.fsencode(self.path).decode("utf-8", "replace"), shown, self.label, self.status


def predict(
    paths: Sequence[Path],
    model: Path,
    *,
    out: Path | None = None,
    tta: bool = False,
    threads: int | None = None,
) -> ExitCode:
    """Predict crops; a table on a terminal, CSV to a pipe or to ``out``.

    Args:
        paths: pictures, and folders that are searched for pictures with all that is below them.
        model: model file, or a run folder that holds ``model.onnx``.
        out: CSV file to write, whole or not at all.
        tta: average over the model's views.
        threads: of onnxruntime; None for all cores.

    Returns:
        FINE; FOUND_WRONG where some picture could not be read; UNREADABLE where none could.

    Raises:
        UnreadableError: no model file, or a folder without pictures.
        UserError: ``out`` lies in a folder that is not there.
    """
    if out is not None and not out.parent.is_dir():
        raise UserError(f"{out}: no folder {out.parent} to write to")
    classifier = GenderClassifier(model / "model.onnx" if model.is_dir() else model, threads=threads)
    rows = list(_rows(classifier, _pictures(paths), tta))
    if out is not None:
        with atomic_path(out) as partial, partial.open("w", newline="", encoding="utf-8") as handle:
            _write_csv(rows, handle)
    elif sys.stdout.isatty():
        _show(rows)
    else:
        _write_csv(rows, sys.stdout)
    broken = sum(row.status != "ok" for row in rows)
    if broken == len(rows):
        return ExitCode.UNREADABLE
    return ExitCode.FOUND_WRONG if broken else ExitCode.FINE


def _pictures(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in PICTURE_SUFFIXES)
        if not inside:
            raise UnreadableError(f"{path}: no pictures in this folder ({', '.join(sorted(PICTURE_SUFFIXES))})")
        found += inside
    return found


def _rows(classifier: GenderClassifier, paths: list[Path], tta: bool, batch_size: int = 32) -> Iterator[Row]:
    size, mode = classifier.metadata.input_size, classifier.metadata.fit
    for start in range(0, len(paths), batch_size):
        part = paths[start : start + batch_size]
        crops, errors = [], {}
        for path in part:
            try:
                crops.append(fit(read_picture(path, min_side=size), size, mode))
            except UnreadableError as error:
                errors[path] = str(error).removeprefix(f"{path}: ")
        answers = iter(classifier.predict_crops(np.stack(crops), tta) if crops else [])
        for path in part:
            if path in errors:
                yield Row(str(path), None, "", f"unreadable: {errors[path]}")
            else:
                answer = next(answers)
                yield Row(str(path), answer.probability_male, answer.label, "ok")


def _write_csv(rows: list[Row], handle: TextIO) -> None:
    writer = csv.writer(handle, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(row.cells() for row in rows)


def _show(rows: list[Row]) -> None:
    table = Table(caption="perceived gender, in the two classes that annotators used")
    for name in COLUMNS:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row.cells()))  # as Text: a name with brackets is not markup
    Console().print(table)
