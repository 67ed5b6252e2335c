"""``predict``: photos in, a row a face out."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console

from gender_classifier.commands.rows import CsvWriter, Journal, check_kind, write_rows
from gender_classifier.commands.show import counting, predictions_table
from gender_classifier.commands.sources import picture_paths
from gender_classifier.errors import ExitCode, UserError
from gender_classifier.files import atomic_path, sha256_of
from gender_classifier.images.read import read_picture
from gender_classifier.inference.annotate import annotate
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.photos import Photo
from gender_classifier.inference.prediction import UNREADABLE, Prediction


@dataclass(frozen=True)
class PredictOptions:
    """What ``predict`` was asked for; see the command's help."""

    out: Path | None = None
    annotate: Path | None = None
    crops: Path | None = None
    faces_only: bool = False
    tta: bool = False
    recursive: bool = False
    min_face: int | None = None
    threads: int | None = None
    model: Path | None = None
    detector: Path | None = None
    resume: bool = False


def predict(asked: Sequence[str], options: PredictOptions) -> ExitCode:
    """Predict pictures; a table on a terminal, CSV to a pipe, or the file ``options.out``.

    Returns:
        FINE; FOUND_WRONG where some picture could not be read; UNREADABLE where none could.

    Raises:
        UnreadableError: no model file, or nothing to predict.
        UserError: options that cannot go together.
    """
    _check(options)
    cv2.setNumThreads(1)  # several pictures are read side by side
    model = options.model / "model.onnx" if options.model is not None and options.model.is_dir() else options.model
    classifier = GenderClassifier(model, threads=options.threads, detector=options.detector)
    paths = picture_paths(asked, options.recursive)
    counts: Counter[str] = Counter()
    if options.out is not None:
        _to_file(classifier, paths, options, options.out, counts)
    elif sys.stdout.isatty():
        rows = [row for _, rows in _run(classifier, paths, options, counts) for row in rows]
        Console().print(predictions_table(rows))
    else:
        writer = CsvWriter(sys.stdout)
        for _, rows in _run(classifier, paths, options, counts):
            writer.write(rows)
    return _code(counts)


def _check(options: PredictOptions) -> None:
    if options.resume and options.out is None:
        raise UserError("--resume goes on with an --out file; name it")
    if options.faces_only and options.annotate is not None:
        raise UserError("--annotate frames faces that were found; leave it out with --faces-only")
    if options.out is not None:
        check_kind(options.out)
    for folder in (options.annotate, options.crops):
        if folder is not None and folder.exists() and not folder.is_dir():
            raise UserError(f"{folder}: is a file; a folder is needed")


def _to_file(
    classifier: GenderClassifier, paths: dict[Path, str], options: PredictOptions, out: Path, counts: Counter[str]
) -> None:
    settings = {
        "model": sha256_of(classifier.path),
        "faces_only": options.faces_only,
        "tta": options.tta,
        "min_face": options.min_face,
    }
    journal = Journal(out, settings, options.resume)
    try:
        left = {path: name for path, name in paths.items() if os.fspath(path) not in journal.done}
        for path, rows in _run(classifier, left, options, Counter()):
            journal.add(path, rows)
        wanted = {os.fspath(path) for path in paths}
        kept = (row for row in journal.rows() if row.path in wanted)
        write_rows(_counted(kept, counts), out)
    except BaseException:
        journal.close()
        raise
    journal.remove()


def _counted(rows: Iterator[Prediction], counts: Counter[str]) -> Iterator[Prediction]:
    for row in rows:
        counts[row.status.partition(":")[0]] += 1
        yield row


def _run(
    classifier: GenderClassifier, paths: dict[Path, str], options: PredictOptions, counts: Counter[str]
) -> Iterator[tuple[str, list[Prediction]]]:
    """Each picture's path and rows, in order; annotated pictures and crops are written before."""
    stream = classifier.stream(paths, faces_only=options.faces_only, tta=options.tta, min_face=options.min_face)
    faces = 0
    with ExitStack() as stack:
        tick = stack.enter_context(counting("pictures", len(paths)))
        for (path, name), (photo, rows) in zip(paths.items(), stream, strict=True):
            if options.crops is not None:
                _write_crops(photo, rows, options.crops / name)
            if options.annotate is not None and photo.status.partition(":")[0] != UNREADABLE:
                _write_picture(annotate(read_picture(path), rows), options.annotate / f"{name}.jpg")
            faces += len(photo.found)
            tick(faces)
            counts.update(row.status.partition(":")[0] for row in rows)
            yield os.fspath(path), rows


def _write_crops(photo: Photo, rows: Sequence[Prediction], stem: Path) -> None:
    for place, row in enumerate(rows):
        if photo.crops is not None and row.ok:
            _write_picture(photo.crops[place], stem.with_name(f"{stem.name}-{place}.jpg"))


def _write_picture(picture: NDArray[np.uint8], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as partial:
        Image.fromarray(picture).save(partial, "JPEG", quality=92, subsampling=0)


def _code(counts: Counter[str]) -> ExitCode:
    broken = counts[UNREADABLE]
    if not broken:
        return ExitCode.FINE
    return ExitCode.UNREADABLE if broken == counts.total() else ExitCode.FOUND_WRONG
