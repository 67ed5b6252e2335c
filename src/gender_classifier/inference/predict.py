"""`predict`: photos in, a row a face out."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Collection, Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cv2
from rich.console import Console

from gender_classifier.errors import ExitCode, UserError
from gender_classifier.images.files import PassedOver
from gender_classifier.inference.backends.registry import AUTO
from gender_classifier.inference.classifier import GenderClassifier
from gender_classifier.inference.image_result import ImageResult
from gender_classifier.inference.journal import Journal, journal_of
from gender_classifier.inference.occlusion import OcclusionMaps
from gender_classifier.inference.results import Prediction
from gender_classifier.inference.show import counting, predictions_table
from gender_classifier.inference.sources import picture_paths, real_path
from gender_classifier.inference.tally import Tally
from gender_classifier.inference.writers import PRIOR, CsvWriter, check_kind, write_rows
from gender_classifier.inference.written_images import (
    name_of_page,
    reason,
    write_annotated,
    write_crops,
    write_explained,
)
from gender_classifier.metrics.prior import parse_prior
from gender_classifier.system import streams
from gender_classifier.system.console import say
from gender_classifier.system.files import sha256_of


@dataclass(frozen=True)
class PredictOptions:
    """What `predict` was asked for; the fields not named here are as in the command's help.

    Example:
        >>> predict(["photos"], PredictOptions(recursive=True, out=Path("faces.csv")))  # doctest: +SKIP
        <ExitCode.FINE: 0>

    Attributes:
        out: table to write, `.csv`, `.jsonl` or `.parquet`; None: to standard output.
        annotate: folder for images with their faces framed; None: none, as for the two that follow.
        crops: folder for the crops that the network saw.
        explain: folder for each crop beside its map of evidence.
        min_face: smallest face sought, pixels; None: in proportion to the photo.
        threads: None: all cores.
        model: model file or run folder; None: the released one.
        detector: another YuNet file; None: the bundled one.
        prior: as `male=0.77`; None: as calibrated.
        right: share of the answers wanted right, 0.5 to 1; None: the model's own band.
    """

    out: Path | None = None
    annotate: Path | None = None
    crops: Path | None = None
    explain: Path | None = None
    faces_only: bool = False
    tta: bool = False
    recursive: bool = False
    min_face: int | None = None
    threads: int | None = None
    model: Path | None = None
    detector: Path | None = None
    engine: str = "onnxruntime"
    resume: bool = False
    prior: str | None = None
    overwrite: bool = False
    pages: bool = False
    rotate: bool = True
    right: float | None = None
    answer_all: bool = False


class PredictionStoppedError(UserError):
    """The user stopped it; the answers up to there are kept."""

    exit_code = ExitCode.INTERRUPTED


def predict(asked: Sequence[str], options: PredictOptions) -> ExitCode:
    """Predict images; a table on a terminal, CSV to a pipe, or the file `options.out`.

    Args:
        asked: files, folders and patterns, or `-` for a list on standard input.
        options: what was asked for.

    Returns:
        FINE; FOUND_WRONG where some image could not be read; UNREADABLE where none could.

    Raises:
        UnreadableError: no model file, or nothing to predict.
        UserError: options that cannot go together, or what cannot be written.
        PredictionStoppedError: by Ctrl-C, with `options.out`.
    """
    _check(options)
    cv2.setNumThreads(1)  # several images are read side by side
    classifier = GenderClassifier(options.model, options.threads, options.detector, options.engine)
    if options.engine == AUTO:
        say(f"engine: {classifier.engine}")
    constant = {PRIOR: parse_prior(options.prior)} if options.prior is not None else {}
    passed = PassedOver()
    written = [folder for folder in _targets(options).values() if folder is not None and _going_on(options)]
    paths = picture_paths(asked, options.recursive, passed, written)
    _check_folders(asked, paths, options)
    _stream(classifier, (), options)  # refuses before a file is begun
    rule = classifier.rule(options.tta, right=options.right, answer_all=options.answer_all)
    tally, began = Tally(rule.band), time.monotonic()
    if options.out is not None:
        _to_file(classifier, paths, options, options.out, tally, constant)
        say(tally.sentence(time.monotonic() - began, str(options.out)))
        _end(passed)
        return tally.code()
    with closing(_run(classifier, paths, options)) as answers:
        if sys.stdout.isatty():
            Console().print(predictions_table(list(tally.counted(row for _, rows in answers for row in rows))))
        else:
            writer = CsvWriter(streams.for_data(), constant)
            for _, rows in answers:
                writer.write(tally.counted(rows))
                sys.stdout.flush()  # who reads along gets each image when it is done
    if sys.stdout.isatty() or tally.code() is not ExitCode.FINE:  # in a pipe no news is good news
        say(tally.sentence(time.monotonic() - began))
    _end(passed)
    return tally.code()


def _end(passed: PassedOver) -> None:
    if passed:
        say(passed.sentence())


def _check(options: PredictOptions) -> None:
    if options.resume and options.out is None:
        raise UserError("--resume goes on with an --out file; name it")
    if options.out is None:
        streams.require_stdout("name a table with --out")
    if options.faces_only and options.annotate is not None:
        raise UserError("--annotate frames faces that were found; leave it out with --faces-only")
    sought = {"--detector": options.detector, "--min-face": options.min_face, "--no-rotate": not options.rotate or None}
    if options.faces_only and (given := [option for option, value in sought.items() if value is not None]):
        raise UserError(f"{', '.join(given)}: no faces are sought with --faces-only; leave out the one or the other")
    if options.out is not None:
        check_kind(options.out)
        # An interrupted prediction has the leave to replace it that it was begun with.
        if options.out.exists() and not options.overwrite and not journal_of(options.out).exists():
            finished = ", and no interrupted prediction beside it to go on with" if options.resume else ""
            raise UserError(
                f"{options.out}: is there already{finished}; --overwrite replaces it, or choose another --out"
            )
    _check_targets(options)


def _targets(options: PredictOptions) -> dict[str, Path | None]:
    return {"annotate": options.annotate, "crops": options.crops, "explain": options.explain}


def _going_on(options: PredictOptions) -> bool:
    return options.resume and options.out is not None and journal_of(options.out).exists()


def _check_targets(options: PredictOptions) -> None:
    named: dict[Path, str] = {}
    for option, folder in _targets(options).items():
        if folder is None:
            continue
        if folder.exists() and not folder.is_dir():
            raise UserError(f"{folder}: is a file; a folder is needed")
        if (other := named.setdefault(real_path(folder), option)) != option:
            raise UserError(f"{folder}: --{other} and --{option} would write over one another; name two folders")


def _check_folders(asked: Sequence[str], paths: Iterable[Path], options: PredictOptions) -> None:
    """What is written must replace nothing unasked, and not be taken for an image when the command goes on."""
    holding = {real_path(parent) for parent in {path.parent for path in paths}}
    # A run that goes on was checked when it began; a shell's pattern now names the folders that it wrote, too.
    searching = options.recursive and not _going_on(options)
    searched = {real_path(Path(name)) for name in asked if searching and os.path.isdir(name)}
    # What lies beside an interrupted prediction is its own; the journal tells whether to go on or begin anew.
    may_hold = options.resume or options.overwrite or (options.out is not None and journal_of(options.out).exists())
    for folder in filter(None, _targets(options).values()):
        here = real_path(folder)
        within = any(here == parent or here in parent.parents for parent in holding)
        if within or any(top == here or top in here.parents for top in searched):
            raise UserError(f"{folder}: lies where images are sought; choose a folder elsewhere")
        if not may_hold and _holds_anything(folder):
            raise UserError(f"{folder}: is not empty; --overwrite replaces what has the same names, or choose another")


def _holds_anything(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(entries)
    except OSError:  # not there, or closed to us: writing to it tells
        return False


def _to_file(
    classifier: GenderClassifier,
    paths: dict[Path, str],
    options: PredictOptions,
    out: Path,
    tally: Tally,
    constant: dict[str, float],
) -> None:
    settings = _settings(classifier, options)
    try:
        journal = Journal(out, settings, options.resume, options.overwrite)
    except OSError as error:
        raise UserError(f"{out}: {reason(error)}") from None
    try:
        left = {path: name for path, name in paths.items() if os.fspath(path) not in journal.done}
        done = [name for path, name in paths.items() if path not in left]
        with closing(_run(classifier, left, options, done)) as answers:
            for path, rows in answers:
                journal.add(path, rows)
        wanted = {os.fspath(path) for path in paths}
        write_rows(tally.counted(row for row in journal.rows() if row.path in wanted), out, constant)
        journal.remove()
    except KeyboardInterrupt:
        raise PredictionStoppedError(f"{out}: stopped; what was done is kept, go on with --resume") from None
    except OSError as error:
        kept = "; what was done is kept, go on with --resume" if journal.path.exists() else ""
        raise UserError(f"{error.filename or out}: {reason(error)}{kept}") from None
    finally:
        journal.close()


def _settings(classifier: GenderClassifier, options: PredictOptions) -> dict[str, str | float | None]:
    """What must stay the same when a prediction goes on."""
    return {
        "model": sha256_of(classifier.path),
        "detector": sha256_of(options.detector) if options.detector is not None else None,
        "engine": classifier.engine,  # `auto` may choose another one elsewhere
        "faces_only": options.faces_only,
        "tta": options.tta,
        "min_face": options.min_face,
        "prior": options.prior,
        "pages": options.pages,
        "rotate": options.rotate,
        "right": options.right,
        "answer_all": options.answer_all,
        **{name: os.path.abspath(to) if to is not None else None for name, to in _targets(options).items()},
    }


def _stream(
    classifier: GenderClassifier, paths: Iterable[Path], options: PredictOptions
) -> Generator[ImageResult, None, None]:
    return classifier.stream(
        paths,
        faces_only=options.faces_only,
        tta=options.tta,
        min_face=options.min_face,
        prior=parse_prior(options.prior) if options.prior is not None else None,
        pages=options.pages,
        rotate=options.rotate,
        right=options.right,
        answer_all=options.answer_all,
    )


def _run(
    classifier: GenderClassifier, paths: dict[Path, str], options: PredictOptions, done: Collection[str] = ()
) -> Generator[tuple[str, list[Prediction]], None, None]:
    """Each image's path and rows, in order; annotated images, crops and maps are written before.

    `done` are the names of images that an earlier run did.
    """
    stream = _stream(classifier, list(paths), options)
    maps = OcclusionMaps(classifier) if options.explain is not None else None
    names = {*done, *paths.values()}
    faces = 0
    with counting("images", len(done) + len(paths), len(done)) as tick, closing(stream):
        # A path is there once, so that what follows one another with it are its pages.
        files = groupby(stream, key=lambda image: image.source)
        for (path, name), (_, pages) in zip(paths.items(), files, strict=True):
            kept: list[list[Prediction]] = []
            for image in pages:
                rows = image.rows()
                page_name = name_of_page(name, image.page if kept else None, names)
                if options.crops is not None:
                    write_crops(image.crops, rows, options.crops / page_name)
                if options.explain is not None and maps is not None:
                    write_explained(maps, image.crops, rows, options.explain / page_name)
                faces += len(image.faces)
                kept.append(rows)
            if options.annotate is not None:
                write_annotated(path, kept, options.annotate, names, name)
            tick(faces)
            yield os.fspath(path), [row for rows in kept for row in rows]
